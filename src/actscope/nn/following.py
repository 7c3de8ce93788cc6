"""Which activation makes the input of each layer with weights: the calls of `forward`, followed by torch.fx."""

import copy
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from ..catalogue import CATALOGUE, Activation, get
from . import functional
from .modules import ActivationModule
from .recognising import Values, called_with, named, recognised, spelled

INPUT = "the input"
_CALLS = ("call_module", "call_function", "call_method")
# They move, choose or repeat numbers, and leave their size.
_PASSING = (
    nn.Identity,
    nn.Flatten,
    nn.Unflatten,
    nn.Fold,
    nn.Unfold,
    nn.PixelShuffle,
    nn.PixelUnshuffle,
    nn.ChannelShuffle,
    nn.Upsample,
    nn.modules.dropout._DropoutNd,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.modules.padding._ConstantPadNd,
    nn.modules.padding._ReflectionPadNd,
    nn.modules.padding._ReplicationPadNd,
    nn.modules.padding._CircularPadNd,
)
# fmt: off
_PASSING_CALLS = frozenset({
    "view", "reshape", "flatten", "unflatten", "permute", "transpose", "contiguous", "squeeze", "unsqueeze", "clone",
    "expand", "repeat", "chunk", "split", "getitem", "to", "float", "dropout", "max_pool1d", "max_pool2d",
    "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
    "adaptive_avg_pool3d", "adaptive_max_pool2d", "interpolate", "pad", "pixel_shuffle", "movedim", "swapaxes",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Source:
    """What made the input of a layer."""

    name: str
    """An activation, "the input", or what else stands there, such as BatchNorm2d or add."""
    activation: Activation | None = None
    values: Values | None = None


class CannotFollow(Exception):  # noqa: N818  (init turns it into an error that says what to type)
    """A model whose `forward` torch.fx cannot follow, such as one that branches on its data."""


def sources(model: nn.Module) -> dict[str, Source]:
    """Return what makes the input of each module that `forward` calls, by the names that named_modules() gives.

    `forward` is run on a copy with stand-ins for data: what it does to its own attributes does not reach the model.
    Raises CannotFollow.

    >>> model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Dropout(), nn.Linear(2, 2))
    >>> {name: source.name for name, source in sources(model).items() if name in "03"}
    {'0': 'the input', '3': 'relu'}
    """
    tensors = [*model.parameters(), *model.buffers()]
    try:
        twin = copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})
        graph = _Tracer().trace(twin)
    except Exception as problem:  # whatever the user's code raises when it meets a stand-in
        raise CannotFollow(f"{type(problem).__name__}: {_first_line(problem)}") from problem
    modules = dict(twin.named_modules())
    found: dict[str, Source] = {}
    for node in graph.nodes:
        if node.op == "call_module":
            found.setdefault(str(node.target), _source(_first_input(node), modules))
    for name, module in modules.items():
        if isinstance(module, nn.TransformerEncoderLayer | nn.TransformerDecoderLayer):
            found[f"{name}.linear2"] = _of_transformer(module)
    return found


def _of_transformer(module: Any) -> Source:
    # What PyTorch's own layers do inside is not followed.
    known = recognised(module.activation) if isinstance(module.activation, nn.Module) else None
    name = named(module.activation)
    return (
        Source(known[0].name, *known) if known else Source(name, CATALOGUE[name], {}) if name else Source("a function")
    )


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, ActivationModule) or super().is_leaf_module(m, module_qualified_name)


def _source(node: fx.Node | None, modules: dict[str, nn.Module]) -> Source:
    while node is not None and node.op in _CALLS:
        if (found := _activation(node, modules)) is not None:
            return found
        module = modules[str(node.target)] if node.op == "call_module" else None
        name = type(module).__name__ if module is not None else _name(node.target)
        if not (isinstance(module, _PASSING) if module is not None else name in _PASSING_CALLS):
            return Source(name)
        node = _first_input(node)
    return Source(INPUT)


def _activation(node: fx.Node, modules: dict[str, nn.Module]) -> Source | None:
    if node.op == "call_module":
        known = recognised(modules[str(node.target)])
        return Source(known[0].name, *known) if known else None
    ours = node.args[0] if node.target is functional.apply else getattr(node.target, "__self__", None)
    if node.target is functional.apply or isinstance(ours, Activation):
        activation = get(ours)  # type: ignore[arg-type]
        return Source(activation.name, activation, {**called_with(activation, (), node.kwargs)})
    name = spelled(str(node.target)) if node.op == "call_method" else named(node.target)
    if name is None:
        return None
    if name == "gelu" and node.kwargs.get("approximate") == "tanh":
        name = "gelu_tanh"
    activation = CATALOGUE[name]
    values: Values = {**called_with(activation, node.args[1:], node.kwargs)}
    return Source(name, activation, values)


def _first_input(node: fx.Node) -> fx.Node | None:
    return next(iter(node.all_input_nodes), None)


def _name(target: Any) -> str:
    return target if isinstance(target, str) else str(getattr(target, "__name__", target))


def _first_line(problem: Exception) -> str:
    return next(iter(str(problem).splitlines()), "").rstrip(".")
