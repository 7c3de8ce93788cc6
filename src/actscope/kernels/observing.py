"""What arrives at a place and what leaves it, summed into a row of statistics in one call.

The whole of the data is read once, for numbers that are not finite; moments and histogram are of blocks of neighbouring
elements, which move from call to call. Of the units only those are looked at that have not shown everything yet, so
that a healthy layer costs next to nothing after its first step.

A place is described by 8-byte numbers: elements to sample, units, how many of the tests are ranges in which the slope
is not small, how many tests there are, how many threads may read, the addresses of what starts them and of what tells
one its number, and of each test the bit that a unit shows and the range of x that shows it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from . import units, visiting
from .compiler import routines
from .memory import Dtype
from .sampling import BLOCK, FINE_BLOCK, Row, lanes_at, room_for_block, sampled, widen, widening
from .values import LANES, Kind, Value, Variable, vector
from .writing import Code, module

_SCREEN = 64
_JOB: tuple[Kind, ...] = ("ptr", "ptr", "i64", "i64")
TOGETHER_FROM = 65_536
"""Elements from which on the threads that wrote them read them, each its own."""
MOST_THREADS = 64

_BITS: dict[Dtype, tuple[Kind, int]] = {
    "float16": ("i16", 0x7C00),
    "bfloat16": ("i16", 0x7F80),
    "float32": ("i32", 0x7F800000),
    "float64": ("i64", 0x7FF0000000000000),
}


def _not_finite(code: Code, dtype: Dtype, data: Value, count: Value) -> Value:
    """Return how many elements are not finite, all of them read."""
    kind, exponent = _BITS[dtype]
    total, wide = code.variable("i64", 0), vector(kind, _SCREEN)
    whole = count & -_SCREEN

    def among(k: Value, kind: Kind) -> Value:
        bits = code.load(kind, code.at(data, _BITS[dtype][0], k)) & exponent
        return bits.equals(exponent)

    with code.loop(whole, step=_SCREEN) as k:
        total.add(among(k, wide).population())
    with code.loop(count, begin=whole) as k:
        total.add(among(k, kind).to("i64", "zext"))
    return total.now


def _share(dtype: Dtype) -> Code:
    """Return `share(job)`, which a thread of a team runs on its part: who it is, data, count, piece, and its result."""
    code = Code("share", "ptr")
    (job,) = code.arguments
    who, data, count, piece = (code.load(kind, code.at(job, "i64", k)) for k, kind in enumerate(_JOB))
    number = code.call_at(who, "i32")
    assert number is not None
    thread = number.to("i64", "zext")
    begin = thread * piece
    part = code.at(data, _BITS[dtype][0], begin)
    size = code.larger(code.smaller(piece, count - begin), 0)
    code.store(_not_finite(code, dtype, part, size), code.at(job, "i64", thread + len(_JOB)))
    return code.done(0)


def _not_finite_by_all(code: Code, dtype: Dtype, header: Value, data: Value, count: Value) -> Value:
    """Return how many elements are not finite; of large data each thread reads the part that it has just written.

    One thread that read all of it would fetch the others' parts from the caches of their cores, and take them away.
    """
    threads, team, who = (
        code.load(kind, code.at(header, "i64", 4 + k)) for k, kind in enumerate(("i64", "ptr", "ptr"))
    )
    found = code.variable("i64", 0)
    several = (threads > 1) & (count >= TOGETHER_FROM)
    with code.when(several):
        job = code.room("i64", len(_JOB) + MOST_THREADS)
        # As PyTorch shares out an elementwise operation.
        piece = (count + threads - 1) / threads
        for k, value in enumerate((who, data, count, piece)):
            code.store(value, code.at(job, "i64", k))
        code.call_at(team, "void", "ptr @share", job, threads.to("i32", "trunc"), "i32 0")
        with code.loop(threads) as thread:
            found.add(code.load("i64", code.at(job, "i64", thread + len(_JOB))))
    with code.when(several.equals(0)):
        found.add(_not_finite(code, dtype, data, count))
    return found.now


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
        mean, m2 = total / finite.to("double", "sitofp"), code.variable(vector("double"), 0.0)
        everywhere = mean.spread()
        with code.loop(size, step=LANES) as k:
            x, known = lanes_at(code, block, k)
            gap = known.chosen(x - everywhere, 0.0)
            m2.add(gap * gap)
        _combine(row, prefix, finite, mean, m2.now.pooled("fadd"))


class _Histogram:
    """Counts by exponent and the two first bits of the mantissa, in four tables so that none waits for another."""

    def __init__(self, code: Code, row: Row, lowest: int) -> None:
        shape = row.kind["histogram"].shape
        self.code, self.row, self.cells, self.lowest = code, row, shape[0], lowest
        self.padded = -(-(self.cells + 1) // LANES) * LANES
        self.tables, self.found = code.room("i32", 4 * self.padded), code.room("i32", BLOCK)
        with code.loop(4 * self.padded, step=LANES) as k:
            code.store(code.number(vector("i32"), 0), code.at(self.tables, "i32", k))

    def cell(self, x: Value, finite: Value, k: Value) -> None:
        """Find the cells of LANES elements of the block."""
        code, middle = self.code, self.cells // 2
        quarter = (x.to("i64", "bitcast") >> 50) & 0x1FFF
        size = code.larger(code.smaller(quarter - (4 * (1023 + self.lowest) - 1), middle), 0)
        below = code.number(size.kind, middle) - size
        cell = finite.chosen((x < 0.0).chosen(below, size + middle), self.cells)
        code.store(cell.to("i32", "trunc"), code.at(self.found, "i32", k))

    def count(self, size: Value) -> None:
        """Count the cells of a block; those of what stands behind it are counted as not finite."""
        code = self.code
        with code.loop(size, step=4) as begin:
            for k in range(4):
                cell = code.load("i32", code.at(self.found, "i32", begin + k)).to("i64", "zext")
                place = code.at(self.tables, "i32", cell + k * self.padded)
                code.store(code.load("i32", place) + 1, place)

    def add(self) -> None:
        """Add all that was counted to the row."""
        code, into = self.code, self.row.field("histogram").at
        whole = self.cells // LANES * LANES
        for kind, begin, end, step in ((vector("i32"), 0, whole, LANES), ("i32", whole, self.cells, 1)):
            with code.loop(end, step=step, begin=begin) as cell:
                parts = [code.load(kind, code.at(self.tables, "i32", cell + k * self.padded)) for k in range(4)]
                found = ((parts[0] + parts[1]) + (parts[2] + parts[3])).to("i64", "zext")
                Variable(code, found.kind, code.at(into, "i64", cell)).add(found)


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
        *(widening(dtype), units.lacking(), units.shows(dtype), _share(dtype)),
        *(_arrived(dtype, place, lowest), _left(dtype, place), _gradient(dtype, place)),
        *(visiting.before_step(dtype, parameter), visiting.after_step(dtype, parameter)),
    )
    return Observers(*routines(module(functions), ("arrived", "left", "gradient", "before_step", "after_step")))


def _arrived(dtype: Dtype, place: np.dtype[Any], lowest: int) -> Code:
    """Return `arrived(place, row, data, count, inner, tick)`, which returns how many numbers are not finite.

    Element i belongs to the unit (i / inner) % units; with inner = 0 the units are left alone. `lowest` is the exponent
    at which the histogram begins.
    """
    code = Code("arrived")
    header, at, data, count, inner, tick = code.given("ptr", "ptr", "ptr", "i64", "i64", "i64")
    row = Row(code, at, place)
    bad = _not_finite_by_all(code, dtype, header, data, count)
    for name, value in (("passes", code.number("i64", 1)), ("elements", count), ("nonfinite", bad)):
        row.field(name).add(value)
    with code.when(count > 0):
        histogram, block = _Histogram(code, row, lowest), room_for_block(code)
        low, high = (code.variable(vector("double"), row.field(name).now.spread()) for name in ("low", "high"))
        with sampled(code, header, count, tick) as (begin, size):
            finite, total = code.variable("i64", 0), code.variable(vector("double"), 0.0)
            widen(code, dtype, data, begin, size, block)
            with code.loop(size, step=LANES) as k:
                x, known = lanes_at(code, block, k)
                finite.add(known.population())
                total.add(known.chosen(x, 0.0))
                low.extend(known.chosen(x, math.inf), "olt")
                high.extend(known.chosen(x, -math.inf), "ogt")
                histogram.cell(x, known, k)
            histogram.count(size)
            _moments(code, row, "", block, size, finite.now, total.now.pooled("fadd"))
            row.field("flat").add(finite.now - _steep(code, header, block, size))
        row.field("low").set(low.now.pooled("fmin"))
        row.field("high").set(high.now.pooled("fmax"))
        histogram.add()
        with code.when(inner > 0):
            shown = code.at(at, "i8", place.itemsize)
            units.look_at_units(code, dtype, header, shown, data, count, inner)
    return code.done(bad)


def _steep(code: Code, header: Value, block: Value, size: Value) -> Value:
    """Return how many finite numbers of a block lie where the slope is not small."""
    steep = code.variable("i64", 0)
    with code.loop(code.load("i64", code.at(header, "i64", 2))) as test:
        _, low, high = units.test_at(code, header, test)
        lows, highs = low.spread(), high.spread()
        with code.loop(size, step=LANES) as k:
            x, known = lanes_at(code, block, k)
            steep.add(((x >= lows) & (x <= highs) & known).population())
    return steep.now


def _left(dtype: Dtype, place: np.dtype[Any]) -> Code:
    """Return `left(place, row, data, count, tick)`."""
    code = Code("left")
    header, at, data, count, tick = code.given("ptr", "ptr", "ptr", "i64", "i64")
    row, block = Row(code, at, place), room_for_block(code)
    with sampled(code, header, count, tick) as (begin, size):
        finite, zeros = code.variable("i64", 0), code.variable("i64", 0)
        total = code.variable(vector("double"), 0.0)
        widen(code, dtype, data, begin, size, block)
        with code.loop(size, step=LANES) as k:
            y, known = lanes_at(code, block, k)
            finite.add(known.population())
            zeros.add(y.equals(0.0).population())
            total.add(known.chosen(y, 0.0))
        row.field("zeros").add(zeros.now)
        _moments(code, row, "out_", block, size, finite.now, total.now.pooled("fadd"))
    return code.done(0)


def _gradient(dtype: Dtype, place: np.dtype[Any]) -> Code:
    """Return `gradient(place, row, which, data, count, tick)`: 0 is the one that arrives, 1 the one that leaves."""
    code = Code("gradient")
    header, at, which, data, count, tick = code.given("ptr", "ptr", "i64", "ptr", "i64", "i64")
    row, squares, block = Row(code, at, place), code.variable(vector("double"), 0.0), room_for_block(code)
    finite, all_of_it = code.variable("i64", 0), code.variable("i64", 0)
    with sampled(code, header, count, tick, FINE_BLOCK) as (begin, size):
        widen(code, dtype, data, begin, size, block)
        with code.loop(size, step=LANES) as k:
            g, known = lanes_at(code, block, k)
            finite.add(known.population())
            squares.add(known.chosen(g * g, 0.0))
        all_of_it.add(size)
    row.field("gradient_nonfinite").add(all_of_it.now - finite.now)
    for number_of, name in enumerate(("arriving", "leaving")):
        with code.when(which.equals(number_of)):
            row.field(f"{name}_count").add(finite.now)
            row.field(f"{name}_squares").add(squares.now.pooled("fadd"))
    return code.done(0)
