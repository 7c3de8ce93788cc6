"""Rules on the course of training: numbers that are not finite, rates too high and too low, a loss that stays."""

import math
from collections.abc import Iterator

import numpy as np

from .. import statistics
from ..records import Finding, Weight
from ..statistics import Rows, spread
from . import advice
from .reading import Floats, Reading
from .thresholds import (
    CONSTANT,
    DYING,
    FEWEST_STEPS,
    FEWEST_UNITS,
    GROWTH,
    LARGE_LAYER_STEP,
    LARGE_STEP,
    LOSS_JUMP,
    MOVING,
    PLATEAU_CHANGE,
    PLATEAU_SCATTER,
    PLATEAU_STEPS,
    SMALL_STEP,
)

_WANTED_STEP = 0.01
_WEIGHTS = "The weights `{}` were no longer finite before it, so that they made it."


def non_finite(seen: Reading) -> Iterator[Finding]:
    """Yield the first number that was not finite, and what made it."""
    bad = seen.recording.first_bad
    if bad is None:
        return
    course = seen.recording.course
    gradients = any(one.bins["gradient_nonfinite"].any() for one in seen.recording.parameters)
    harmless = bool(course["loss_count"].any()) and not course["loss_nonfinite"].any() and not gradients
    weight: Weight = "hint" if harmless and not bad.cause else "finding"
    layer = next((one.place.layer for one in seen.recording.places if one.place.name == bad.place), "")
    many = "a number was" if bad.count == 1 else f"{bad.count} numbers were"
    at = f"At step {bad.step}, {many} not finite in {_spoken(bad.place)}"
    if bad.cause:
        made = _WEIGHTS.format(bad.cause)
        told: tuple[str, ...] = (
            "Look where they come from: a file that was loaded, or a step too large just before.",
            f"    assert torch.isfinite({advice.access(bad.cause)}).all()",
            advice.optimizer(seen.recording.optimizer, 0.1),
        )
    elif bad.place == "the input":
        made = "The data hold it: nothing in the model made it."
        told = ("Fill the holes, or leave those samples out:", "    inputs = torch.nan_to_num(inputs)")
    elif bad.place == "the loss":
        made = "Everything that the activations were given was finite: it arose behind the last of them or in the loss."
        told = (
            "Look for log(0), 0/0, sqrt at 0 and exp of large numbers there; the losses that take logits avoid them:",
            "    loss = torch.nn.functional.cross_entropy(logits, targets)",
            "    torch.autograd.set_detect_anomaly(True)   # names the operation",
        )
    elif bad.place == "a gradient":
        made = "The loss was finite: it arose in the backward pass, as the slope of sqrt or norm at 0 does."
        told = (
            "Add a small number under roots and in norms, and have PyTorch name the operation:",
            "    y = torch.sqrt(x + 1e-8)",
            "    torch.autograd.set_detect_anomaly(True)",
        )
    else:
        behind = f"the layer `{layer}` before it, or what stands between" if layer else "what stands before it"
        made = f"Everything before was finite: {behind} made it."
        told = (
            "Look there for log, division, sqrt and exp, or a step too large just before:",
            "    torch.autograd.set_detect_anomaly(True)   # names the operation",
            advice.optimizer(seen.recording.optimizer, 0.1),
        )
    if weight == "hint":
        made = "The loss and the gradients stayed finite, so that the model takes it out again."
    yield Finding("non-finite", bad.place, float(bad.count), 0.0, f"{at}. {made}", told, weight=weight, since=bad.step)


def _spoken(place: str) -> str:
    return place if place.startswith(("the ", "a ")) else f"what arrived at `{place}`"


