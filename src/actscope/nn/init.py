"""Initialisation derived from the formula: the gain of an activation, and the weights of a whole network."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.utils import parametrize

from ..catalogue import Activation, get
from ..catalogue.gates import gated_gain
from ..errors import ArrayTypeError, ParameterError
from .following import INPUT, CannotFollow, Source, sources

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_UNKNOWN = Source("what forward does not show")
_HE = "init(model, 'relu') names the activation of He's (Kaiming's)"
_GLOROT = "Xavier's (Glorot's) is torch.nn.init.xavier_normal_, on each weight"
_LECUN = "init(model, 'selu') names an activation whose gain is LeCun's, 1"
_SCHEMES = {"he": _HE, "kaiming": _HE, "xavier": _GLOROT, "glorot": _GLOROT, "lecun": _LECUN}
_WITH_WEIGHTS = (nn.Linear, *_CONVOLUTIONS, *_TRANSPOSED)


@dataclass(frozen=True, slots=True)
class SetLayer:
    """A layer whose weights were drawn, and how."""

    name: str
    kind: str
    """Its class."""
    fan_in: float
    """Inputs that meet in one output; of a transposed convolution the mean number, which its stride divides."""
    after: str
    """What makes its input: an activation, "the input", or another layer."""
    gain: float
    std: float
    """gain / sqrt(fan_in)."""


@dataclass(frozen=True, slots=True)
class LeftLayer:
    """A module with parameters that stay as they were, and why."""

    name: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Initialised:
    """What `init` set and what it left, by the names that `model.named_modules()` gives."""

    layers: tuple[SetLayer, ...]
    left: tuple[LeftLayer, ...]

    def __str__(self) -> str:
        count = len(self.layers)
        rows = [
            (one.name, one.kind, f"after {one.after}", f"gain {one.gain:.4g}", f"std {one.std:.4g}")
            for one in self.layers
        ]
        told = [f"{count} layer{'s' * (count != 1)} initialised", *_aligned(rows)]
        if self.left:
            told += ["left as they were:", *_aligned([(one.name, one.kind, one.why) for one in self.left])]
        return "\n".join(told)


def gain(activation: str | Activation, **parameters: float) -> float:
    """Return the weight scale that keeps a wide layer's second moment at 1: 1/sqrt(E[f(z)^2]), z ~ N(0, 1).

    With weights of standard deviation gain/sqrt(fan_in) the next layer's input keeps its size, whatever the depth.
    He et al. (2015) is the case of ReLU. Unlike torch.nn.init.calculate_gain it exists for every activation; of a gated
    one both inputs are normal and independent. Raises ParameterError for an activation of rows.

    >>> round(gain("relu"), 4), round(gain("tanh"), 4), round(gain("gelu"), 4), round(gain("bilinear"), 4)
    (1.4142, 1.5925, 1.5335, 1.0)
    """
    activation = get(activation)
    if activation.gated:
        return gated_gain(activation, tuple(activation.bind(**parameters).items()))
    return activation.properties_at(**parameters).gain


def init(
    model: nn.Module,
    activation: str | Activation | None = None,
    *,
    generator: torch.Generator | None = None,
    seed: int | None = None,
) -> Initialised:
    """Draw, in place, the weights of every Linear and convolution of `model` by the derived gain; return what was done.

    Weights are normal with standard deviation gain/sqrt(fan_in), where the gain is that of the activation that makes
    the layer's input (1 for the network's own input and after a normalisation), so that what each layer puts out has
    second moment 1 (He et al. 2015 for every activation; LeCun's normal for SELU). Biases become 0.

    Which activation comes before which layer is read off `forward` by torch.fx, functions such as F.relu included.
    Where that cannot follow, name the `activation`: then every layer but the first is taken to come after it, and
    `forward` is not looked at. Embeddings, normalisations and other modules keep their weights, as do frozen weights
    and those that are computed (weight norm); tied weights are drawn once. The same state of `generator`, or the same
    `seed` in its place, gives the same weights; without either PyTorch's own generator is used.

    Raises ArrayTypeError for a model on the meta device or with lazy layers that have no shape yet, and ParameterError
    where `activation` is needed, or a scheme such as "he" is named: schemes are what gains come to, He's that of ReLU.

    >>> model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 1))
    >>> print(init(model))
    2 layers initialised
      0  Linear  after the input  gain 1      std 0.3536
      2  Linear  after relu       gain 1.414  std 0.1768
    """
    if not isinstance(model, nn.Module):
        raise ArrayTypeError(f"init needs a torch module, but got {type(model).__name__}")
    if isinstance(activation, str) and (after := _SCHEMES.get(activation.lower().partition("_")[0])):
        raise ParameterError(
            f"init takes an activation, not the scheme {activation!r}: weights are drawn by the gain of what comes "
            f"before each layer, which init(model) finds; {after}"
        )
    named = get(activation) if activation is not None else None
    generator = _seeded(generator, seed)
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, _WITH_WEIGHTS)}
    _check(layers)
    before = _before(model, layers, named)
    gains = {name: _gain_after(source) for name, source in before.items()}
    left = list(_left(model, layers))
    kept = {one.name for one in left}
    done = []
    for name, layer in layers.items():
        if name not in kept:
            fan_in = _fan_in(layer)
            std = gains[name] / math.sqrt(fan_in)
            _draw(layer, std, generator)
            kind = type(layer).__name__
            done.append(SetLayer(name, kind, fan_in, before[name].name, gains[name], std))
    return Initialised(tuple(done), tuple(left))


def _seeded(generator: torch.Generator | None, seed: int | None) -> torch.Generator | None:
    if seed is None:
        return generator
    if generator is not None:
        raise ParameterError("init takes a `generator` or a `seed`, but got both")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ParameterError(f"init: `seed` must be a whole number, but got {seed!r}")
    return torch.Generator().manual_seed(seed)


def _check(layers: dict[str, Any]) -> None:
    for name, layer in layers.items():
        if isinstance(layer, LazyModuleMixin) and layer.has_uninitialized_params():  # type: ignore[misc]
            raise ArrayTypeError(f"layer {name!r} has no shape yet; send one batch through the model, then call init")
        if layer.weight.is_meta:
            raise ArrayTypeError(
                f"layer {name!r} is on the meta device, where weights have no values; "
                "call model.to_empty(device=...) first"
            )


def _before(model: nn.Module, layers: dict[str, Any], named: Activation | None) -> dict[str, Source]:
    """Return what makes the input of each layer."""
    if named is not None:
        after = Source(named.name, named, {})
        return {name: after if k else Source(INPUT) for k, name in enumerate(layers)}
    if model in layers.values():
        return dict.fromkeys(layers, Source(INPUT))
    try:
        found = sources(model)
    except CannotFollow as problem:
        raise ParameterError(
            f"cannot tell which activation comes before which layer: torch.fx does not follow the forward of "
            f"{type(model).__name__} ({problem}); name the activation, as in act.nn.init(model, 'relu')"
        ) from problem
    return {name: found.get(name, _UNKNOWN) for name in layers}


def _gain_after(source: Source) -> float:
    if source.activation is None or source.activation.rowwise:
        return 1.0
    # A parameter that is learned for each channel counts with its mean.
    values = {
        name: float(value.double().mean()) if isinstance(value, Tensor) else value
        for name, value in (source.values or {}).items()
    }
    found = gain(source.activation, **values)
    if not 0.0 < found < math.inf:
        raise ParameterError(f"{source.name} has no gain: E[f(z)^2] is not a positive number; draw the weights by hand")
    return found


def _left(model: nn.Module, layers: dict[str, Any]) -> Iterator[LeftLayer]:
    """Yield the modules with parameters of their own that keep them."""
    owners: dict[int, str] = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            owners[id(module.weight)] = f"the embedding {name!r}"
    for name, module in model.named_modules():
        own = [parameter for parameter in module._parameters.values() if parameter is not None]
        kind = type(module).__name__
        if name not in layers:
            if own and ".parametrizations." not in f".{name}.":
                yield LeftLayer(name, kind, "not a layer that init draws")
            continue
        weight = module._parameters.get("weight")
        if weight is None or parametrize.is_parametrized(module, "weight"):
            yield LeftLayer(name, kind, "its weight is computed from other parameters")
        elif not weight.dtype.is_floating_point:
            yield LeftLayer(name, kind, f"its weight is of {weight.dtype}")
        elif not weight.requires_grad:
            yield LeftLayer(name, kind, "frozen")
        elif id(weight) in owners:
            yield LeftLayer(name, kind, f"its weight is that of {owners[id(weight)]}")
        else:
            owners[id(weight)] = repr(name)


def _fan_in(layer: Any) -> float:
    if isinstance(layer, nn.Linear):
        return layer.in_features
    meet: float = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
    # Between the steps of its stride a transposed convolution meets zeros.
    return meet / math.prod(layer.stride) if isinstance(layer, _TRANSPOSED) else meet


@torch.no_grad()
def _draw(layer: Any, std: float, generator: torch.Generator | None) -> None:
    weight: Tensor = layer.weight
    # Drawn on the generator's device, and not in half precision, so that a seed gives the same weights everywhere.
    device = generator.device if generator is not None else weight.device
    wide = torch.float64 if weight.dtype == torch.float64 else torch.float32
    weight.copy_(torch.empty(weight.shape, dtype=wide, device=device).normal_(0.0, std, generator=generator))
    if layer.bias is not None:
        layer.bias.zero_()


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (" ".join(f"{cell:<{width + 1}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [f"  {line.rstrip()}" for line in padded]
