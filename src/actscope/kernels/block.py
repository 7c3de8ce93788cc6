"""A straight run of LLVM instructions on one element. An instruction written twice yields the first one's result."""

import math
import struct
from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["float", "double"]
Register = str
"""The name of a value, `%v3`, or a constant as LLVM writes it."""


def constant(value: float) -> Register:
    """Return `value` as LLVM writes an exact floating-point constant.

    >>> constant(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a floating-point type lies in memory."""

    integer: str
    """The LLVM integer of the same size."""
    mantissa: int
    bias: int
    suffix: str

    @property
    def rounder(self) -> float:
        """Added to a number that is not too large, it leaves the nearest whole number in the low bits."""
        return 1.5 * 2.0**self.mantissa

    @property
    def rounder_bits(self) -> int:
        """The bits of the rounder as an integer."""
        return (self.bias + self.mantissa << self.mantissa) + (1 << self.mantissa - 1)


LAYOUTS: dict[Type, Layout] = {"float": Layout("i32", 23, 127, "f32"), "double": Layout("i64", 52, 1023, "f64")}


@dataclass(frozen=True, slots=True)
class Quotient:
    """A value that is still to be computed: top / bottom * scale, where scale is a power of two or 0.

    A factor can join the top first, so that x*sigmoid(x) is one division and rounds to a subnormal once.
    """

    top: Register
    bottom: Register | None = None
    scale: Register | None = None


Value = Register | Quotient


def rounded_to(type: Type, value: float) -> float:
    """Return the number of that type nearest to `value`; beyond the largest float32, that.

    >>> rounded_to("float", 0.1)
    0.10000000149011612
    """
    if type == "double" or math.isinf(value):
        return value
    largest = 3.4028234663852886e38
    narrow: float = struct.unpack("<f", struct.pack("<f", min(max(value, -largest), largest)))[0]
    return narrow


