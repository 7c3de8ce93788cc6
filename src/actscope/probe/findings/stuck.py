"""The rule on a loss that stays where it began."""

import math
from collections.abc import Iterator

import numpy as np

from ..records import Finding
from ..rows import statistics
from ..rows.statistics import Rows, spread
from . import advice
from .reading import Floats, Reading, largest
from .thresholds import CONSTANT, FIRST_STEPS, MOVING, PLATEAU_CHANGE, PLATEAU_SCATTER, PLATEAU_STEPS, UNEVEN


def plateau(seen: Reading) -> Iterator[Finding]:
    """Yield that the loss does not come down from where it began, though the weights move."""
    course, steps = seen.recording.course, seen.recording.steps
    if steps < PLATEAU_STEPS or seen.recording.by_turns or not np.isfinite(seen.whole_steps).any():
        return
    moving = largest(seen.whole_steps) > MOVING
    known = np.flatnonzero(course["loss_count"] > 0)
    if len(known) < 20 or not moving:
        return
    # The first tenth is a fall from outputs of any size to sensible ones, which every network makes.
    kept = known[len(known) // 10 :]
    losses, ends = course["loss_mean"][kept], seen.recording.bins[kept].astype(float)
    size = float(np.abs(losses).mean())
    if not np.isfinite(losses).all() or size == 0:
        return
    change, errors, rest = _line(ends, losses)
    if course["loss_count"].sum() > 1.5 * steps or _alternate(course[kept], rest):
        return
    if seen.recording.bins[0] > FIRST_STEPS and _fell_at_once(course[known]):
        return
    begun = float(course["loss_mean"][known[: len(known) // 10]].mean())
    fall = 1 - float(losses[-(len(losses) // 4) :].mean()) / begun
    # A loss that has come down to next to nothing scatters by as much as it is.
    scatter = float(losses.std()) / size
    # A loss that rises has not come down either.
    small = change > -PLATEAU_CHANGE * size or errors < 1
    stays = small and (change > 0 or errors < PLATEAU_SCATTER) and scatter < UNEVEN and fall < 0.05 + 0.5 * scatter
    if not stays and abs(change) >= CONSTANT * size:
        return
    first, last = (float(part.mean()) for part in np.array_split(losses, 4)[::3])
    yield Finding(
        "plateau",
        "",
        max(-change, 0.0) / size,
        PLATEAU_CHANGE,
        f"Over {steps} steps the loss did not come down: it was {advice.number(size)} on the mean ("
        f"{advice.number(first)} in the first quarter, "
        f"{advice.number(last)} in the last), though each step moved the weights, and nothing else was found.",
        (
            *advice.scaled_targets(seen.first_loss),
            "Check that inputs and targets belong together, and that the model can learn one batch by heart:",
            "    for _ in range(200):",
            "        optimizer.zero_grad(); loss = loss_fn(model(x), y); loss.backward(); optimizer.step()",
        ),
        since=1,
    )


def _fell_at_once(course: Rows) -> bool:
    """Return whether the loss fell within the first bin, which in a long run holds all of the learning."""
    late = statistics.pooled(course[len(course) // 2 :])
    mean, scatter = float(late["loss_mean"]), float(spread(late, "loss_"))
    return float(course["loss_high"][0]) > max(mean + 5 * scatter, mean + 0.1 * abs(mean))


def _alternate(course: Rows, rest: Floats) -> bool:
    """Return whether the losses are of several kinds that take turns, as a GAN's do: they never fall together.

    Then those of one bin differ by more than the means of bins do, or neighbouring bins lie on either side.
    """
    width = float(course["loss_count"].mean())
    between, within = float(rest.var()) * width, float(course["loss_m2"].sum() / course["loss_count"].sum())
    return between > 0 and (within > 4 * between or float((rest[1:] * rest[:-1]).mean()) < -0.5 * float(rest.var()))


def _line(x: Floats, y: Floats) -> tuple[float, float, Floats]:
    """Return how far the straight line through points goes, its slope in its standard errors, and what is left."""
    centred = x - x.mean()
    slope = float((centred * y).sum() / (centred**2).sum())
    rest = y - y.mean() - slope * centred
    error = math.sqrt(float((rest**2).sum()) / max(len(x) - 2, 1) / float((centred**2).sum()))
    over = slope * float(x[-1] - x[0])
    return over, abs(slope) / error if error > 0 else (0.0 if slope == 0 else math.inf), rest
