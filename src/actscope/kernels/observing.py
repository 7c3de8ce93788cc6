"""What arrives at a place and what leaves it, summed into a row of statistics in one call.

The whole of the data is read once, for numbers that are not finite; moments and histogram are of blocks of neighbouring
elements, which move from call to call. Of the units only those are looked at that have not shown everything yet, so
that a healthy layer costs next to nothing after its first step.

A place is described by 8-byte numbers: elements to sample, units, how many of the tests are ranges in which the slope
is not small, how many tests there are, and of each test the bit that a unit shows and the range of x that shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from . import visiting
from .compiler import routines
from .memory import Dtype
from .sampling import BLOCK, STORED, Row, is_finite, number, sampled
from .writing import Code, Kind, Value, Variable, module

ALL_SHOWN = 7
_SCREENED = 4096  # Few enough for a count in 16 bits, and in the first cache.
_DENSE = 16  # A row of the units at once is read about as fast as a sixteenth of it unit by unit.
_HEADER = 4

_BITS: dict[Dtype, tuple[Kind, int]] = {
    "float16": ("i16", 0x7C00),
    "bfloat16": ("i16", 0x7F80),
    "float32": ("i32", 0x7F800000),
    "float64": ("i64", 0x7FF0000000000000),
}


def _not_finite(code: Code, dtype: Dtype, data: Value, count: Value) -> Value:
    """Return how many elements are not finite, all of them read."""
    kind, exponent = _BITS[dtype]
    total = code.variable("i64", 0)
    with code.loop(count, step=_SCREENED) as begin:
        here, found = code.at(data, kind, begin), code.variable(kind, 0)
        with code.loop(code.smaller(count - begin, _SCREENED)) as k:
            bits = code.load(kind, code.at(here, kind, k)) & exponent
            found.add(bits.equals(exponent).to(kind, "zext"))
        total.add(found.now if kind == "i64" else found.now.to("i64", "zext"))
    return total.now


def _combine(row: Row, prefix: str, count: Value, mean: Value, m2: Value) -> None:
    """Add the moments of numbers to those of a row, by Chan, Golub and LeVeque (1979)."""
    n, k = row.field(f"{prefix}count"), count.to("double", "sitofp")
    before = n.now.to("double", "sitofp")
    share, gap = k / (before + k), mean - row.field(f"{prefix}mean").now
    row.field(f"{prefix}m2").add(m2 + gap * gap * before * share)
    row.field(f"{prefix}mean").add(gap * share)
    n.add(count)


def _moments(code: Code, row: Row, prefix: str, block: Value, size: Value, finite: Value, total: Value) -> None:
    """Add the moments of a block, whose finite numbers have this count and sum."""
    with code.when(finite > 0):
        mean, m2 = total / finite.to("double", "sitofp"), code.variable("double", 0.0)
        with code.loop(size) as k:
            x = code.load("double", code.at(block, "double", k))
            gap = is_finite(code, x).chosen(x - mean, 0.0)
            m2.add(gap * gap)
        _combine(row, prefix, finite, mean, m2.now)


class _Histogram:
    """Counts by exponent and the two first bits of the mantissa, in four tables so that none waits for another."""

    def __init__(self, code: Code, row: Row, lowest: int) -> None:
        shape = row.kind["histogram"].shape
        self.code, self.row, self.cells, self.lowest = code, row, shape[0], lowest
        self.padded = self.cells + 1
        self.tables, self.found = code.room("i32", 4 * self.padded), code.room("i32", BLOCK + 4)
        with code.loop(4 * self.padded) as k:
            code.store(code.number("i32", 0), code.at(self.tables, "i32", k))

    def cell(self, x: Value, finite: Value, k: Value) -> None:
        """Find the cell of an element of the block."""
        code, middle = self.code, self.cells // 2
        quarter = (x.to("i64", "bitcast") >> 50) & 0x1FFF
        size = code.larger(code.smaller(quarter - (4 * (1023 + self.lowest) - 1), middle), 0)
        cell = finite.chosen((x < 0.0).chosen(code.number("i64", middle) - size, size + middle), self.cells)
        code.store(cell.to("i32", "trunc"), code.at(self.found, "i32", k))

    def count(self, size: Value) -> None:
        """Count the cells of a block."""
        code = self.code
        for k in range(3):
            code.store(code.number("i32", self.cells), code.at(self.found, "i32", size + k))
        with code.loop(size, step=4) as begin:
            for k in range(4):
                cell = code.load("i32", code.at(self.found, "i32", begin + k)).to("i64", "zext")
                place = code.at(self.tables, "i32", cell + k * self.padded)
                code.store(code.load("i32", place) + 1, place)

    def add(self) -> None:
        """Add all that was counted to the row."""
        code, into = self.code, self.row.field("histogram").at
        with code.loop(self.cells) as cell:
            parts = [code.load("i32", code.at(self.tables, "i32", cell + k * self.padded)) for k in range(4)]
            found = (parts[0] + parts[1]) + (parts[2] + parts[3])
            Variable(code, "i64", code.at(into, "i64", cell)).add(found.to("i64", "zext"))


@dataclass(frozen=True, slots=True)
class Observers:
    """Compiled code for data of one type; its arguments are addresses and whole numbers."""

    arrived: Callable[..., int]
    left: Callable[..., int]
    gradient: Callable[..., int]
    before_step: Callable[..., int]
    after_step: Callable[..., int]


@lru_cache(maxsize=8)
def observers(dtype: Dtype, place: np.dtype[Any], parameter: np.dtype[Any], lowest: int) -> Observers:
    """Return the code that fills rows of these types; `lowest` is the exponent at which the histogram begins.

    It is compiled at the first call.
    """
    functions = (
        *(_arrived(dtype, place, lowest), _left(dtype, place), _gradient(dtype, place)),
        *(visiting.before_step(dtype, parameter), visiting.after_step(dtype, parameter)),
    )
    return Observers(*routines(module(functions), ("arrived", "left", "gradient", "before_step", "after_step")))


def _arrived(dtype: Dtype, place: np.dtype[Any], lowest: int) -> str:
    """Return `arrived(place, row, data, count, inner, tick)`, which returns how many numbers are not finite.

    Element i belongs to the unit (i / inner) % units; with inner = 0 the units are left alone. `lowest` is the exponent
    at which the histogram begins.
    """
    code = Code("arrived")
    header, at, data, count, inner, tick = code.given("ptr", "ptr", "ptr", "i64", "i64", "i64")
    row = Row(code, at, place)
    bad = _not_finite(code, dtype, data, count)
    for name, value in (("passes", code.number("i64", 1)), ("elements", count), ("nonfinite", bad)):
        row.field(name).add(value)
    with code.when(count > 0):
        histogram, block = _Histogram(code, row, lowest), code.room("double", BLOCK)
        low, high = code.variable("double", row.field("low").now), code.variable("double", row.field("high").now)
        with sampled(code, header, count, tick) as (begin, size):
            finite, total = code.variable("i64", 0), code.variable("double", 0.0)
            with code.loop(size) as k:
                x = number(code, dtype, data, begin + k)
                code.store(x, code.at(block, "double", k))
                known = is_finite(code, x)
                finite.add(known.to("i64", "zext"))
                total.add(known.chosen(x, 0.0))
                low.extend(known.chosen(x, float("inf")), "olt")
                high.extend(known.chosen(x, float("-inf")), "ogt")
                histogram.cell(x, known, k)
            histogram.count(size)
            _moments(code, row, "", block, size, finite.now, total.now)
            row.field("flat").add(finite.now - _steep(code, header, block, size))
        row.field("low").set(low.now)
        row.field("high").set(high.now)
        histogram.add()
        with code.when(inner > 0):
            shown = code.at(at, "i8", place.itemsize)
            _look_at_units(code, dtype, header, shown, data, count, inner)
    return code.text(bad)


def _steep(code: Code, header: Value, block: Value, size: Value) -> Value:
    """Return how many finite numbers of a block lie where the slope is not small."""
    steep = code.variable("i64", 0)
    with code.loop(code.load("i64", code.at(header, "i64", 2))) as test:
        _, low, high = _test(code, header, test)
        with code.loop(size) as k:
            x = code.load("double", code.at(block, "double", k))
            steep.add(((x >= low) & (x <= high) & is_finite(code, x)).to("i64", "zext"))
    return steep.now


def _test(code: Code, header: Value, test: Value) -> tuple[Value, Value, Value]:
    """Return the bit of a test and the range of x that shows it."""
    at = code.at(header, "i64", test * 3 + _HEADER)
    bit, low, high = (
        code.load(kind, code.at(at, "i64", k)) for k, kind in enumerate[Kind](("i64", "double", "double"))
    )
    return bit.to("i8", "trunc"), low, high


def _lacking(code: Code, shown: Value, units: Value, bit: Value) -> Value:
    """Return how many units have not shown this bit."""
    lacking = code.variable("i64", 0)
    with code.loop(units) as u:
        byte = code.load("i8", code.at(shown, "i8", u)) & bit
        lacking.add(byte.equals(0).to("i64", "zext"))
    return lacking.now


def _look_at_units(
    code: Code, dtype: Dtype, header: Value, shown: Value, data: Value, count: Value, inner: Value
) -> None:
    units = code.load("i64", code.at(header, "i64", 1))
    everything = code.variable("i8", ALL_SHOWN)
    with code.loop(units) as u:
        everything.set(everything.now & code.load("i8", code.at(shown, "i8", u)))
    with (
        code.when(everything.now < ALL_SHOWN),
        code.loop(code.load("i64", code.at(header, "i64", 3))) as test,
    ):
        bit, low, high = _test(code, header, test)
        lacking = code.variable("i64", _lacking(code, shown, units, bit))
        rows, begin = count / (units * inner), code.variable("i64", 0)
        with code.when(inner.equals(1)), code.loop(rows) as r:
            code.stop(lacking.now * _DENSE <= units)
            here = code.at(data, STORED[dtype], r * units)
            with code.loop(units) as u:
                x, byte = number(code, dtype, here, u), code.at(shown, "i8", u)
                met = ((x >= low) & (x <= high)).chosen(bit, 0)
                code.store(code.load("i8", byte) | met, byte)
            begin.set(r + 1)
            lacking.set(_lacking(code, shown, units, bit))
        with code.when(lacking.now > 0), code.loop(units) as u:
            byte = code.at(shown, "i8", u)
            with code.when((code.load("i8", byte) & bit).equals(0)):
                found = code.variable("i1", 0)
                with code.loop(rows, begin=begin.now) as r:
                    first = (r * units + u) * inner
                    found.set(_shows(code, dtype, code.at(data, STORED[dtype], first), inner, low, high))
                    code.stop(found.now)
                code.store(code.load("i8", byte) | found.now.chosen(bit, 0), byte)


def _shows(code: Code, dtype: Dtype, data: Value, size: Value, low: Value, high: Value) -> Value:
    """Return whether one of the elements lies in a range."""
    found = code.variable("i1", 0)
    with code.loop(size, step=BLOCK) as begin:
        with code.loop(code.smaller(size - begin, BLOCK)) as k:
            x = number(code, dtype, data, begin + k)
            found.set(found.now | ((x >= low) & (x <= high)))
        code.stop(found.now)
    return found.now


def _left(dtype: Dtype, place: np.dtype[Any]) -> str:
    """Return `left(place, row, data, count, tick)`."""
    code = Code("left")
    header, at, data, count, tick = code.given("ptr", "ptr", "ptr", "i64", "i64")
    row, block = Row(code, at, place), code.room("double", BLOCK)
    with sampled(code, header, count, tick) as (begin, size):
        finite, zeros = code.variable("i64", 0), code.variable("i64", 0)
        total = code.variable("double", 0.0)
        with code.loop(size) as k:
            y = number(code, dtype, data, begin + k)
            code.store(y, code.at(block, "double", k))
            known = is_finite(code, y)
            finite.add(known.to("i64", "zext"))
            zeros.add(y.equals(0.0).to("i64", "zext"))
            total.add(known.chosen(y, 0.0))
        row.field("zeros").add(zeros.now)
        _moments(code, row, "out_", block, size, finite.now, total.now)
    return code.text(0)


def _gradient(dtype: Dtype, place: np.dtype[Any]) -> str:
    """Return `gradient(place, row, which, data, count, tick)`: 0 is the one that arrives, 1 the one that leaves."""
    code = Code("gradient")
    header, at, which, data, count, tick = code.given("ptr", "ptr", "i64", "ptr", "i64", "i64")
    row, squares, finite, all_of_it = (
        Row(code, at, place),
        code.variable("double", 0.0),
        code.variable("i64", 0),
        code.variable("i64", 0),
    )
    with sampled(code, header, count, tick) as (begin, size):
        with code.loop(size) as k:
            g = number(code, dtype, data, begin + k)
            known = is_finite(code, g)
            finite.add(known.to("i64", "zext"))
            squares.add(known.chosen(g * g, 0.0))
        all_of_it.add(size)
    row.field("gradient_nonfinite").add(all_of_it.now - finite.now)
    for number_of, name in enumerate(("arriving", "leaving")):
        with code.when(which.equals(number_of)):
            row.field(f"{name}_count").add(finite.now)
            row.field(f"{name}_squares").add(squares.now)
    return code.text(0)
