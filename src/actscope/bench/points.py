"""The inputs that are tried: spread over all numbers of a format, and next to wherever something happens."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from .formats import Array, Format
from .scoring import Region

Function = Callable[[Array], Array]
"""float64 in, float64 out."""

# Half of the spread inputs lie where activations bend.
_BENDS = (2.0**-12, 2.0**10)
# Roots are looked for here; a function that crosses 0 up to the end does so beyond it as well.
_ROOTS_TO = 40.0
# A formula may go in and out of the subnormal numbers again and again.
MOST_TURNS = 200
_GRID = np.linspace(0.0, _ROOTS_TO, 40_001)[1:]


def sample(form: Format, truth: Function, special: Iterable[float], count: int) -> Array:
    """Return about `count` finite inputs, with the neighbours of every special one.

    Special are the given inputs (kinks, roots), powers of 2, the ends of the normal and the finite numbers, and where
    the true result enters or leaves the subnormal or the finite numbers.
    """
    positive = _spread(form, count)
    sign = np.uint64(1 << form.bits - 1)
    exponents = np.arange(form.smallest_exponent - form.digits, 1 - form.smallest_exponent)
    powers = np.ldexp(1.0, exponents[:: max(1, 32 * len(exponents) // count)])
    ends = np.array([0, 1 << form.digits, form.infinity - 1], np.uint64)
    turns = [_turns(form, truth, positive | side) for side in (np.uint64(0), sign)]
    both = np.concatenate([_patterns(form, powers), ends])
    centres = np.unique(np.concatenate([both, both | sign, _patterns(form, np.array([*special])), *turns]))
    # Neighbouring patterns are neighbouring numbers; those beyond infinity or below 0 are dropped or wrap around.
    reach = min(max(count // 60_000, 2), 16)
    around = centres[:, None].view(np.int64) + np.arange(-reach, reach + 1)
    near = np.unique(around.ravel().view(np.uint64) & _mask(form.bits))
    near = near[(near & _mask(form.bits - 1)) < form.infinity]
    return form.numbers(np.concatenate([positive, positive | sign, near]))


def pairs(form: Format, special: Iterable[float], count: int) -> tuple[Array, Array]:
    """Return about `count` pairs of finite inputs: special ones with each other, and spread ones by chance.

    >>> from .formats import FLOAT32
    >>> a, b = pairs(FLOAT32, [1.0], 1000)
    >>> len(a) == len(b), bool(np.any((a == 0) & (b == 1)))
    (True, True)
    """
    sign = np.uint64(1 << form.bits - 1)
    ends = np.array([0, 1, 1 << form.digits, form.infinity - 1], np.uint64)
    few_special = np.concatenate([ends, _patterns(form, np.array([*special, *_BENDS, 1.0, 10.0, 100.0]))])
    grid = np.unique(np.concatenate([few_special, few_special | sign]))
    first, second = np.meshgrid(grid, grid)
    spread = _spread(form, count)
    rng = np.random.default_rng(0)
    signs = rng.integers(0, 2, (2, len(spread)), dtype=np.uint64) * sign
    by_chance = [
        np.concatenate([each.ravel(), rng.permutation(spread) | own])
        for each, own in zip((first, second), signs, strict=True)
    ]
    return form.numbers(by_chance[0]), form.numbers(by_chance[1])


def every(form: Format) -> Array:
    """Return all finite numbers of a 16-bit format.

    >>> from .formats import FLOAT16
    >>> len(every(FLOAT16))
    63488
    """
    patterns: Array = np.arange(1 << form.bits)
    return form.numbers(patterns[(patterns & int(_mask(form.bits - 1))) < form.infinity])


def few(x: Array, count: int) -> Array:
    """Return about `count` of the inputs: the ends, and evenly chosen ones, by a fixed seed."""
    if len(x) <= count:
        return x
    chosen = np.random.default_rng(0).choice(len(x), count - 2, replace=False)
    ends_and_chosen: Array = x[np.unique([0, *chosen.tolist(), len(x) - 1])]
    return ends_and_chosen


def roots(truth: Function) -> tuple[float, ...]:
    """Return where a function crosses or touches 0 away from x = 0, up to |x| = 40.

    >>> [round(root, 6) for root in roots(lambda x: (x + 1.5) * (x - 3) ** 2)]
    [-1.5, 3.0]
    """
    right, left = _roots_on(truth), _roots_on(lambda x: truth(-x))
    return (*(-left[::-1]).tolist(), *right.tolist())


def root_regions(places: Iterable[float]) -> tuple[Region, ...]:
    """Return the stretches around the roots: half as far and half again as far from 0, or all the way if they go on.

    >>> root_regions([-1.25])
    ((-1.875, -0.625),)
    >>> root_regions([3.1, 6.3, 37.7, 39.9])
    ((1.55, inf),)
    """
    regions: list[Region] = []
    for side in (-1.0, 1.0):
        distances = sorted(abs(root) for root in places if root * side > 0)
        if distances:
            go_on = len(distances) > 3 and distances[-1] > 0.8 * _ROOTS_TO
            ends = (0.5 * distances[0], np.inf if go_on else 1.5 * distances[-1])
            regions.append((-ends[1], -ends[0]) if side < 0 else ends)
    return tuple(regions)


def _roots_on(function: Function) -> Array:
    """Return the roots at positive x, by sign changes and by minima of the size that come to nothing."""
    values = function(_GRID)
    crossings = np.flatnonzero(values[:-1] * values[1:] < 0)
    low, high = _GRID[crossings], _GRID[crossings + 1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        same = np.sign(function(middle)) == np.sign(function(low))
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    size = np.abs(values)
    inner, beside = size[1:-1], np.minimum(size[:-2], size[2:])
    dips = np.flatnonzero((inner < size[:-2]) & (inner <= size[2:]) & (inner < 1e-3 * size.max(initial=0.0))) + 1
    exact = np.flatnonzero((inner == 0) & (beside > 0)) + 1
    left, right = _GRID[dips - 1], _GRID[dips + 1]
    for _ in range(100):
        third = (right - left) / 3
        lower = np.abs(function(left + third)) < np.abs(function(right - third))
        left, right = np.where(lower, left, left + third), np.where(lower, right - third, right)
    touched = 0.5 * (left + right)
    # A parabola through 0 falls to the square of where it is looked at; the ripples of a tail do not fall.
    touched = touched[np.abs(function(touched)) < 1e-6 * np.minimum(size[dips - 1], size[dips + 1])]
    together = np.sort(np.concatenate([0.5 * (low + high), touched, _GRID[exact]]))
    return together[np.diff(together, prepend=-1.0) > 1e-6]


@lru_cache(maxsize=4)
def _spread(form: Format, count: int) -> Array:
    """Return the patterns of about count/2 positive numbers, sorted: half of them where things bend."""
    low, high = _patterns(form, np.array(_BENDS)).tolist()
    parts = [
        # An odd step meets every ending of the digits.
        np.arange(first, last, max(1, (last - first) // max(1, count // 4)) | 1, dtype=np.uint64)
        for first, last in ((0, form.infinity), (low, high))
    ]
    return np.unique(np.concatenate(parts))


def _patterns(form: Format, numbers: Array) -> Array:
    return form.rounded(numbers).view(form.patterns).astype(np.uint64)


def _turns(form: Format, truth: Function, patterns: Array) -> Array:
    """Return where, along sorted patterns, the true result changes between zero, subnormal, normal and infinite."""

    def kinds(these: Array) -> Array:
        return _kind(form, truth(form.widened(form.numbers(these))))

    known = kinds(patterns)
    changes = few(np.flatnonzero(known[:-1] != known[1:]), MOST_TURNS)
    low, high, below = patterns[changes], patterns[changes + 1], known[changes]
    for _ in range(form.bits):
        middle = low + (high - low) // np.uint64(2)
        same = kinds(middle) == below
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    turns: Array = high
    return turns


def _kind(form: Format, values: Array) -> Array:
    size = np.abs(values)
    steps = (form.smallest_normal * 2.0**-form.digits / 2, form.smallest_normal, form.largest)
    found: Array = sum((size > step).astype(np.int8) for step in steps) + 4 * np.isnan(values)
    return found


def _mask(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)
