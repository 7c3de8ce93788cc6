"""The held-out group: networks and faults that no rule was set on, nor looked at while one was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn, optim
from torch.nn import functional

from . import held_data as data
from .case import Case
from .held_faults import (
    between,
    biased,
    both,
    cut,
    ended,
    everything,
    harmed,
    having,
    holes,
    inputs,
    other,
    shares,
    spread_of,
    swapped,
    weights,
)
from .held_healthy import STUDIES, sgd
from .held_models import mlp
from .held_study import Change, Study, adam


def cases() -> Iterator[Case]:
    """Yield the healthy, then every disease in every network it is planted in."""
    for name, well in STUDIES.items():
        yield Case(name, "", frozenset(), well.architecture, _task(well), well.build, "held")
    for ill in DISEASES:
        for home in ill.homes:
            well = STUDIES[home]
            build, name = ill.change(well).build, f"{ill.name}: {home}"
            yield Case(name, ill.name, ill.names, well.architecture, _task(well), build, "held", home)


def _task(study: Study) -> str:
    found = study.data.func if isinstance(study.data, partial) else study.data
    return found.__name__


@dataclass(frozen=True)
class Disease:
    name: str
    names: frozenset[str]
    change: Change
    homes: tuple[str, ...]


def row(name: str, right: str, change: Change, homes: str) -> Disease:
    """Read a row of the table: names apart by blanks, networks by commas."""
    return Disease(name, frozenset(right.split()), change, tuple(homes.split(", ")))


_softmax, _log_softmax = partial(nn.Softmax, -1), partial(nn.LogSoftmax, -1)
_nll, _bce = having(loss=functional.nll_loss), having(loss=functional.binary_cross_entropy)
_relu_twice = partial(nn.Sequential, nn.ReLU(), nn.ReLU())


def _normal(std: float) -> Change:
    return weights(partial(nn.init.normal_, std=std))


def _step(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def _root(x: Tensor) -> Tensor:
    """The slope at 0 is infinite, and 0 times infinite is no number."""
    return (x * (x > 0)).sqrt()


def _logarithm(x: Tensor) -> Tensor:
    return x.relu().log()


def _large(y: Tensor) -> Tensor:
    return 40 * y


def _tiny(x: Tensor) -> Tensor:
    return 1e-4 * x


def _bytes(x: Tensor) -> Tensor:
    return 127 + 60 * x


def _years(x: Tensor) -> Tensor:
    return 2000 + 10 * x


def _positive(x: Tensor) -> Tensor:
    return 5 + 0.5 * x


def _cut_off() -> nn.Module:
    """Rates by a ReLU, whose logarithm the loss takes."""
    return nn.Sequential(mlp(5, 32, 1), nn.ReLU())


DISEASES = (
    row("softmax, then cross-entropy", "softmax-twice", ended(_softmax), "basic blocks, tagger, vision transformer"),
    row("log-softmax of a softmax", "softmax-twice", both(ended(_softmax, _log_softmax), _nll), "point sets, ear"),
    row("sigmoid, then its loss", "sigmoid-twice", ended(nn.Sigmoid), "labels, rare, brackets by lstm"),
    row("logarithm forgotten", "logits-as-probabilities", both(ended(_softmax), _nll), "densely connected, gated ear"),
    row("scores for nll", "logits-as-probabilities", _nll, "mixer, rows by lstm"),
    row("over the batch", "softmax-over-batch", both(ended(partial(nn.LogSoftmax, 0)), _nll), "convnext, groups"),
    row(
        "softmax of one number",
        "wrong-output-activation no-slope",
        both(ended(_softmax), _bce),
        "brackets by encoder, brackets by lstm",
    ),
    row("relu on scores", "wrong-output-activation", ended(nn.ReLU), "convnext, rows by gru, labels, grades"),
    row("sigmoid on scores", "wrong-output-activation", ended(nn.Sigmoid), "inverted residuals, rows by two grus"),
    row("tanh on scores", "wrong-output-activation", ended(nn.Tanh), "formula language, maxout"),
    row(
        "relu before signed numbers",
        "unreachable-targets wrong-output-activation",
        ended(nn.ReLU),
        "diabetes small, wavenet, fourier features",
    ),
    row(
        "sigmoid before signed numbers",
        "unreachable-targets wrong-output-activation",
        ended(nn.Sigmoid),
        "pendulum, temporal convolutions, denoiser",
    ),
    row(
        "tanh before large numbers", "unreachable-targets", both(ended(nn.Tanh), having(targets=_large)), "roll, houses"
    ),
    row("no activations", "missing-activation", swapped(nn.Identity), "basic blocks, point sets, prelu convolutions"),
    row(
        "one activation forgotten",
        "missing-activation",
        swapped(nn.Identity, slice(1, 2)),
        "groups, denoiser, friends, pendulum",
    ),
    row("relu twice", "repeated-activation", swapped(_relu_twice), "hourglass, ear, roll"),
    row("detached", "unreached-parameters", harmed(cut), "point sets, hourglass, formula language"),
    row("sign", "no-slope", between(torch.sign), "ear, groups by tanh, roll"),
    row("rounded", "no-slope", between(torch.round), "pendulum, denoiser"),
    row("step", "no-slope unreached-parameters", between(_step), "offers, houses"),
    row("dead by bias", "dead-units", biased(-15.0), "ear, offers, denoiser"),
    row("dead by rate", "dead-units learning-rate-too-high", having(optimizer=sgd(4.0, 0.0)), "point sets, ear"),
    row("always on", "one-sided-units", biased(12.0), "labels, grades"),
    row("rate of 1e-7", "learning-rate-too-low", having(optimizer=sgd(1e-7)), "basic blocks, houses, season by rnn"),
    row("rate of 1e-8, adam", "learning-rate-too-low", having(optimizer=adam(1e-8)), "tagger, vision transformer"),
    row("rate of 10", "learning-rate-too-high", having(optimizer=sgd(10.0)), "groups by tanh, season by rnn, mixer"),
    row(
        "rate of 1, adam",
        "learning-rate-too-high",
        having(optimizer=adam(1.0)),
        "ear, offers, point sets",
    ),
    row(
        "rate of 0.5, rmsprop",
        "learning-rate-too-high",
        having(optimizer=partial(optim.RMSprop, lr=0.5)),
        "sound transformer, impedance",
    ),
    row("as a census tells it", "unscaled-inputs", having(data=data.houses_raw), "houses"),
    row("as physics tells it", "unscaled-inputs", having(data=data.impedance_raw), "impedance, squared relu"),
    row("bytes", "unscaled-inputs", inputs(_bytes), "plain deep convolutions, prelu convolutions, rows by gru"),
    row("years", "unscaled-inputs", inputs(_years), "season by rnn, pendulum"),
    row("inputs of 1e-4", "unscaled-inputs", inputs(_tiny), "ear, roll, rows by lstm"),
    row(
        "inputs times 60, tanh",
        "unscaled-inputs saturation",
        inputs(lambda x: 60 * x),
        "groups by tanh, actor and critic",
    ),
    row("inputs above 0", "zigzag unscaled-inputs", inputs(_positive), "labels, offers"),
    row(
        "weights of 1, deep",
        "unsuited-initialisation exploding-gradient",
        _normal(1.0),
        "deep groups, plain deep convolutions",
    ),
    row("weights of 1e-3, deep", "unsuited-initialisation vanishing-gradient", _normal(1e-3), "deep groups, deep roll"),
    row("weights of 2, tanh", "unsuited-initialisation saturation", _normal(2.0), "groups by tanh, deep roll"),
    row("sigmoid, 12 deep", "vanishing-gradient", swapped(nn.Sigmoid), "deep groups, deep roll"),
    row(
        "recurrent weights too large",
        "exploding-gradient unsuited-initialisation saturation",
        weights(partial(nn.init.normal_, std=3.0), "weight_hh"),
        "season by rnn, tagger",
    ),
    row("all 0", "unsuited-initialisation vanishing-gradient", everything(0.0), "groups, ear, rows by two grus"),
    row("all alike", "unsuited-initialisation", everything(0.05), "groups by tanh, offers"),
    row("holes", "non-finite", inputs(holes), "houses, rows by gru"),
    row("logarithm of 0", "non-finite", between(_logarithm), "ear, offers"),
    row("root of 0", "non-finite", between(_root), "denoiser, grades"),
    row("shares of nothing", "non-finite", between(shares), "groups, roll"),
    row("spread of nothing", "non-finite", between(spread_of), "pendulum"),
    row("no log-rate", "non-finite wrong-output-activation", having(model=_cut_off), "counts"),
    row("exp of raw numbers", "non-finite unscaled-inputs", inputs(lambda x: 1000 * x), "counts"),
    row("targets of others", "plateau", having(targets=other), "convnext, rows by two grus"),
)
