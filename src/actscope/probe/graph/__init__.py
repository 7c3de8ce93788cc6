"""What the autograd graph of a loss tells without training.

`walking` reads the graph, `nodes` is the table of PyTorch's names, `chains` follows what stands before a node, and each
other file is a group of checks.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from torch import Tensor, nn
from torch.autograd.function import BackwardCFunction

from ..records import Finding
from . import nodes
from .axes import over_the_batch
from .broadcasting import every_with_every
from .forgetting import forgetting
from .layers import in_a_row, repeated
from .mixing import place
from .outputs import softmaxes
from .probabilities import probabilities
from .reaching import no_slope, unreached, without_graph
from .sign import sign
from .symmetry import alike
from .targets import out_of_reach, pairs
from .unregistered import unregistered
from .walking import Graph, read
from .written import written_out

_NONE: Mapping[str, int] = MappingProxyType({})

__all__ = ["compared", "direction", "examined", "place"]


def examined(
    loss: Tensor,
    model: nn.Module,
    *,
    outputs: object = None,
    targets: object = None,
    moved: Collection[int] = (),
    given: Collection[int] = (),
    cut: Mapping[str, int] = _NONE,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return what is wrong by the graph of a loss, and notes on what could not be seen.

    To be called before `backward` frees the graph; nothing of it is kept, and nothing that was packed is unpacked.
    `outputs` and `targets` help where the loss does not tell them; `moved` are the ids of the parameters that
    optimisers were seen to hold, `given` the places in memory of the tensors that the model was called with,
    `cut` recurrent cells, with how many steps they got their own state for without its graph.

    >>> import torch
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))
    >>> loss = nn.functional.cross_entropy(model(torch.ones(2, 4)), torch.tensor([0, 2]))
    >>> findings, notes = examined(loss, model)
    >>> [(finding.name, finding.where) for finding in findings], notes
    ([('softmax-twice', '2')], ())
    """
    if loss.grad_fn is None:
        return without_graph(model)
    graph = read(loss, model)
    findings = (
        *softmaxes(graph, model),
        *probabilities(graph, model),
        *out_of_reach(graph, model, targets),
        *written_out(graph, model),
        *every_with_every(graph),
        *over_the_batch(graph, model, outputs, targets),
        *in_a_row(graph, model, given),
        *repeated(graph, model),
        *no_slope(graph),
        *forgetting(graph, cut),
        *unreached(graph, model),
        *unregistered(graph, model, moved),
        *alike(model),
    )
    return _once(findings), _notes(graph)


def compared(loss: Tensor, model: nn.Module) -> tuple[tuple[Tensor, Tensor, bool], ...]:
    """Return the outputs and targets that regressions in a loss store, and whether errors are squared in it.

    >>> import torch
    >>> model, wanted = nn.Linear(4, 1), torch.zeros(2, 1)
    >>> pairs = compared(nn.functional.mse_loss(model(torch.ones(2, 4)), wanted), model)
    >>> [(outputs.shape == targets.shape, squared) for outputs, targets, squared in pairs]
    [(True, True)]
    """
    return tuple(pairs(read(loss, model))) if loss.grad_fn is not None else ()


def direction(loss: Tensor, model: nn.Module) -> int:
    """Return 1 of a loss that is one error, -1 of the negative of one, and 0 of all else.

    >>> import torch
    >>> model, wanted = nn.Linear(4, 1), torch.zeros(2, 1)
    >>> loss = nn.functional.mse_loss(model(torch.ones(2, 4)), wanted)
    >>> direction(loss, model), direction(-loss, model), direction(loss.exp(), model)
    (1, -1, 0)
    """
    return sign(read(loss, model)) if loss.grad_fn is not None else 0


def _once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings without those that say the same of the same place."""
    return tuple({(one.name, one.where, one.weight): one for one in reversed(findings)}.values())[::-1]


def _notes(graph: Graph) -> tuple[str, ...]:
    hidden = [told for name, told in nodes.OPAQUE.items() if name in graph.names]
    known = nodes.OURS | set(nodes.OPAQUE) | {"_DDPSink"}
    own = dict.fromkeys(
        name
        for name, handle in zip(graph.names, graph.handles, strict=True)
        if isinstance(handle, BackwardCFunction) and name not in known
    )
    return (*hidden, *(f"{name} is a function of the model's own: what it does inside is not checked" for name in own))
