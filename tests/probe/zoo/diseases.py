"""The diseases: each a change of a recipe, planted in several networks, and the names that are right for it."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from .case import Case, Group
from .faults import (
    Change,
    activation,
    adam,
    biased,
    both,
    broken,
    bytes_of,
    changed,
    constant_column,
    defaults,
    function,
    harmed,
    head,
    holes,
    inputs,
    kept,
    loud_column,
    normal,
    one_infinite,
    raw,
    sgd,
    standardise,
    weights,
    without_last,
)
from .networks import BASES


@dataclass(frozen=True)
class Disease:
    name: str
    names: frozenset[str]
    change: Change
    homes: tuple[tuple[str, ...], tuple[str, ...]]
    """The networks of the tuning and of the fresh group it is planted in, by their names in `BASES`."""


def cases() -> Iterator[Case]:
    """Yield every disease in every network it is planted in."""
    groups: tuple[Group, Group] = ("tuning", "fresh")
    for disease in DISEASES:
        for group, bases in zip(groups, disease.homes, strict=True):
            for base in bases:
                well, name = BASES[base], f"{disease.name}: {base}"
                build = disease.change(well).build
                yield Case(name, disease.name, disease.names, well.architecture, well.task, build, group, base)


def row(name: str, right: str, change: Change, homes: str) -> Disease:
    """Read a row of the table: names apart by blanks, networks by commas, the fresh ones behind the bar."""
    tuning, fresh = (tuple(base.strip() for base in side.split(",") if base.strip()) for side in homes.split("|"))
    return Disease(name, frozenset(right.split()), change, (tuning, fresh))


CLASSES = (
    "mlp digits, conv gratings, encoder majority, gru waves | mlp wine, conv digits, encoder digits, lstm majority"
)
BINARY = "mlp circles, encoder mentions, gru mentions | mlp cancer, lstm mentions"
NUMBERS = "mlp friedman, conv spots, encoder sums, gru adding | mlp plane, lstm forecast, encoder adding"
RELU = "mlp digits, mlp friedman, conv gratings, encoder majority | mlp wine, conv digits, rnn relu waves, encoder sums"
TANH = "mlp digits tanh, mlp friedman tanh, conv gratings tanh, rnn waves | mlp cancer tanh, rnn forecast"
DEEP = "mlp digits deep, mlp friedman deep, conv gratings deep | mlp blobs deep, conv digits deep, gru waves deep"
REAL = "mlp digits, mlp friedman, conv gratings, gru waves | mlp cancer, conv spots, encoder adding, lstm forecast"
ANY = "mlp digits, mlp friedman, conv gratings, encoder majority, gru waves | mlp cancer, conv spots, lstm forecast"
UNBOUNDED = "mlp digits, mlp friedman, conv gratings, rnn relu recall | mlp cancer, conv spots, rnn relu waves"
PLAIN = "mlp digits, mlp friedman, conv gratings, gru waves | mlp cancer, conv digits, lstm forecast"
ONE_NUMBER = "mlp friedman, encoder sums, gru adding | mlp plane, lstm forecast, encoder adding"
TABLES = "mlp digits, mlp friedman, gru adding | mlp plane, encoder adding"
RECURRENT = "rnn waves, rnn recall, rnn relu recall | rnn forecast, rnn relu waves, rnn recall sign"
RECALL = "rnn recall, rnn relu recall | rnn recall sum, rnn recall sign"

_softmax = partial(nn.Softmax, -1)
_reshaped = function(lambda x: 2 * x.unsqueeze(1).flatten(1))
_clamped = function(lambda x: x.clamp(0, 1))

_naive = function(lambda x: (torch.exp(1000 * x) / torch.exp(1000 * x).sum(-1, keepdim=True)).log())


def _root(x: torch.Tensor) -> torch.Tensor:
    """The root of what is above 0; its slope at 0 is inf * 0."""
    return (x * (x > 0)).sqrt()


def _twice() -> nn.Module:
    return nn.Sequential(nn.ReLU(), nn.ReLU())


def _large(targets: torch.Tensor) -> torch.Tensor:
    return 50 * targets


def _without_axis(targets: torch.Tensor) -> torch.Tensor:
    return targets.squeeze(1)


def squares(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs - targets).square().mean()


def _absolute(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (targets - outputs).abs().mean()


def _in_place_of_mse(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """PyTorch's own, by outputs without their axis; its warning is for those who read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return functional.mse_loss(outputs.squeeze(1), targets)


