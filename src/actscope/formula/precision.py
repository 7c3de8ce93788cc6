"""Where a formula loses digits: found by interval arithmetic, which knows what rounding can do to each step.

At one input the bounds of a formula enclose its exact value and what float64 makes of it; where they are narrower than
a few units in the last place of float32, no digit of a float32 result is lost. Where they are wide, subtraction has
cancelled digits, something has overflowed, or nothing better can be proven.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .evaluate import NUMPY, bounds, evaluate
from .expr import Apply, Const, Expr, Symbol, fold, nodes
from .interval import Interval
from .ops import OPS

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
ALLOWED = 4.0
"""Units in the last place of float32 that the bounds may be apart."""
NEAR_ROOT = 2.0**-24
"""How far they may be apart where the formula crosses 0, away from x = 0."""
_LARGEST = float(np.finfo(np.float32).max)
_SMALLEST_EXPONENT, _DIGITS = -126, 23
# From here on it is everywhere: the largest input that is looked at is 2^127.99.
_FARTHEST = 1e38
_SHOWN = 60
_NOTHING = 1e-20
# Two stretches with so few sound inputs between them are one.
_GAP = 12
# Parts of a formula times inputs that are looked at: a tenth of a second.
_WORK = 200_000
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Lost:
    """A stretch of inputs on which digits are lost."""

    low: float
    high: float
    worst: float
    """The input where most are."""
    error: float
    """By how much the result may be off there, as a share of it; inf where it is nan or overflows on the way."""
    part: Expr
    """The innermost part of the formula where it happens."""
    undefined: bool = False
    """Whether the result is nan."""

    def __str__(self) -> str:
        low, high = (f"{end:.3g}" if abs(end) < _FARTHEST else "infinity" for end in (abs(self.low), abs(self.high)))
        ends = ("-" * (self.low < 0) + low, "-" * (self.high < 0) + high)
        where = f"at x = {ends[0]}" if ends[0] == ends[1] else f"for x from {ends[0]} to {ends[1]}"
        part = str(self.part)
        part = part if len(part) <= _SHOWN else f"{part[: _SHOWN - 4]} ..."
        return f"{'is nan' if self.undefined else 'loses digits'} {where}, in {part}"


def lost_digits(expr: Expr, values: Mapping[str, float] | None = None) -> tuple[Lost, ...]:
    """Return the stretches of x where `expr` may lose digits of a float32, from left to right; none if it is sound.

    `values` are those of its parameters. Some two thousand inputs are looked at, on every scale; a loss between two of
    them stays unseen. Where the formula crosses or touches 0 away from x = 0, an absolute error below 2**-24 is none.

    >>> from actscope.formula import parse
    >>> [str(lost) for lost in lost_digits(parse("x - sin(x)"))]
    ['loses digits for x from -0.000172 to 0.000172, in x - sin(x)']
    >>> lost_digits(parse("x*sigmoid(x)"))
    ()
    """
    parts = nodes(expr)
    x = _inputs(max(_WORK // len(parts), 64))
    given = {name: float(value) for name, value in (values or {}).items()}
    lost, undefined = _lost(expr, x, given)
    found = [_told(expr, x, start, stop, given, undefined=True) for start, stop in _stretches(x, undefined)]
    found += [_told(expr, x, start, stop, given) for start, stop in _stretches(x, lost & ~undefined)]
    return tuple(sorted(found, key=lambda one: one.low))


def _inputs(most: int) -> Floats:
    """Return float32 inputs of both signs, on every scale, and 0."""
    per_octave = max(1, min(8, most // 600))
    scales = np.exp2(np.linspace(-148.0, 127.99, 276 * per_octave + 1))
    near = np.linspace(0.01, 120.0, min(1200, most // 4))
    positive = np.unique(np.concatenate([scales, near]).astype(np.float32)).astype(np.float64)
    return np.concatenate([-positive[::-1], [0.0], positive])


def _lost(expr: Expr, x: Floats, given: Mapping[str, float]) -> tuple[Truths, Truths]:
    """Return where digits are lost, and where the result is nan."""
    value = np.broadcast_to(np.asarray(evaluate(expr, NUMPY, x=x, **given), np.float64), x.shape)
    low, high = _bounds(expr, x, given)
    size = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(all="ignore"):
        exponent = np.maximum(np.floor(np.log2(np.maximum(size, 1e-300))), _SMALLEST_EXPONENT)
        wide = high - low > ALLOWED * np.exp2(exponent - _DIGITS)
        wide &= ~(_near_root(low, high) & (np.abs(x) > 1e-6) & (high - low <= NEAR_ROOT))
    # A pole is infinite, and rightly so.
    return wide & ~(np.isinf(value) & (x == 0)), np.isnan(value)


def _bounds(expr: Expr, x: Floats, given: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Return the ends of the bounds, cut at what float32 can hold; infinite where there is no bound on either side."""
    ends: Any = Interval(x, x)  # type: ignore[arg-type]  # ends may be arrays
    found = bounds(expr, x=ends, **{name: Interval(v, v) for name, v in given.items()})
    low, high = (np.broadcast_to(np.asarray(end, np.float64), x.shape) for end in (found.low, found.high))
    unknown = (np.isinf(low) & np.isinf(high) & (low < high)) | np.isnan(low) | np.isnan(high)
    low, high = np.clip(low, -_LARGEST, _LARGEST), np.clip(high, -_LARGEST, _LARGEST)
    return np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)


