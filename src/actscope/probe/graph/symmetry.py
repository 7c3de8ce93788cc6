"""Weights that are all alike: units that begin as one stay one."""

from collections.abc import Iterator

from torch import Tensor, nn

from ..records import Finding
from .telling import access, found

_WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd, nn.RNNBase)


def alike(model: nn.Module) -> Iterator[Finding]:
    """Yield that in every layer all units have the same weights, so that every gradient keeps them the same.

    One layer that begins at 0, as the last one of a block often does, is no such thing: the others tell units apart.

    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> for weight in model.parameters():
    ...     weight = nn.init.constant_(weight, 0.1)
    >>> [finding.where for finding in alike(model)]
    ['0']
    """
    weights = [
        (name, parameter)
        for name, module in model.named_modules()
        if isinstance(module, _WEIGHTED)
        for part, parameter in module.named_parameters(recurse=False)
        if "weight" in part and not nn.parameter.is_lazy(parameter) and parameter.dim() > 1 and parameter.numel() > 1
    ]
    if len({name for name, _ in weights}) < 2 or not all(_one_unit(weight.detach()) for _, weight in weights):
        return
    name = weights[0][0]
    yield found(
        "unsuited-initialisation",
        name,
        f"In all {len(weights)} weights every unit has the same numbers: all units of a layer compute the same and get "
        "the same gradient, so that each layer stays one unit.",
        (
            "Draw the weights at random:",
            "    import actscope as act",
            "    act.nn.init(model)",
            f"    # or, one by one: torch.nn.init.kaiming_normal_({access(name)}.weight)",
        ),
        measured=float(len(weights)),
        since=1,
    )


def _one_unit(weight: Tensor) -> bool:
    """Return whether all rows are equal, or, of a single row, all of its numbers."""
    rows = weight.reshape(len(weight), -1)
    return bool((rows == rows[:1]).all()) if len(rows) > 1 else bool((rows == rows[:, :1]).all())