def rate_too_high(seen: Reading) -> Iterator[Finding]:
    """Yield that steps are a large part of the weights, or that they are and units die or the loss jumps."""
    steps = seen.whole_steps
    if not np.isfinite(steps).any():
        return
    peak, layer = float(np.nanmax(steps)), float(np.nanmax(seen.layer_steps[:, seen.early], initial=0.0))
    sizes = seen.whole_sizes[seen.early]
    begun = sizes[np.isfinite(sizes)]
    growth = float(begun.max() / begun[0]) if len(begun) else 1.0
    dying, place = _dying(seen) if _stays(seen.recording.course) else (0.0, "")
    jump = _jump(seen.recording.course["loss_mean"], seen.recording.course["loss_count"])
    together = layer > LARGE_LAYER_STEP and (dying >= DYING or jump > LOSS_JUMP)
    # A method of second order takes its step as long as its curvature says.
    optimizer = seen.recording.optimizer
    alone = (peak > LARGE_STEP or growth > GROWTH) and not (optimizer and optimizer.name == "LBFGS")
    if not (alone or together):
        return
    large = steps > min(LARGE_STEP, peak * (1 - 1e-9))
    said = f"The largest step changed the weights by {advice.number(peak)} of their size"
    if growth > GROWTH:
        said += f"; within {seen.recording.bins[seen.early][-1]} steps they grew to {advice.number(growth)} times it"
    if not peak > LARGE_STEP and together:
        worst = seen.trained[int(np.nanargmax(np.nanmax(seen.layer_steps[:, seen.early], axis=1)))].name
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
            "Train with a lower rate, at which a step changes the weights by about a hundredth:",
            advice.optimizer(seen.recording.optimizer, min(_WANTED_STEP / max(peak, layer), 0.1)),
        ),
        since=seen.step_of(large),
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
    known = losses[counts > 0]
    if len(known) < 2 or not known[0] > 0:
        return 1.0
    start = float(known[: max(1, len(known) // 20)].mean())
    return float(known.max() / start) if start > 0 else 1.0


def rate_too_low(seen: Reading) -> Iterator[Finding]:
    """Yield that no layer moves, though gradients reach it."""
    steps = seen.layer_steps
    if seen.recording.steps < FEWEST_STEPS or not steps.size or not np.isfinite(steps).any():
        return
    largest = float(np.nanmax(steps))
    gradients = any(one.pooled()["gradient_squares"] > 0 for one in seen.trained)
    rising = _warming_up(np.nanmax(np.where(np.isnan(steps), 0.0, steps), axis=0))
    if not 0 < largest < SMALL_STEP or not gradients or rising:
        return
    worst = seen.trained[int(np.nanargmax(np.nanmax(np.where(np.isnan(steps), 0, steps), axis=1)))].name
    yield Finding(
        "learning-rate-too-low",
        "",
        largest,
        SMALL_STEP,
        f"No step changed the weights of any layer by more than {advice.number(largest)} of their size "
        f"(`{worst}`, which moves most): a change as large as the weights would take {advice.number(1 / largest)} "
        "steps.",
        ("Train with a higher rate:", advice.optimizer(seen.recording.optimizer, 1e-3 / largest)),
        since=1,
    )


def _warming_up(steps: Floats) -> bool:
    """Return whether steps still grow towards the end of what was seen."""
    part = max(1, len(steps) // 4)
    return len(steps) > 3 and float(steps[-part:].mean()) > 3 * float(steps[:part].mean())


def plateau(seen: Reading) -> Iterator[Finding]:
    """Yield that the loss stays where it began, though the weights move."""
    course, steps = seen.recording.course, seen.recording.steps
    if steps < PLATEAU_STEPS or not np.isfinite(seen.whole_steps).any():
        return
    moving = float(np.nanmax(seen.whole_steps)) > MOVING
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
    if _fell_at_once(course[known]):
        return
    begun = float(course["loss_mean"][known[: len(known) // 10]].mean())
    fall = 1 - float(losses[-(len(losses) // 4) :].mean()) / begun
    small = abs(change) < PLATEAU_CHANGE * size or errors < 1
    stays = small and errors < PLATEAU_SCATTER and fall < 0.05 + 0.5 * float(losses.std()) / size
    if not stays and abs(change) >= CONSTANT * size:
        return
    first, last = (float(part.mean()) for part in np.array_split(losses, 4)[::3])
    yield Finding(
        "plateau",
        "",
        abs(change) / size,
        PLATEAU_CHANGE,
        f"Over {steps} steps the loss stayed at {advice.number(size)} ({advice.number(first)} in the first quarter, "
        f"{advice.number(last)} in the last), though each step moved the weights, and nothing else was found.",
        (
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
