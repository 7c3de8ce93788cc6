"""The number formats that errors are measured in, each by its bit patterns."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Dtype = Literal["float16", "bfloat16", "float32", "float64"]


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format. An array of it holds NumPy's numbers, or bit patterns where NumPy has none."""

    name: Dtype
    bits: int
    digits: int
    """Binary digits after the leading 1."""
    smallest_exponent: int
    """Of the normal numbers; below it the spacing stays as it is."""
    stored: type[np.floating[Any]] | type[np.unsignedinteger[Any]]
    """What its arrays hold."""
    limit: float
    """The contract, in units in the last place; 16 bits are rounded once, from more digits than they hold."""
    near_root: float
    """The absolute error that is enough where a function crosses 0 away from x = 0."""

    @property
    def patterns(self) -> type[np.unsignedinteger[Any]]:
        """The unsigned integers of this width."""
        widths: dict[int, type[np.unsignedinteger[Any]]] = {16: np.uint16, 32: np.uint32, 64: np.uint64}
        return widths[self.bits]

    @property
    def smallest_normal(self) -> float:
        """The smallest number with all its digits."""
        return 2.0**self.smallest_exponent

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2.0 - 2.0**-self.digits) * 2.0 ** (1 - self.smallest_exponent)

    @property
    def infinity(self) -> int:
        """The bit pattern of infinity; the finite positive numbers have the patterns below it, in their order."""
        return ((1 << self.bits - 1 - self.digits) - 1) << self.digits

    def numbers(self, patterns: Array) -> Array:
        """Return the array of this format with the given bit patterns.

        >>> FLOAT32.numbers(np.array([0x3F800000]))
        array([1.], dtype=float32)
        """
        whole = patterns.astype(self.patterns, copy=False)
        return whole if self.stored is self.patterns else whole.view(self.stored)

    def widened(self, array: Array) -> Array:
        """Return the same numbers as float64.

        >>> BFLOAT16.widened(np.array([0x3F80, 0xC000], np.uint16))
        array([ 1., -2.])
        """
        if self.stored is self.patterns:
            array = (array.astype(np.uint32) << np.uint32(16)).view(np.float32)
        # Many patterns are signalling nan.
        with np.errstate(invalid="ignore"):
            return array.astype(np.float64)

    def rounded(self, values: npt.ArrayLike) -> Array:
        """Return float64 numbers rounded to this format, to even at ties.

        >>> FLOAT16.rounded([0.1, 1e6])
        array([0.1, inf], dtype=float16)
        >>> BFLOAT16.widened(BFLOAT16.rounded([1.0, -3.0, float("inf")]))
        array([ 1., -3., inf])
        """
        wide = np.asarray(values, np.float64)
        if self.stored is not self.patterns:
            with np.errstate(over="ignore", invalid="ignore"):
                return wide.astype(self.stored)
        with np.errstate(over="ignore", invalid="ignore"):
            unit = spacing(wide, self)
            near = np.where(np.isfinite(wide), np.rint(wide / unit) * unit, wide).astype(np.float32)
        return (near.view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def spacing(values: Array, form: Format) -> Array:
    """Return the distance of neighbouring numbers of the format where the float64 `values` lie: one ulp.

    >>> spacing(np.array([1.0, 1.5, 2.0, 0.0]), FLOAT32).tolist() == [2.0**-23, 2.0**-23, 2.0**-22, 2.0**-149]
    True
    """
    # The bits of the exponent alone are the power of 2 at or below |value|.
    power = (values.view(np.int64) & _EXPONENT).view(np.float64)
    return np.maximum(power, form.smallest_normal) * 2.0**-form.digits


_EXPONENT = np.int64(0x7FF << 52)

FLOAT16 = Format("float16", 16, 10, -14, np.float16, 0.51, 2.0**-11)
BFLOAT16 = Format("bfloat16", 16, 7, -126, np.uint16, 0.51, 2.0**-8)
FLOAT32 = Format("float32", 32, 23, -126, np.float32, 2.0, 2.0**-24)
FLOAT64 = Format("float64", 64, 52, -1022, np.float64, 4.0, 2.0**-51)
FORMATS = {form.name: form for form in (FLOAT16, BFLOAT16, FLOAT32, FLOAT64)}
