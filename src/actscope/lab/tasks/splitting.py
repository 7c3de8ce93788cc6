"""Which samples are to train on, to validate on and to test on, and the scale that the training part gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .task import Array

Indices = NDArray[np.int64]

TEST_SHARE = 0.2
# Of what is left after the test part: again a fifth of all.
VALIDATION_SHARE = 0.25
# A regression's samples are split within groups of like targets.
MOST_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """Indices of the samples of each part; no sample is in two."""

    train: Indices
    test: Indices
    validation: Indices


def parted(groups: Indices, apart: int, random: np.random.Generator, validation: np.random.Generator | None) -> Parts:
    """Return the parts, in each of which every group has its share.

    The last `apart` samples are the test part, or if it is 0 a fifth that `random` chooses. The test part is the same
    whether another fifth is held back for `validation` or not.
    """
    everyone = np.arange(len(groups))
    test = everyone[len(groups) - apart :]
    if not apart:
        test = stratified(groups, round(TEST_SHARE * len(groups)), random)
    train = random.permutation(np.setdiff1d(everyone, test))
    if validation is None:
        return Parts(train, test, everyone[:0])
    held = stratified(groups[train], round(VALIDATION_SHARE * len(train)), validation)
    return Parts(np.delete(train, held), test, train[held])


def groups_of(targets: Array) -> Indices:
    """Return what samples are stratified by: their classes, or for numbers ten groups from small to large.

    Several numbers are ordered by the mean of their standardised values.

    >>> groups_of(np.linspace(0.0, 1.0, 50)[:, None])[[0, 4, 5, 49]]
    array([0, 0, 1, 9])
    """
    if targets.ndim == 1:
        return targets
    spread = targets.std(axis=0)
    heights = ((targets - targets.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).mean(axis=1)
    rank = np.empty(len(targets), dtype=np.int64)
    rank[np.argsort(heights, kind="stable")] = np.arange(len(targets))
    return rank * max(1, min(MOST_GROUPS, len(targets) // 5)) // len(targets)


def stratified(labels: Indices, size: int, random: np.random.Generator) -> Indices:
    """Return `size` random indices in which each class has its share of `labels`, to within one sample.

    No class is left out where there is room for all.

    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> np.bincount(labels[stratified(labels, 3, np.random.default_rng(0))])
    array([2, 1])
    """
    members = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    shares = np.array([size * len(group) / len(labels) for group in members])
    quota = np.floor(shares).astype(np.int64)
    # What rounding down left over goes to the largest remainders; a stable sort settles ties the same way everywhere.
    quota[np.argsort(quota - shares, kind="stable")[: size - quota.sum()]] += 1
    while size >= len(quota) and not quota.all():
        quota[np.argmin(quota)] += 1
        quota[np.argmax(quota)] -= 1
    return random.permutation(np.concatenate([group[:count] for group, count in zip(members, quota, strict=True)]))


def some_of(groups: Indices, apart: int, size: int, random: np.random.Generator) -> tuple[Indices, int]:
    """Return the indices of a stratified part of the data, and how many of them, the last ones, are the test part's.

    >>> some_of(np.zeros(100, dtype=np.int64), 20, 50, np.random.default_rng(0))[1]
    10
    """
    if not apart:
        return stratified(groups, size, random), 0
    border = len(groups) - apart
    tests = round(size * apart / len(groups))
    train = stratified(groups[:border], size - tests, random)
    return np.concatenate([train, border + stratified(groups[border:], tests, random)]), tests


@dataclass(frozen=True, slots=True)
class Scale:
    """What takes the mean and the spread of the training part off the values of any part."""

    centre: Array
    spread: Array

    def __call__(self, values: Array, part: Indices) -> Array:
        """Return the scaled values of a part; bytes and float32 are scaled in float32, which is half the memory."""
        found = values[part]
        if found.dtype in (np.uint8, np.float32):
            found = found.astype(np.float32)
            found -= self.centre.astype(np.float32)
            found /= self.spread.astype(np.float32)
            return found
        return (found - self.centre) / self.spread


def scale_of(values: Array, train: Indices, together: tuple[int, ...] = ()) -> Scale:
    """Return the scale of the training part: every number of a sample has a mean and a spread of its own.

    The axes in `together` share theirs. Where nothing varies the spread is 1.

    >>> scale_of(np.array([[1.0], [3.0], [900.0]]), np.array([0, 1])).centre.tolist()
    [[2.0]]
    """
    part = values[train]
    if part.dtype == np.uint8 and together == (2, 3):
        centre, spread = _of_bytes(part)
    else:
        centre = part.mean(axis=(0, *together), keepdims=True, dtype=np.float64)
        spread = part.std(axis=(0, *together), keepdims=True, dtype=np.float64)
    # A pixel that is white in every training image has no spread; its centred value is kept.
    return Scale(centre, np.where(spread > 0, spread, 1.0))


def _of_bytes(images: Array) -> tuple[Array, Array]:
    """Return mean and spread of each channel of images (samples, channels, height, width), by counting the levels."""
    counts = np.stack([np.bincount(images[:, channel].ravel(), minlength=256) for channel in range(images.shape[1])])
    weights, levels = counts / counts.sum(axis=1, keepdims=True), np.arange(256.0)
    centre = weights @ levels
    spread = np.sqrt((weights * (levels - centre[:, None]) ** 2).sum(axis=1))
    return centre.reshape(1, -1, 1, 1), spread.reshape(1, -1, 1, 1)
