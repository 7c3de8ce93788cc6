"""Rules on gradients that are exactly 0 at every step: what let none through, or who took them away."""

from collections.abc import Iterator

from ..records import Finding, ParameterHistory, PlaceHistory
from ..rows import statistics
from ..rows.statistics import root_mean_square
from . import advice
from .reading import Reading, rectifies
from .signals import dead_units, told_dead, window_of
from .thresholds import FALLS, FEWEST_STEPS


def exactly_zero(seen: Reading) -> Iterator[Finding]:
    """Yield why the gradient of every weight was exactly 0 in all steps, though the loss is not.

    A layer of which no unit has a slope lets none through, however small it is; what flows in the backward pass and is
    gone at the step was cleared between; else something behind the last weight passes none.
    """
    course = statistics.pooled(seen.recording.course)
    static = any(one.name == "no-slope" for one in seen.recording.static)
    if seen.recording.steps < FEWEST_STEPS or not course["loss_mean"] or static:
        return
    if not seen.trained or any(one.bins["gradient_squares"].any() for one in seen.trained):
        yield from _cleared(seen) if not seen.trained else ()
        return
    if any(not one.bins["gradient_count"].any() for one in seen.trained) or next(dead_units(seen), None) is not None:
        return
    silent = next((one for one in reversed(seen.recording.places) if _lets_none_through(seen, one)), None)
    if silent is not None:
        yield _output(seen, silent) if silent.place.role == "output" else told_dead(seen, [silent])
    elif _flowing(seen):
        # Weights that move follow gradients that a closure computes within the step, or shrink by their decay.
        if not any(one.bins["update_squares"].any() for one in seen.trained):
            yield from _cleared(seen)
    else:
        yield _no_slope(seen, float(course["loss_mean"]))


def _lets_none_through(seen: Reading, one: PlaceHistory) -> bool:
    window = window_of(seen, one)
    return one.place.role != "gate" and rectifies(one) and window is not None and one.silent(window) == 1.0


def _output(seen: Reading, one: PlaceHistory) -> Finding:
    layer = one.place.layer
    return Finding(
        "wrong-output-activation",
        one.place.name,
        1.0,
        0.0,
        f"{one.place.function}, the output, had no slope for any of its {one.place.units} units on all samples at the "
        f"end, so that the gradient of all {len(seen.trained)} weights was exactly 0 in each of "
        f"{seen.recording.steps} steps: nothing can bring it back.",
        (
            "Let the last layer's numbers be the output:",
            f"    return y   # in forward: what {advice.named(layer)} gives, without {one.place.function}",
        ),
        since=1,
    )


def _cleared(seen: Reading) -> Iterator[Finding]:
    """Yield that gradients flowed in the backward passes, and were gone when the optimiser made its steps."""
    optimizer, flowing = seen.recording.optimizer, _flowing(seen)
    if optimizer is None or not flowing or seen.fall > FALLS:
        return
    last, count = flowing[-1], len(_asking(seen))
    size = advice.number(float(root_mean_square(last.pooled(), "leaving_")))
    at = "there was no gradient" if not seen.trained else "the gradient was exactly 0"
    yield Finding(
        "unreached-parameters",
        "",
        0.0,
        0.0,
        f"In each of {seen.recording.steps} steps {at} when {optimizer.name} made its step, for all {count} "
        f"weights, though in the backward passes one of size {size} went from `{last.place.name}` on to "
        f"`{last.place.layer}`: gradients are cleared between backward and step.",
        (
            "Clear them before the backward pass, or behind the step:",
            "    optimizer.zero_grad()",
            "    loss.backward()",
            "    optimizer.step()",
        ),
        since=1,
    )


def _flowing(seen: Reading) -> list[PlaceHistory]:
    """Return the places from which gradients went on to a layer with weights that ask for one."""
    layers = {one.name.rpartition(".")[0] for one in _asking(seen)}
    return [one for one in seen.recording.places if one.place.layer in layers and one.pooled()["leaving_squares"] > 0]


def _asking(seen: Reading) -> list[ParameterHistory]:
    """Return the weights that require a gradient; those of embeddings may be sparse."""
    return [one for one in seen.recording.parameters if one.trained and not one.layer.startswith("Embedding")]


def _no_slope(seen: Reading, loss: float) -> Finding:
    last = seen.trained[-1]
    return Finding(
        "no-slope",
        last.name,
        0.0,
        0.0,
        f"The gradient of all {len(seen.trained)} weights was exactly 0 in each of {seen.recording.steps} steps, "
        f"though the loss was {advice.number(loss)}: what stands behind `{last.name}` passes none.",
        (
            "Look for what is constant there, such as softmax of a single unit, for which sigmoid is meant:",
            f"    print({advice.access(last.name)}.grad, model(x))",
        ),
        since=1,
    )
