"""What all code that observes needs: elements as doubles, fields of rows, and which elements are sampled."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .memory import Dtype
from .values import LANES, Kind, Value, Variable, vector
from .writing import Code

BLOCK = 256
"""Neighbouring elements that are sampled together."""
FINE_BLOCK = 16
"""The same of gradients, as few as a line of a cache holds: where a loss looks at one token of a sequence, a gradient
is 0 but for a row here and there, which long blocks miss for many steps."""
GOLDEN = 0.6180339887498949
STORED: dict[Dtype, Kind] = {"float16": "half", "bfloat16": "i16", "float32": "float", "float64": "double"}
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a row in memory."""

    code: Code
    at: Value
    kind: np.dtype[Any]

    def field(self, name: str) -> Variable:
        """Return a field as a variable."""
        dtype, offset = self.kind.fields[name][:2]  # type: ignore[index]
        kind: Kind = "double" if dtype.base.kind == "f" else "i64"
        return Variable(self.code, kind, self.code.at(self.at, "i8", offset))


def number(code: Code, dtype: Dtype, data: Value, index: Value, lanes: bool = False) -> Value:
    """Return an element as a double, or LANES of them from `index` on."""
    kind = STORED[dtype]
    stored = code.load(vector(kind) if lanes else kind, code.at(data, kind, index))
    if dtype == "float64":
        return stored
    if dtype == "bfloat16":
        return (stored.to("i32", "zext") << 16).to("float", "bitcast").to("double", "fpext")
    return (stored.to("float", "fpext") if dtype == "float16" else stored).to("double", "fpext")


def room_for_block(code: Code) -> Value:
    """Return room for a block of doubles, and for the nan behind them."""
    return code.room("double", BLOCK + LANES)


def widening(dtype: Dtype) -> Code:
    """Return `widen(data, size, block)`: it writes `size` elements as doubles, and LANES of nan behind them.

    What follows reads whole vectors, and leaves nan out.
    """
    code = Code("widen", "ptr", "i64", "ptr")
    data, size, block = code.arguments
    whole = size & -LANES
    with code.loop(whole, step=LANES) as k:
        code.store(number(code, dtype, data, k, lanes=True), code.at(block, "double", k))
    with code.loop(size, begin=whole) as k:
        code.store(number(code, dtype, data, k), code.at(block, "double", k))
    code.store(code.number(vector("double"), math.nan), code.at(block, "double", size))
    return code.done(0)


def widen(code: Code, dtype: Dtype, data: Value, begin: Value, size: Value, block: Value) -> None:
    """Write elements into a block of doubles."""
    code.call("i64", "widen", code.at(data, STORED[dtype], begin), size, block)


def lanes_at(code: Code, block: Value, k: Value) -> tuple[Value, Value]:
    """Return LANES doubles of a block, and which of them are finite."""
    x = code.load(vector("double"), code.at(block, "double", k))
    return x, is_finite(code, x)


def is_finite(code: Code, x: Value) -> Value:
    """Return whether doubles are finite."""
    return code.call(x.kind, f"llvm.fabs.v{LANES}f64", x) <= _LARGEST


def turned(code: Code, tick: Value, by: float, count: Value) -> Value:
    """Return where in `count` the golden ratio, or another irrational number, has come to."""
    turn = tick.to("double", "sitofp") * by
    part = turn - code.call("double", "llvm.floor.f64", turn)
    return (part * count.to("double", "sitofp")).to("i64", "fptosi")


@contextmanager
def sampled(code: Code, header: Value, count: Value, tick: Value, block: int = BLOCK) -> Iterator[tuple[Value, Value]]:
    """Repeat what is written inside for each block that is sampled: its first element and its size."""
    most = code.larger(code.load("i64", header) / block, 1)
    all_of_it = count <= most * block
    apart = ((code.larger(count - (block - 1), most) / most) - 1) | 1
    first = all_of_it.chosen(code.number("i64", 0), turned(code, tick, GOLDEN, apart))
    blocks = all_of_it.chosen((count + (BLOCK - 1)) >> 8, most)
    step = all_of_it.chosen(code.number("i64", BLOCK), apart)
    with code.loop(blocks) as k:
        begin = first + k * step
        yield begin, code.smaller(count - begin, all_of_it.chosen(code.number("i64", BLOCK), block))
