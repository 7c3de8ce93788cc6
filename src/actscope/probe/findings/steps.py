"""Rules on the size of steps: rates too high and too low."""

import math
from collections.abc import Iterator

import numpy as np

from ..records import Finding
from ..rows.statistics import Rows
from . import advice
from .reading import Floats, Reading, largest
from .thresholds import (
    AS_MADE,
    DYING,
    FALLS,
    FEWEST_STEPS,
    FEWEST_UNITS,
    GRADIENT_KEPT,
    GROWING,
    GROWTH,
    LARGE_LAYER_STEP,
    LARGE_STEP,
    LOSS_JUMP,
    OFTEN,
    PLATEAU_STEPS,
    RECOVERED,
    SHRUNK_BY,
    SMALL_STEP,
    SMALL_STEP_AS_MADE,
    SWOLLEN,
)

_WANTED_STEP = 0.01


def rate_too_high(seen: Reading) -> Iterator[Finding]:
    """Yield that steps are a large part of the weights, or that they are and units die or the loss jumps."""
    steps = seen.whole_steps
    if not np.isfinite(steps).any():
        return
    peak, layer = largest(steps), largest(seen.layer_steps[:, seen.early])
    growth = seen.growth(seen.early)
    dying, place = _dying(seen) if _stays(seen.recording.course) else (0.0, "")
    jump = _jump(seen.recording.course["loss_mean"], seen.recording.course["loss_count"])
    together = layer > LARGE_LAYER_STEP and (dying >= DYING or jump > LOSS_JUMP)
    # A method of second order takes its step as long as its curvature says.
    optimizer = seen.recording.optimizer
    beyond = seen.swelling(seen.early)
    swollen = beyond > SWOLLEN and peak > LARGE_LAYER_STEP
    # Weights with nothing bent behind them may begin as small as they like and grow to what the data asks for.
    moved = {one.name.rpartition(".")[0] for one in seen.recording.parameters if one.bins["visits"].any()}
    bent = any(one.place.role != "output" and one.place.layer in {"", *moved} for one in seen.recording.places)
    sound = not bent and seen.recording.first_bad is None and seen.fall > FALLS and jump <= LOSS_JUMP
    by_curvature = optimizer is not None and optimizer.name == "LBFGS"
    alone = (peak > LARGE_STEP or growth > GROWTH or swollen) and not by_curvature and not sound
    if not (alone or together):
        return
    large = steps > min(LARGE_STEP, peak * (1 - 1e-9))
    # What a step did is seen before the next one.
    since = max((seen.step_of(large) or 1) - 1, 1)
    said = f"The largest step changed the weights by {advice.number(peak)} of their size"
    if growth > GROWTH:
        said += f"; within {seen.recording.bins[seen.early][-1]} steps they grew to {advice.number(growth)} times it"
    elif swollen:
        said += f"; they are {advice.number(beyond)} times as large as PyTorch makes them"
    if not peak > LARGE_STEP and together:
        worst = _moving_most(seen, seen.early)
        said += f", those of `{worst}` by {advice.number(layer)}"
    if dying >= DYING:
        said += f". In `{place}` {100 * dying:.0f} % of the units died meanwhile"
    if jump > LOSS_JUMP:
        said += f". The loss rose to {advice.number(jump)} times its start"
    yield Finding(
        "learning-rate-too-high",
        "",
        peak if peak > LARGE_STEP or not together else layer,
        LARGE_STEP if peak > LARGE_STEP or not together else LARGE_LAYER_STEP,
        f"{said}.",
        (
            *advice.scaled_targets(seen.first_loss),
            "Train with a lower rate, at which a step changes the weights by about a hundredth:",
            advice.optimizer(seen.recording.optimizer, min(_WANTED_STEP / max(peak, layer), 0.1)),
        ),
        since=since,
    )


def _dying(seen: Reading) -> tuple[float, str]:
    """Return by how much the share of silent units rose at the place where it rose most."""
    start = seen.until(4)
    rises = [
        (one.silent(seen.late) - one.silent(start), one.place.name)
        for one in seen.hidden
        if one.place.units >= FEWEST_UNITS and one.place.fires
    ]
    return max((rise for rise in rises if not math.isnan(rise[0])), default=(0.0, ""))