def _shuffled(targets: torch.Tensor) -> torch.Tensor:
    return targets[torch.randperm(len(targets))]


def unmoved(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A temperature of a million, meant to be one millionth."""
    loss = functional.mse_loss if targets.is_floating_point() else functional.cross_entropy
    return loss(outputs / 1e6, targets)


DISEASES = (
    row("dead by bias", "dead-units", biased(-10.0), RELU),
    row("dead by rate", "dead-units learning-rate-too-high", sgd(3.0), RELU),
    row("rate too high, sgd", "learning-rate-too-high non-finite", sgd(5.0), ANY),
    row("rate too high, adam", "learning-rate-too-high", adam(0.5), ANY),
    row("rate too high, momentum", "learning-rate-too-high non-finite", sgd(1.0, 0.9), ANY),
    row("saturated by rate", "saturation learning-rate-too-high", sgd(5.0, 0.9), TANH),
    row("rate too low, sgd", "learning-rate-too-low", sgd(1e-7), ANY),
    row("rate too low, adam", "learning-rate-too-low", adam(1e-8), ANY),
    row("inputs of 0 to 255", "unscaled-inputs", inputs(bytes_of), REAL),
    row("inputs around 1000", "unscaled-inputs", inputs(lambda x: x + 1000), REAL),
    row("inputs of 1e-4", "unscaled-inputs", inputs(lambda x: x * 1e-4), REAL),
    row("inputs times 100, tanh", "unscaled-inputs saturation", inputs(lambda x: 100 * x), TANH),
    row("one loud column", "unscaled-inputs", inputs(loud_column), TABLES),
    row("one loud column", "unscaled-inputs", raw, "| mlp wine, mlp cancer, mlp cancer tanh"),
    row("inputs of one sign", "zigzag unscaled-inputs", inputs(lambda x: 4 + 0.5 * x), REAL),
    row("nan in the data", "non-finite", inputs(holes), REAL),
    row("log of 0", "non-finite", activation(lambda x: x.relu().log()), ANY),
    row("root of 0", "non-finite", activation(_root), ANY),
    row("0 / 0", "non-finite", changed(change=constant_column, front=function(standardise)), REAL),
    row("overflow", "non-finite unscaled-inputs", both(inputs(lambda x: 5000 * x), activation(torch.exp)), UNBOUNDED),
    row("naive softmax", "non-finite", both(head(_naive), changed(loss=nn.NLLLoss)), CLASSES),
    row("an infinite weight", "non-finite", harmed(one_infinite), PLAIN),
    row("default initialisation, deep", "unsuited-initialisation vanishing-gradient", defaults, DEEP),
    row(
        "weights of 0.01, deep",
        "unsuited-initialisation vanishing-gradient",
        weights(partial(nn.init.normal_, std=0.01)),
        DEEP,
    ),
    row("weights of 1, tanh", "saturation unsuited-initialisation", weights(nn.init.normal_), TANH),
    row("weights too large, deep", "unsuited-initialisation exploding-gradient non-finite", weights(normal(2.5)), DEEP),
    row(
        "all weights 0", "plateau unsuited-initialisation vanishing-gradient dead-units", weights(nn.init.zeros_), PLAIN
    ),
    row("all weights alike", "plateau unsuited-initialisation", weights(partial(nn.init.constant_, val=0.05)), PLAIN),
    row("sigmoid, deep", "vanishing-gradient", both(defaults, changed(activation=nn.Sigmoid)), DEEP),
    row(
        "recurrent weights too large",
        "exploding-gradient unsuited-initialisation saturation non-finite",
        weights(normal(3.0), "hh"),
        RECURRENT,
    ),
    row("recurrent weights too small", "vanishing-gradient", weights(normal(0.3), "hh"), RECALL),
    row("one-sided", "one-sided-units", biased(10.0), RELU),
    row("no activation", "missing-activation", changed(activation=nn.Identity), RELU),
    row("one activation forgotten", "missing-activation", harmed(without_last), PLAIN),
    row(
        "activation twice", "repeated-activation", changed(activation=lambda: nn.Sequential(nn.ReLU(), nn.ReLU())), RELU
    ),
    row("step", "no-slope unreached-parameters", activation(lambda x: (x > 0).to(x.dtype)), RELU),
    row("sign", "no-slope", activation(torch.sign), ANY),
    row("rounding", "no-slope", activation(torch.round), ANY),
    row("broken graph", "unreached-parameters no-slope", harmed(broken), ANY),
    row("softmax before cross-entropy", "softmax-twice", head(_softmax), CLASSES),
    row("softmax before cross-entropy, reshaped", "softmax-twice", head(_softmax, _reshaped), CLASSES),
    row("logits for nll", "logits-as-probabilities", changed(loss=nn.NLLLoss), CLASSES),
    row("softmax for nll", "logits-as-probabilities", both(head(_softmax), changed(loss=nn.NLLLoss)), CLASSES),
    row(
        "softmax over the batch",
        "softmax-over-batch",
        both(head(partial(nn.LogSoftmax, 0)), changed(loss=nn.NLLLoss)),
        CLASSES,
    ),
    row("relu on logits", "wrong-output-activation", head(nn.ReLU), CLASSES),
    row("sigmoid for classes", "wrong-output-activation", head(nn.Sigmoid), CLASSES),
    row("tanh on logits", "wrong-output-activation", head(nn.Tanh), CLASSES),
    row("sigmoid before its loss", "sigmoid-twice", head(nn.Sigmoid), BINARY),
    row(
        "logits clamped for bce",
        "logits-as-probabilities wrong-output-activation",
        both(head(_clamped), changed(loss=nn.BCELoss)),
        BINARY,
    ),
    row(
        "softmax of one unit",
        "wrong-output-activation no-slope plateau",
        both(head(_softmax), changed(loss=nn.BCELoss)),
        BINARY,
    ),
    row("relu before signed targets", "unreachable-targets wrong-output-activation", head(nn.ReLU), NUMBERS),
    row("sigmoid before signed targets", "unreachable-targets wrong-output-activation", head(nn.Sigmoid), NUMBERS),
    row(
        "tanh before large targets", "unreachable-targets", both(head(nn.Tanh), changed(aim=lambda y: 50 * y)), NUMBERS
    ),
    row("targets of 1e6", "unscaled-targets", changed(aim=lambda y: 1e6 * y), NUMBERS),
    row("targets around 2e5", "unscaled-targets", changed(aim=lambda y: 2e5 + 5e4 * y), NUMBERS),
    row("targets of 1e-4", "unscaled-targets", changed(aim=lambda y: 1e-4 * y), NUMBERS),
    row("targets of 1e4, sgd", "unscaled-targets", both(changed(aim=lambda y: 1e4 * y), sgd(0.05)), NUMBERS),
    row("targets without an axis", "broadcast-loss", changed(aim=_without_axis, loss=lambda: squares), ONE_NUMBER),
    row("the same, absolute", "broadcast-loss", changed(aim=_without_axis, loss=lambda: _absolute), ONE_NUMBER),
    row("outputs without an axis", "broadcast-loss", changed(loss=lambda: _in_place_of_mse), ONE_NUMBER),
    row("gradients kept, adam", "kept-gradients", kept(partial(torch.optim.Adam, lr=2e-3)), ANY),
    row("gradients kept, sgd", "kept-gradients", kept(partial(torch.optim.SGD, lr=0.05)), ANY),
    row("a loss that cannot move", "plateau", changed(loss=lambda: unmoved), ANY),
    row("targets of other samples", "plateau", changed(aim=_shuffled), ANY),
)
