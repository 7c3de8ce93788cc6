"""The rule on the first number that was not finite, and what made it."""

from collections.abc import Iterator

from ..records import Finding, Weight
from . import advice
from .reading import Reading

_WEIGHTS = "The weights `{}` were no longer finite before it, so that they made it."
_USUAL = (
    "Usual causes are a softmax over a row that is masked throughout, 0/0, log(0), the slope of sqrt at 0, and exp of "
    "large numbers; PyTorch names the operation"
)


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
            f"Look where they come from: a file that was loaded{', or a step too large just before' * (bad.step > 1)}.",
            f"    assert torch.isfinite({advice.access(bad.cause)}).all()",
            *_smaller_steps(seen, bad.step),
        )
    elif not bad.seen:
        made = (
            f"That step was not looked at ({seen.recording.looked} of {seen.recording.steps} were): of its inputs, "
            "activations and gradients nothing is known."
        )
        told = (
            "Check the inputs of every step first, then have every step looked at:",
            "    assert torch.isfinite(inputs).all()",
            "    with act.watch(model, budget=None) as probe:",
            *_stable_loss(seen, bad.step),
        )
    elif bad.place == "the input":
        made = "The data hold it: nothing in the model made it."
        told = ("Fill the holes, or leave those samples out:", "    inputs = torch.nan_to_num(inputs)")
    elif bad.place == "the loss":
        last = _before(seen, bad.place)
        behind = f"the last of them, `{last}`," if last else "the inputs"
        made = f"{_measured(last)}it arose behind {behind} or in the loss."
        told = (f"{_USUAL}:", *advice.DETECT, *_stable_loss(seen, bad.step))
    elif bad.place == "a gradient":
        made = "The loss was finite: it arose in the backward pass, as the slope of sqrt or norm at 0 does."
        told = (
            "Have PyTorch name the operation; add a small number under roots and in norms:",
            *advice.DETECT,
            "    y = torch.sqrt(x + 1e-8)",
        )
    else:
        last = _before(seen, bad.place)
        made = (
            f"{_measured(last)}it arose between {f'`{last}`' if last else 'the inputs'} and `{bad.place}`"
            f"{f', in the layer `{layer}` or before it' if layer else ''}."
        )
        told = (f"{_USUAL}:", *advice.DETECT, *_smaller_steps(seen, bad.step))
    if weight == "hint":
        made = "The loss and the gradients stayed finite, so that the model takes it out again."
    yield Finding("non-finite", bad.place, float(bad.count), 0.0, f"{at}. {made}", told, weight=weight, since=bad.step)


def _before(seen: Reading, place: str) -> str:
    """Return the last place before this one, of all places if it is none of them; "" if there is none."""
    ordered = sorted((one.place for one in seen.recording.places), key=lambda one: one.order)
    here = next((one.order for one in ordered if one.name == place), len(ordered) + 1)
    return next((one.name for one in reversed(ordered) if one.order < here), "")


def _measured(last: str) -> str:
    told = "What arrived at each activation before it was finite" if last else "No activation was measured before it"
    return f"{told}: "


def _stable_loss(seen: Reading, step: int) -> tuple[str, ...]:
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
    return _smaller_steps(seen, step)


def _smaller_steps(seen: Reading, step: int) -> tuple[str, ...]:
    """Return the advice to make smaller steps; before the first one was made, they cannot be why."""
    scaled = advice.scaled_targets(seen.first_loss)
    if step <= 1:
        return scaled
    return (
        *scaled,
        "Clip gradients before each step, and lower the rate:",
        "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        advice.optimizer(seen.recording.optimizer, 0.1),
    )


def _spoken(place: str) -> str:
    return place if place.startswith(("the ", "a ")) else f"what arrived at `{place}`"
