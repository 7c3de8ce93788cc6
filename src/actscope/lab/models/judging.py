"""How far off a network is, and how good: loss and score of each network of a stack."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...catalogue import get
from ...nn.functional import quick
from ..records import Kind

_SIGMOID, _SOFTPLUS = get("sigmoid"), get("softplus")


def losses(outputs: Tensor, targets: Tensor, kind: Kind = "classification") -> Tensor:
    """Return each network's mean loss, (networks,), for outputs (networks, samples, outputs).

    Targets are classes, (networks, samples), or numbers, (networks, samples, outputs). The loss is the cross-entropy
    in nats, where one output is the logit of class 1; for numbers the mean squared error.

    >>> import torch
    >>> losses(torch.zeros(1, 2, 1), torch.tensor([[0, 1]])).item() == torch.log(torch.tensor(2.0)).item()
    True
    """
    if kind == "regression":
        return (outputs - targets).square().flatten(1).mean(dim=1)
    if outputs.shape[-1] == 1:
        # -log sigmoid(z) of class 1 is softplus(-z). PyTorch's binary_cross_entropy_with_logits gives the last few of a
        # row other bits than the rest, so that a network's numbers would depend on how many are beside it.
        return quick(_SOFTPLUS, outputs[..., 0] * (1 - 2 * targets)).mean(dim=-1)
    found = F.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="none")
    return found.view(targets.shape).mean(dim=-1)


def pulls(outputs: Tensor, targets: Tensor, kind: Kind = "classification") -> Tensor:
    """Return the gradient of each network's mean loss with respect to its outputs, of their shape.

    What the network says less what it should: probabilities less 0 or 1, twice the numbers' difference.

    >>> import torch
    >>> pulls(torch.zeros(1, 2, 1), torch.tensor([[0, 1]])).flatten().tolist()
    [0.25, -0.25]
    """
    samples = outputs.shape[-2]
    if kind == "regression":
        return (outputs - targets) * (2.0 / (samples * outputs.shape[-1]))
    if outputs.shape[-1] == 1:
        # sigmoid(z) - 1 of class 1 is -sigmoid(-z), which keeps its digits where z is large.
        sign = (1 - 2 * targets).unsqueeze(-1).to(outputs.dtype)
        return quick(_SIGMOID, outputs * sign) * sign.mul_(1.0 / samples)
    said = F.softmax(outputs, dim=-1)
    said.scatter_add_(-1, targets.unsqueeze(-1), said.new_full((1, 1, 1), -1.0).expand(*targets.shape, 1))
    return said.mul_(1.0 / samples)


def scores(outputs: Tensor, targets: Tensor, kind: Kind = "classification") -> Tensor:
    """Return each network's score, (networks,) in float64: the share of classes named right, or R² for numbers.

    R² is 1 - the squared error over that of the targets' own mean; with several outputs the mean of theirs.
    """
    if kind == "regression":
        # One network after the other: a sum of one row alone has another order than one of many.
        return torch.stack([_explained(*one) for one in zip(outputs.double(), targets.double(), strict=True)])
    said = (outputs[..., 0] > 0).long() if outputs.shape[-1] == 1 else outputs.argmax(dim=-1)
    return (said == targets).double().mean(dim=-1)


def _explained(said: Tensor, wanted: Tensor) -> Tensor:
    error = (said - wanted).square().mean(dim=0)
    return (1 - error / wanted.var(dim=0, correction=0)).mean()
