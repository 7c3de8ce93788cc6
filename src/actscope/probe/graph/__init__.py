"""What the autograd graph of a loss tells without training.

`walking` reads the graph, `nodes` is the table of PyTorch's names, `chains` follows what stands before a node, and each
other file is a group of checks.
"""

from torch import Tensor, nn

from ..records import Finding
from .outputs import probabilities, softmaxes
from .walking import read

__all__ = ["examined"]


def examined(
    loss: Tensor, model: nn.Module, *, outputs: object = None, targets: object = None
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return what is wrong by the graph of a loss, and notes on what could not be seen.

    To be called before `backward` frees the graph; nothing of it is kept, and nothing that was packed is unpacked.
    `outputs` and `targets` help where the loss does not tell them.

    >>> import torch
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))
    >>> loss = nn.functional.cross_entropy(model(torch.ones(2, 4)), torch.tensor([0, 2]))
    >>> findings, notes = examined(loss, model)
    >>> [(finding.name, finding.where) for finding in findings], notes
    ([('softmax-twice', '2')], ())
    """
    if loss.grad_fn is None:
        return (), ()
    graph = read(loss, model)
    return (*softmaxes(graph, model), *probabilities(graph, model)), ()