def _stays(course: Rows) -> bool:
    """Return whether the loss did not even halve."""
    losses = course["loss_mean"][course["loss_count"] > 0]
    part = max(1, len(losses) // 10)
    return len(losses) < 2 or float(losses[-part:].mean()) > 0.5 * float(losses[:part].mean())


def _jump(losses: Floats, counts: Floats) -> float:
    """Return the largest loss over that of the start; 1 where it then came down to next to nothing of that."""
    known = losses[counts > 0]
    if len(known) < 2 or not known[0] > 0:
        return 1.0
    start = float(known[: max(1, len(known) // 20)].mean())
    recovered = float(known[-max(1, len(known) // 4) :].mean()) < RECOVERED * start
    return float(known.max() / start) if start > 0 and not recovered else 1.0


def rate_too_low(seen: Reading) -> Iterator[Finding]:
    """Yield that no layer moves, or soon none moves any more, though gradients reach it."""
    steps = seen.layer_steps
    if seen.recording.steps < FEWEST_STEPS or not steps.size or not np.isfinite(steps).any():
        return
    most = largest(steps)
    if not any(one.pooled()["gradient_squares"] > 0 for one in seen.trained) or not _stays(seen.recording.course):
        return
    untouched = _as_made(seen)
    bound = SMALL_STEP_AS_MADE if untouched else SMALL_STEP
    if most == 0:
        yield from _unmoved(seen)
    elif most >= bound:
        yield from _shrinking(seen)
    elif not _warming_up(seen):
        kept = f" After {seen.recording.steps} steps they still are as PyTorch draws them." if untouched else ""
        yield Finding(
            "learning-rate-too-low",
            "",
            most,
            bound,
            f"No step changed the weights of any layer by more than {advice.number(most)} of their size "
            f"(`{_moving_most(seen, slice(None))}`, which moves most): a change as large as the weights would take "
            f"{advice.number(1 / most)} steps.{kept}",
            advice.usual(seen.recording.optimizer, 1e-3 / most),
            since=1,
        )


def _unmoved(seen: Reading) -> Iterator[Finding]:
    """Yield that the optimiser's steps changed no weight at all.

    Whose loss falls trains something else by intent.
    """
    optimizer = seen.recording.optimizer
    if optimizer is None or seen.recording.moved or seen.recording.looked < FEWEST_STEPS or seen.fall > FALLS:
        return
    rate = f"at most {optimizer.lr:g}: such a step is lost in rounding" if optimizer.lr > 0 else "0"
    yield Finding(
        "learning-rate-too-low",
        "",
        0.0,
        SMALL_STEP,
        f"No step changed any weight, though gradients reach them: of {seen.recording.steps} steps "
        f"{seen.recording.looked} were looked at, and {optimizer.name}'s rate was {rate}.",
        advice.usual(optimizer, math.inf),
        since=1,
    )


def _shrinking(seen: Reading) -> Iterator[Finding]:
    """Yield that the steps of all layers shrank to next to nothing early on, though gradients and loss did not.

    A schedule that decays to 0 comes there at the end of a run, and one that has converged has no gradients left.
    """
    steps = seen.largest_steps
    kept = np.flatnonzero(~(steps < SMALL_STEP))
    first = int(kept[-1]) + 1 if len(kept) else 0
    if not first or first == len(steps) or seen.recording.bins[first - 1] > SHRUNK_BY * seen.recording.steps:
        return
    if np.isfinite(seen.layer_steps[:, first:]).any(0).sum() < OFTEN:
        return
    before, behind = (seen.gradient(window) for window in (slice(0, first), slice(first, None)))
    if not behind > GRADIENT_KEPT * before:
        return
    since = int(seen.recording.bins[first - 1]) + 1
    peak, last = largest(steps), float(steps[-1])
    yield Finding(
        "learning-rate-too-low",
        "",
        last,
        SMALL_STEP,
        f"Steps shrank from {advice.number(peak)} of the weights (`{_moving_most(seen, slice(None))}`, which moved "
        f"most) to {advice.number(last)}, in all layers: since step {since} none is above {SMALL_STEP:g}, though "
        f"gradients are {advice.number(behind / before)} times what they were before.",
        (
            "If a schedule makes the rate shrink, call it once an epoch, not at each batch, or let it count batches:",
            "    for inputs, targets in batches:",
            "        ...   # without scheduler.step()",
            "    scheduler.step()",
        ),
        weight="hint" if seen.fall > FALLS else "finding",
        since=since,
    )


def _as_made(seen: Reading) -> bool:
    """Return whether a training from the start has left nearly all weights as they were made, and its loss too."""
    if seen.recording.steps < PLATEAU_STEPS or seen.recording.by_turns or seen.fall > FALLS:
        return False
    sizes = [(math.prod(one.shape), one.as_made) for one in seen.trained if not one.layer.startswith("Embedding")]
    count = sum(size for size, _ in sizes)
    return count > 0 and sum(size for size, is_so in sizes if is_so) >= AS_MADE * count


def _moving_most(seen: Reading, window: slice) -> str:
    """Return the parameter with the largest step in these bins."""
    steps = seen.layer_steps[:, window]
    return seen.trained[int(np.where(np.isnan(steps), 0.0, steps).max(1).argmax())].name


def _warming_up(seen: Reading) -> bool:
    """Return whether steps still grow: to three times those of the start, or about as the number of the step does.

    Of few looks at many layers in turns each layer's are compared with its own: a straight line through the logarithms
    of steps and of their numbers, with one slope for all layers, is 1 where steps grow as their number does.
    """
    known = seen.largest_steps[np.isfinite(seen.layer_steps).any(0)]
    part = max(1, len(known) // 4)
    if len(known) > 3 and float(known[-part:].mean()) > 3 * float(known[:part].mean()):
        return True
    numbers = np.log(seen.recording.bins.astype(float))
    across = along = 0.0
    for steps in seen.layer_steps:
        at = np.flatnonzero(steps > 0)
        if len(at) > 1:
            x, y = numbers[at] - numbers[at].mean(), np.log(steps[at])
            across, along = across + float((x * y).sum()), along + float((x * x).sum())
    return along > 0 and across > GROWING * along
