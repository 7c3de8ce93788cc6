"""The graph of a loss, read once into plain lists, and the ways that are walked through it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

from torch import Tensor, nn

from . import nodes

_LEAF = "AccumulateGrad"


@lru_cache(maxsize=4096)
def short(name: str) -> str:
    """Return the name of a node without its ending and without the digit that counts overloads.

    >>> short("LeakyReluBackward1"), short("torch::autograd::AccumulateGrad")
    ('LeakyRelu', 'AccumulateGrad')
    """
    return re.sub(r"Backward\d*$", "", name.rsplit("::", 1)[-1])


def plain(dim: int, dims: int) -> int:
    """Return an axis counted from 0: PyTorch stores -1 as 2^64 - 1.

    >>> plain(2**64 - 1, 3), plain(1, 3)
    (2, 1)
    """
    return (dim - 2**64 if dim >= 2**63 else dim) % dims


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes that a loss depends on, numbered from 0, the loss; no tensor is held beside the parameters."""

    handles: list[Any]
    names: list[str]
    parents: list[tuple[int, ...]]
    """What a node was computed from, in the order of its arguments; -1 stands for what needs no gradient."""
    uses: list[int]
    """How many nodes were computed from it."""
    owners: dict[int, str]
    """The names of the parameters by their ids."""
    index: dict[Any, int]
    weights: dict[int, int | None] = field(default_factory=dict)

    def shape(self, node: int) -> tuple[int, ...]:
        """Return the shape of a node's first result; () where PyTorch does not tell."""
        told = getattr(self.handles[node], "_input_metadata", ())
        return tuple(told[0].shape) if told else ()

    def saved(self, node: int, name: str) -> Any:
        """Return a saved number, or a saved tensor that lies as it was; None for one that must be computed again.

        Unpacking what checkpointing has packed would run a part of the model.
        """
        raw = getattr(self.handles[node], f"_raw_saved_{name}", None)
        if raw is None:
            value = getattr(self.handles[node], f"_saved_{name}", None)
            return None if isinstance(value, Tensor) else value
        try:
            value = raw.data
        except RuntimeError:
            return None
        return value if isinstance(value, Tensor) else None

    def axis(self, node: int) -> int | None:
        """Return the axis of a softmax, counted from 0."""
        dims = len(self.shape(node))
        if self.names[node] == "_Rows":
            return dims - 1
        dim = self.saved(node, "dim")
        if not isinstance(dim, int) or not dims:
            return None
        return plain(dim, dims)

    def parameter(self, node: int) -> Tensor | None:
        """Return the parameter that a leaf stands for."""
        return self.handles[node].variable if self.names[node] == _LEAF else None

    def weight(self, node: int) -> int | None:
        """Return the leaf of the parameter that a node is made of, be it transposed or scaled; None if of data."""
        seen = node
        if seen not in self.weights:
            while node >= 0 and self.names[node] in nodes.WEIGHT_THROUGH:
                live = [parent for parent in self.parents[node] if parent >= 0]
                if len(live) != 1 and self.names[node] != "WeightNormInterface":
                    break
                node = live[0]
            self.weights[seen] = node if node >= 0 and self.names[node] == _LEAF else None
        return self.weights[seen]

    def constant(self, node: int) -> bool:
        """Return whether an operand is no data of the model: a number, a tensor without gradient or a parameter."""
        return node < 0 or self.weight(node) is not None

    def below(self, node: int) -> int | None:
        """Return the one operand that is data; None if there are several or none."""
        parents = self.parents[node]
        slot = nodes.DATA_SLOTS.get(self.names[node])
        if slot is not None and slot < len(parents):
            return parents[slot] if parents[slot] >= 0 else None
        live = [parent for parent in parents if not self.constant(parent)]
        return live[0] if len(set(live)) == 1 and len(live) == 1 else None

    def layer(self, node: int) -> int | None:
        """Return the leaf with the weights of an affine node; None if it is none, or is not trained."""
        slots = nodes.AFFINE.get(self.names[node])
        if slots is None or slots[1] >= len(self.parents[node]):
            return None
        for slot in reversed(slots):
            parent = self.parents[node][slot]
            if parent >= 0 and (leaf := self.weight(parent)) is not None:
                return leaf
        return None

    def owner(self, leaf: int) -> str:
        """Return the path of the module that a leaf's parameter belongs to; "" if it is not the model's."""
        return self.owners.get(id(self.parameter(leaf)), "").rpartition(".")[0]

    def where(self, node: int) -> str:
        """Return the path of the module of the nearest layer with weights at or below a node."""
        seen, line = {node}, [node]
        for current in line:
            leaf = self.layer(current)
            if leaf is not None and id(self.parameter(leaf)) in self.owners:
                return self.owner(leaf) or self.owners[id(self.parameter(leaf))]
            fresh = [parent for parent in self.parents[current] if parent >= 0 and parent not in seen]
            seen.update(fresh)
            line.extend(fresh)
        return ""

    def reached(self, through: Callable[[int], bool] = lambda _: True) -> set[int]:
        """Return all nodes that the loss depends on by ways on which `through` holds of every node."""
        seen, line = {0}, [0]
        while line:
            node = line.pop()
            if through(node):
                fresh = [parent for parent in self.parents[node] if parent >= 0 and parent not in seen]
                seen.update(fresh)
                line.extend(fresh)
        return seen


def read(loss: Tensor, model: nn.Module) -> Graph:
    """Return the graph of a loss that has one."""
    root = loss.grad_fn
    # A node's Python object is the same for as long as somebody holds it.
    index: dict[Any, int] = {root: 0}
    handles: list[Any] = [root]
    parents: list[tuple[int, ...]] = []
    for handle in handles:
        above: list[int] = []
        for parent, _ in handle.next_functions:
            if parent is None:
                above.append(-1)
                continue
            if parent not in index:
                index[parent] = len(handles)
                handles.append(parent)
            above.append(index[parent])
        parents.append(tuple(above))
    uses = [0] * len(handles)
    for parent in chain.from_iterable(parents):
        if parent >= 0:
            uses[parent] += 1
    owners = _owners(model)
    return Graph(handles, [short(handle.name()) for handle in handles], parents, uses, owners, index)


def _owners(model: nn.Module) -> dict[int, str]:
    """Return the names of parameters by their ids; of one that is tied to an embedding, the other's."""
    owners: dict[int, str] = {}
    embedded: set[int] = set()
    for path, module in model.named_modules():
        for name, parameter in module.named_parameters(path, recurse=False):
            if id(parameter) not in owners or id(parameter) in embedded:
                owners[id(parameter)] = name
                embedded.discard(id(parameter))
            if isinstance(module, nn.Embedding):
                embedded.add(id(parameter))
    return owners


def indices(graph: Graph, outputs: object) -> list[int]:
    """Return the nodes of a model's outputs, which may be a tensor, or tensors in a tuple, list or dict."""
    found = (
        outputs.values() if isinstance(outputs, dict) else outputs if isinstance(outputs, tuple | list) else [outputs]
    )
    tensors = [one for one in found if isinstance(one, Tensor)]
    return [graph.index[one.grad_fn] for one in tensors if one.grad_fn in graph.index]