def _near_root(low: Floats, high: Floats) -> Truths:
    """Return where the sign surely changes nearby, or where values on both sides are surely far larger."""
    if len(low) <= 2 * _NEIGHBOURS:
        return np.zeros(len(low), bool)
    least = np.maximum(np.maximum(low, -high), 0.0)
    around = _windows(least, _NEIGHBOURS + 1)
    before, after = around[: len(low)].max(axis=1), around[_NEIGHBOURS:].max(axis=1)
    touches = np.minimum(before, after) > 100 * np.maximum(np.abs(low), np.abs(high))
    crosses = (_windows(low, 2 * _NEIGHBOURS + 1) > 0).any(axis=1) & (_windows(high, 2 * _NEIGHBOURS + 1) < 0).any(
        axis=1
    )
    return np.asarray(crosses | touches)


def _windows(values: Floats, width: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(np.pad(values, _NEIGHBOURS, mode="edge"), width)


def _stretches(x: Floats, lost: Truths) -> list[tuple[int, int]]:
    """Return where stretches of lost digits start and stop; a short gap, or one around 0, parts none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(int)))
    found: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and (start - found[-1][1] <= _GAP or max(abs(x[start]), abs(x[found[-1][1] - 1])) < _NOTHING):
            start = found.pop()[0]
        found.append((start, stop))
    return found


def _told(expr: Expr, x: Floats, start: int, stop: int, given: Mapping[str, float], undefined: bool = False) -> Lost:
    low, high = _bounds(expr, x[start:stop], given)
    with np.errstate(all="ignore"):
        relative = np.nan_to_num((high - low) / np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-300), nan=np.inf)
    worst = start + int(np.argmax(relative))
    part = _culprit(expr, float(x[worst]), given, undefined)
    return Lost(float(x[start]), float(x[stop - 1]), float(x[worst]), float(np.max(relative)), part, undefined)


def _culprit(expr: Expr, x: float, given: Mapping[str, float], undefined: bool) -> Expr:
    """Return the innermost part where it happens, although its arguments are sound."""
    known = {"x": x, **given}
    found: list[Expr] = []

    def leaf(node: Const | Symbol) -> _Step:
        value = node.value if isinstance(node, Const) else known[node.name]
        return _Step(node, np.float64(value), Interval(value, value), sound=True)

    def join(op: str, args: list[_Step]) -> _Step:
        value = OPS[op].numpy(*(arg.value for arg in args))
        if op == "where":
            taken = args[1] if args[0].value else args[2]
            return _Step(taken.expr, taken.value, taken.bounds, taken.sound)
        held = OPS[op].bounds(*(arg.bounds for arg in args))
        size = max(abs(held.low), abs(held.high))
        wide = not held.high - held.low <= ALLOWED * 2.0**-_DIGITS * size
        node = Apply(op, tuple(arg.expr for arg in args))
        sound = not (np.isnan(value) if undefined else wide and op not in ("greater", "isnan"))
        if not sound and all(arg.sound for arg in args):
            found.append(node)
        return _Step(node, value, held, sound)

    with np.errstate(all="ignore"):
        reached = fold(expr, leaf, join)
    inside = set(nodes(reached.expr))
    return next((part for part in found if part in inside), reached.expr)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is known of a part of a formula at one input; of a choice, the arm that is taken."""

    expr: Expr
    value: Any
    bounds: Interval
    sound: bool
