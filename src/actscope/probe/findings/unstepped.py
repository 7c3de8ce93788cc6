"""The rule on weights that ask for a gradient and that no optimiser was seen to move."""

from collections.abc import Iterator

from ..records import Finding
from . import advice
from .reading import Reading
from .thresholds import FALLS, FEWEST_STEPS, OFTEN


def unstepped(seen: Reading) -> Iterator[Finding]:
    """Yield that no optimiser moves the weights, or that it leaves some of them out.

    It is a hint where weights are moved by hand, or are left as they are on purpose while the loss falls. Those that
    get gradients and still are as PyTorch makes them keep nothing that was learned before.
    """
    asking = [one for one in seen.recording.parameters if one.trained]
    losses = int(seen.recording.course["loss_count"].sum())
    if losses < FEWEST_STEPS or seen.recording.steps < FEWEST_STEPS or not asking:
        return
    if seen.recording.optimizer is None:
        # Whose loss falls moves something else by intent, as an image that is to please the model.
        still = not seen.recording.moved and not seen.fall > FALLS
        yield Finding(
            "unreached-parameters",
            "",
            0.0,
            1.0,
            f"In {seen.recording.steps} steps with a loss, no optimiser of torch.optim made a step with these weights"
            + (
                ", and they are what they were: it holds other parameters, as those of a copy or of the model before "
                "it was made anew, or its step is never called."
                if still
                else ": it holds other parameters, as those of a copy or of the model before it was made anew, or its "
                "step is never called, or the weights are moved by hand, or by an optimiser of another library, such "
                "as fastai's, which is not seen."
            ),
            (
                "Give it the parameters of the model that computes the loss:",
                "    optimizer = torch.optim.Adam(model.parameters())   # and optimizer.step() after each backward",
            ),
            weight="finding" if still else "hint",
            since=1,
        )
        return
    told = {where for one in seen.recording.static if one.name == "unreached-parameters" for where in _all(one)}
    visits = {one.name: int(one.bins["visits"].sum()) for one in asking}
    stepped = sorted(count for count in visits.values() if count)
    # Where parameters take turns, all have had one once any had several.
    left = [one for one in asking if not visits[one.name]]
    left = [one for one in left if told.isdisjoint((one.name, one.name.rpartition(".")[0]))]
    if not left or not stepped or stepped[len(stepped) // 2] < OFTEN:
        return
    nothing_kept = all(one.as_made for one in left)
    kept = (
        " They get gradients, and still are as PyTorch makes them, random numbers of its usual size: what they compute "
        "is random."
        if nothing_kept
        else ""
    )
    yield Finding(
        "unreached-parameters",
        left[0].name,
        float(len(left)),
        0.0,
        f"{len(left)} of {len(asking)} weights that require a gradient were never stepped in {seen.recording.steps} "
        f"steps: the {seen.recording.optimizer.name} that moves the others does not hold them"
        f"{'.' if nothing_kept else ', or they get no gradient.'}{kept}",
        (
            "Give them to the optimiser, or freeze them if they are to stay:",
            "    optimizer = torch.optim."
            f"{seen.recording.optimizer.name}(model.parameters(), lr={seen.recording.optimizer.lr:g})",
            f"    {advice.access(left[0].name)}.requires_grad_(False)   # to freeze",
        ),
        weight="finding" if nothing_kept else "hint",
        also=tuple(one.name for one in left[1:]),
        since=1,
    )


def _all(one: Finding) -> tuple[str, ...]:
    return (one.where, *one.also)
