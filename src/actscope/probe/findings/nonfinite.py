"""The rule on the first number that was not finite, and what made it."""

from collections.abc import Iterator

from ..records import Finding, Weight
from . import advice
from .reading import Reading

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
            *_smaller_steps(seen),
        )
    elif bad.place == "the input":
        made = "The data hold it: nothing in the model made it."
        told = ("Fill the holes, or leave those samples out:", "    inputs = torch.nan_to_num(inputs)")
    elif bad.place == "the loss":
        made = "Everything that the activations were given was finite: it arose behind the last of them or in the loss."
        told = (
            "Look for log(0), 0/0, sqrt at 0 and exp of large numbers there:",
            *advice.DETECT,
            *_stable_loss(seen),
        )
    elif bad.place == "a gradient":
        made = "The loss was finite: it arose in the backward pass, as the slope of sqrt or norm at 0 does."
        told = (
            "Have PyTorch name the operation; add a small number under roots and in norms:",
            *advice.DETECT,
            "    y = torch.sqrt(x + 1e-8)",
        )
    else:
        behind = f"the layer `{layer}` before it, or what stands between" if layer else "what stands before it"
        made = f"Everything before was finite: {behind} made it."
        told = (
            "Look there for log, division, sqrt and exp, or a step too large just before:",
            *advice.DETECT,
            *_smaller_steps(seen),
        )
    if weight == "hint":
        made = "The loss and the gradients stayed finite, so that the model takes it out again."
    yield Finding("non-finite", bad.place, float(bad.count), 0.0, f"{at}. {made}", told, weight=weight, since=bad.step)


def _stable_loss(seen: Reading) -> tuple[str, ...]:
    """Return the loss that takes logits, where a softmax or a sigmoid was seen at the end; else smaller steps."""
    ends = {one.place.function for one in seen.recording.places if one.place.role == "output"}
    static = {one.name for one in seen.recording.static}
    if ends & {"softmax", "log_softmax"} or "softmax-twice" in static:
        return (
            "The loss that takes logits avoids them:",
            "    loss = torch.nn.functional.cross_entropy(logits, targets)",
        )
    if "sigmoid" in ends or "sigmoid-twice" in static:
        return (
            "The loss that takes logits avoids them:",
            "    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)",
        )
    return _smaller_steps(seen)


def _smaller_steps(seen: Reading) -> tuple[str, ...]:
    return (
        *advice.scaled_targets(seen.first_loss),
        "Clip gradients before each step, and lower the rate:",
        "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        advice.optimizer(seen.recording.optimizer, 0.1),
    )


def _spoken(place: str) -> str:
    return place if place.startswith(("the ", "a ")) else f"what arrived at `{place}`"
