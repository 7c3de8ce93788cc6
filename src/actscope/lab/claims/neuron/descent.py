"""The descent of a linear neuron with two weights, over many seeds at once.

With targets that the weights w* would give, the loss is half the mean of (x·(w - w*))^2, a bowl around w*. Only the
distance d = w - w* counts, and the bowl's shape is the mean of x x^T (LeCun et al. 1998, Efficient BackProp).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ....catalogue import get
from .network import value

Numbers = NDArray[np.float64]
Method = Literal["all samples", "one sample", "adam"]
SAMPLES = 200
NEAR = 0.01
"""The share of the first loss at which a descent has arrived."""


@dataclass(frozen=True, slots=True)
class Descents:
    """What the descents of all seeds came to, at each of the rates."""

    paths: Numbers
    """Distance from the best weights: (step, rate, seed, 2)."""
    losses: Numbers
    """(step, rate, seed)."""
    steps: Numbers
    """Steps until the loss is 1 % of the first, infinite if it never is: (rate, seed)."""
    turns: Numbers
    """Mean angle between a step and the next until then, in degrees: 0 goes straight on, 180 straight back."""

    def best(self) -> int:
        """Return the rate with the fewest steps, by the geometric mean over the seeds."""
        return int(np.argmin(np.log(self.steps).mean(axis=1)))


def inputs(seeds: int, *, centred: bool) -> Numbers:
    """Return samples of two inputs that sigmoid units give, all positive, or the same less their mean.

    >>> inputs(3, centred=False).shape, bool((inputs(3, centred=False) > 0).all())
    ((3, 200, 2), True)
    """
    given = value(get("sigmoid"), np.random.default_rng(0).normal(size=(seeds, SAMPLES, 2)))
    return given - given.mean(axis=1, keepdims=True) if centred else given


def bowls(x: Numbers) -> Numbers:
    """Return the mean of x x^T of each seed: the second derivatives of its loss.

    >>> bowls(np.array([[[1.0, 2.0], [3.0, 0.0]]])).tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    found: Numbers = np.einsum("sni,snj->sij", x, x) / x.shape[1]
    return found


def descend(x: Numbers, method: Method, rates: Numbers, steps: int) -> Descents:
    """Return the descents by gradient descent on all samples or on one a step, or by Adam on all of them.

    A rate is multiplied by the largest that is sure to descend: 1 over the largest curvature, of one sample 1 over its
    mean squared size. Adam's are taken as they are. Each seed starts at distance 1 from the best weights, in a
    direction of its own from which one weight must grow and the other shrink: what positive inputs make hard.

    >>> found = descend(inputs(3, centred=True), "all samples", np.array([0.5, 1.0]), steps=20)
    >>> found.paths.shape, found.best()
    ((21, 2, 3, 2), 1)
    """
    random = np.random.default_rng(1)
    bowl, chosen = bowls(x), random.integers(0, x.shape[1], (steps, len(x)))
    scale = {
        "all samples": 1 / np.linalg.eigvalsh(bowl)[:, -1],
        "one sample": 1 / np.mean(np.sum(x * x, axis=-1), axis=1),
        "adam": np.ones(len(x)),
    }[method]
    rate = rates[:, None, None] * scale[:, None]
    angle = random.uniform(np.pi / 2, np.pi, len(x))
    start = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    paths = np.empty((steps + 1, len(rates), *start.shape))
    paths[0] = start
    mean, square = np.zeros(paths.shape[1:]), np.zeros(paths.shape[1:])
    for step in range(steps):
        here = paths[step]
        if method == "one sample":
            sample = x[np.arange(len(x)), chosen[step]]
            gradient = sample * np.sum(sample * here, axis=-1, keepdims=True)
        else:
            gradient = np.einsum("sij,rsj->rsi", bowl, here)
        if method == "adam":
            mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
            gradient = mean / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8)
        paths[step + 1] = here - rate * gradient
    losses = 0.5 * np.einsum("trsi,sij,trsj->trs", paths, bowl, paths)
    near = losses <= NEAR * losses[0]
    needed = np.where(near.any(axis=0), near.argmax(axis=0), np.inf)
    return Descents(paths, losses, needed, _turns(paths, needed))


def _turns(paths: Numbers, needed: Numbers) -> Numbers:
    moves = np.diff(paths, axis=0)
    # A move of no length has no direction; it comes after arrival.
    length = np.maximum(np.linalg.norm(moves, axis=-1), 1e-100)
    cosine = np.sum(moves[1:] * moves[:-1], axis=-1) / (length[1:] * length[:-1])
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    counted = np.arange(1, len(moves))[:, None, None] < needed
    # Who arrives with one step has made no turn.
    turns: Numbers = np.sum(angles * counted, axis=0) / np.maximum(counted.sum(axis=0), 1)
    return turns
