"""How far results are from the truth, in units in the last place."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .formats import Array, Format, spacing
from .records import Errors, Worst

Region = tuple[float, float]
"""Where a function crosses 0 away from x = 0."""


def ulps(got: Array, true: Array, form: Format, rest: Array | None = None, near_root: Array | None = None) -> Array:
    """Return the error of each result in units in the last place of the true one.

    `got` and `true` are float64; `rest` is what the truth has beyond `true`, in ulp. A true value beyond the largest
    number is met by infinity and by the largest number; infinity and nan where they do not belong are off by infinity.
    `near_root` is the size of the function around a root, where it is near one, and else 0: there an absolute error
    within the format's allowance, times the size, counts as such a share of the ulp of 1, times the size.

    >>> from .formats import FLOAT32
    >>> ulps(np.array([1.0, np.inf, 0.0]), np.array([1.0 + 2.0**-23, 1e39, 2.0**-149]), FLOAT32)
    array([1., 0., 1.])
    """
    with np.errstate(all="ignore"):
        difference = (got - true) / spacing(true, form)
        found = np.abs(difference if rest is None else difference - rest)
        if near_root is not None:
            absolute = np.abs(got - true) / near_root
            share = absolute * 2.0**form.digits
            found = np.where(absolute <= form.near_root, np.minimum(found, share), found)
        beyond = np.abs(true) >= form.largest
        if np.isfinite(found).all() and not beyond.any():
            return found
        met = (np.abs(got) >= form.largest) & (np.signbit(got) == np.signbit(true))
        found = np.where(beyond, np.where(met, 0.0, np.inf), np.where(np.isinf(got), np.inf, found))
        undefined = np.isnan(true)
        return np.where(np.isnan(got) | undefined, np.where(np.isnan(got) & undefined, 0.0, np.inf), found)


def near_roots(inputs: Sequence[Array], regions: Sequence[Region]) -> Array | None:
    """Return the size of the function where the first input lies in any of the regions, else 0; None without regions.

    It is 1 for a function of one number; a gated one is proportional to its second input.
    """
    if not regions:
        return None
    x, *second = inputs
    inside = np.zeros(x.shape, bool)
    for low, high in regions:
        inside |= (x >= low) & (x <= high)
    return np.where(inside, np.abs(second[0]) if second else 1.0, 0.0)


def summed_up(
    found: Array, form: Format, inputs: Sequence[Array], got: Array, true: Array, looked_at: int | None = None
) -> Errors:
    """Return the errors as a record. `looked_at` counts those inputs too that were left out because they are right."""
    count = found.size if looked_at is None else looked_at
    if not found.size:
        return Errors(count)
    finite = np.isfinite(found)

    def met(k: int) -> Worst:
        return Worst(float(found[k]), tuple(float(each[k]) for each in inputs), float(got[k]), float(true[k]))

    def largest(among: Array) -> Worst:
        k = int(np.argmax(np.where(among, found, -1.0)))
        return met(k) if among[k] else Worst(0.0)

    def normal(which: Array | slice) -> Array:
        has_all_digits: Array = np.abs(true[which]) >= form.smallest_normal
        for each in inputs:
            has_all_digits &= (np.abs(each[which]) >= form.smallest_normal) | (each[which] == 0)
        return has_all_digits

    errors = Errors(
        count, misrounded=int(np.count_nonzero(found > 0.5)), beyond=int(np.count_nonzero(found > form.limit))
    )
    if finite.all():
        k = int(np.argmax(found))
        worst = met(k)
        # Most often the worst of all has all its digits, and need not be looked for a second time.
        own = worst if normal(np.array([k]))[0] else largest(normal(slice(None)))
        return replace(errors, worst=worst, worst_normal=own)
    broken = np.flatnonzero(~finite)
    return replace(
        errors,
        worst=largest(finite),
        worst_normal=largest(finite & normal(slice(None))),
        broken=broken.size,
        broken_worst=met(int(broken[0])),
    )