class Block:
    """The body of a loop under construction.

    `tables` receives the constant arrays that the instructions read, by name. `type` is what it computes in. `wide`
    asks for primitives that are accurate to float64; otherwise to float32: with an ample margin if computed in doubles,
    to a unit or two in the last place if computed in floats. `near` promises that the arguments of sin and cos,
    which are left in `angles`, are small enough for the short reduction.
    """

    def __init__(self, type: Type, tables: dict[str, str], wide: bool, prefix: str = "v", near: bool = False) -> None:
        self.type: Type = type
        self.layout = LAYOUTS[type]
        self.wide = wide
        self.prefix = prefix
        self.near = near
        self.angles: dict[Register, None] = {}
        self.lines: list[str] = []
        self.tables = tables
        self._known: dict[str, Register] = {}
        self._negated: dict[Register, Register] = {}

    def emit(self, instruction: str) -> Register:
        """Append `instruction` and return the register that holds its result."""
        if instruction not in self._known:
            self._known[instruction] = register = f"%{self.prefix}{len(self._known)}"
            self.lines.append(f"  {register} = {instruction}")
            if instruction.startswith("fneg"):
                self._negated[register] = instruction.rpartition(" ")[2]
        return self._known[instruction]

    def note(self, text: str) -> None:
        """Append a comment, for the reader of `actscope show --source`."""
        self.lines.append(f"  ; {text}")

    def number(self, value: float | Register | None) -> Register:
        """Return a register as it is, a Python number as a constant; a scale that is not there is 1."""
        return value if isinstance(value, str) else constant(rounded_to(self.type, 1.0 if value is None else value))

    def _binary(self, name: str, a: float | Register, b: float | Register) -> Register:
        return self.emit(f"{name} {self.type} {self.number(a)}, {self.number(b)}")

    def add(self, a: float | Register, b: float | Register) -> Register:
        """Return a + b."""
        return self._binary("fadd", a, b)

    def sub(self, a: float | Register, b: float | Register) -> Register:
        """Return a - b."""
        return self._binary("fsub", a, b)

    def mul(self, a: float | Register, b: float | Register) -> Register:
        """Return a * b."""
        return self._binary("fmul", a, b)

    def div(self, a: float | Register, b: float | Register) -> Register:
        """Return a / b."""
        return self._binary("fdiv", a, b)

    def neg(self, a: Register) -> Register:
        """Return -a."""
        return self.emit(f"fneg {self.type} {a}")

    def _intrinsic(self, name: str, *args: float | Register) -> Register:
        numbers = ", ".join(f"{self.type} {self.number(a)}" for a in args)
        return self.emit(f"call {self.type} @llvm.{name}.{self.layout.suffix}({numbers})")

    def fma(self, a: float | Register, b: float | Register, c: float | Register) -> Register:
        """Return a * b + c, rounded once."""
        return self._intrinsic("fma", a, b, c)

    def abs(self, a: Register) -> Register:
        """Return |a|; that of -a is the same, so that sigmoid(u) and sigmoid(-u) share their exponential."""
        return self._intrinsic("fabs", self._negated.get(a, a))

    def round(self, a: Register) -> Register:
        """Return the whole number nearest to a."""
        return self._intrinsic("rint", a)

    def copysign(self, a: Register, sign: Register) -> Register:
        """Return |a| with the sign of the other."""
        return self._intrinsic("copysign", a, sign)

    def greater(self, a: float | Register, b: float | Register) -> Register:
        """Return whether a > b; false for nan."""
        return self._binary("fcmp ogt", a, b)

    def select(self, condition: Register, a: float | Register, b: float | Register) -> Register:
        """Return a where the condition holds, b elsewhere."""
        return self.emit(f"select i1 {condition}, {self.type} {self.number(a)}, {self.type} {self.number(b)}")

    def clamp(self, a: Register, low: float, high: float) -> Register:
        """Return a within [low, high]; nan stays nan."""
        raised = self.select(self.greater(low, a), low, a)
        return self.select(self.greater(raised, high), high, raised)

    def polynomial(self, coefficients: tuple[float, ...], r: Register) -> Register:
        """Return the polynomial at r, by Horner's rule; constant term first."""
        *lower, top = coefficients
        value = self.number(top)
        for c in reversed(lower):
            value = self.fma(value, r, c)
        return value

    def bits(self, a: Register) -> Register:
        """Return the bits of a number as an integer."""
        return self.emit(f"bitcast {self.type} {a} to {self.layout.integer}")

    def from_bits(self, i: Register) -> Register:
        """Return the number with the given bits."""
        return self.emit(f"bitcast {self.layout.integer} {i} to {self.type}")

    def integer(self, operation: str, i: int | Register, j: int | Register) -> Register:
        """Return an operation on integers of the size of the numbers, such as `add` or `shl`."""
        return self.emit(f"{operation} {self.layout.integer} {i}, {j}")

    def settled(self, value: Value) -> Register:
        """Return the register of a value, computing what was left to be done."""
        if not isinstance(value, Quotient):
            return value
        result = value.top if value.bottom is None else self.div(value.top, value.bottom)
        return result if value.scale is None else self.mul(result, value.scale)

    def times(self, a: Value, b: Value) -> Value:
        """Return a * b, which stays open where one of them is."""
        if not isinstance(a, Quotient):
            a, b = b, a
        if not isinstance(a, Quotient):
            return self.mul(self.settled(b), a)
        other = b if isinstance(b, Quotient) else Quotient(b)
        return Quotient(
            self._joined(a.top, other.top), self._joined(a.bottom, other.bottom), self._joined(a.scale, other.scale)
        )

    def _joined(self, a: Register | None, b: Register | None) -> Any:
        """Return a * b, where what is missing counts as 1."""
        if a is None or b is None:
            return b if a is None else a
        return b if a == self.number(1.0) else a if b == self.number(1.0) else self.mul(a, b)

    def over(self, a: Quotient, b: Register) -> Quotient:
        """Return a / b, still open."""
        return Quotient(a.top, self._joined(a.bottom, b), a.scale)

    def beside(self, open: Quotient, value: Register, ratio: float) -> Quotient:
        """Return `value`, but ratio times the open argument where that is so tiny that the two are the same."""
        tiny = self.greater(2.0**-60, self.abs(self.settled(open)))

        def chosen(a: Register, b: float | Register) -> Register:
            return self.select(tiny, a, b)

        return Quotient(
            chosen(open.top if ratio == 1 else self.mul(open.top, ratio), value),
            chosen(open.bottom, 1.0) if open.bottom else None,
            chosen(open.scale, 1.0) if open.scale else None,
        )

    def larger(self, i: Register, j: int) -> Register:
        """Return the larger of two integers."""
        kind = self.layout.integer
        return self.emit(f"call {kind} @llvm.smax.{kind}({kind} {i}, {kind} {j})")

    def smaller(self, i: Register, j: int) -> Register:
        """Return the smaller of two integers."""
        kind = self.layout.integer
        return self.emit(f"call {kind} @llvm.smin.{kind}({kind} {i}, {kind} {j})")

    def two_sum(self, a: Register, b: Register) -> tuple[Register, Register]:
        """Return a + b and what its rounding lost (Knuth, 1969)."""
        s = self.add(a, b)
        back = self.sub(s, a)
        return s, self.add(self.sub(a, self.sub(s, back)), self.sub(b, back))

    def product(self, a: Register, b: Register) -> tuple[Register, Register]:
        """Return a * b and what its rounding lost."""
        p = self.mul(a, b)
        return p, self.fma(a, b, self.neg(p))
