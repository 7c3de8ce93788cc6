"""The held-out healthy networks."""

from functools import partial

import torch
from torch import nn, optim
from torch.nn import functional
from torch.optim import lr_scheduler as rates

from . import held_data as data
from . import held_networks as nets
from . import held_worlds as worlds
from .architectures import Function, he
from .held_blocks import (
    Experts,
    Fourier,
    Highway,
    Hyper,
    Radial,
    Siren,
    ViT,
    maxout,
)
from .held_learners import ActorCritic, Coupling, TwoViews, Values, Variation
from .held_models import (
    DeepSets,
    Dense,
    GraphNet,
    Hourglass,
    PreActivated,
    Sequence,
    Squeeze,
    Translator,
    WaveNet,
    mlp,
    pooled,
)
from .held_study import (
    Study,
    adam,
    advantage,
    adversarial,
    bellman,
    clipped,
    each,
    evident,
    flowing,
    foreseen,
    poisson,
    ranked,
    spread,
    survived,
    triplet,
)

CE, BCE = functional.cross_entropy, functional.binary_cross_entropy_with_logits
_mlp, _conv = partial(Study, "mlp"), partial(Study, "convolutional")
_recurrent, _attention = partial(Study, "recurrent"), partial(Study, "transformer")
_series = partial(Study, "convolutional", data.series)
GRU, LSTM = partial(nn.GRU, batch_first=True), partial(nn.LSTM, batch_first=True)


_seq = nn.Sequential


def sgd(lr: float, momentum: float = 0.9, **more: bool | float) -> partial[optim.Optimizer]:
    return partial(optim.SGD, lr=lr, momentum=momentum, **more)


def glorot(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, nn.init.calculate_gain("tanh"))
            nn.init.zeros_(layer.bias)


def lecun(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            nn.init.zeros_(layer.bias)


def _by_group(lr: float) -> partial[optim.Optimizer]:
    """Weight decay as AdamW has it."""
    return partial(optim.AdamW, lr=lr, weight_decay=0.05)


def _warm(optimizer: optim.Optimizer) -> rates.LRScheduler:
    parts = [rates.LinearLR(optimizer, 0.05, 1.0, 15), rates.CosineAnnealingLR(optimizer, 90)]
    return rates.SequentialLR(optimizer, parts, [15])


def _cosine(optimizer: optim.Optimizer) -> rates.LRScheduler:
    return rates.CosineAnnealingLR(optimizer, 100)


def _one_cycle(optimizer: optim.Optimizer) -> rates.LRScheduler:
    return rates.OneCycleLR(optimizer, 0.1, total_steps=110)


def _generator(parameters: list[nn.Parameter]) -> optim.Optimizer:
    """Of the first network alone, which has six parameters."""
    return optim.RMSprop(parameters[:6], lr=1e-3)


def _follow(model: TwoViews | Values) -> None:
    model.follow()


def _exponential(act: type[nn.Module] = nn.ReLU) -> nn.Module:
    return _seq(mlp(5, 32, 1, act=act), Function(torch.exp))


_B1, _LN = nn.BatchNorm1d, nn.LayerNorm

STUDIES = {
    "basic blocks": _conv(partial(data.digits, 16), nets.basic, CE, sgd(0.05, weight_decay=5e-4), rate=_cosine),
    "pre-activated blocks": _conv(
        data.spectrograms,
        lambda: nets.picture(
            PreActivated(12), nn.MaxPool2d(2), PreActivated(12), nn.BatchNorm2d(12), nn.ReLU(), width=12, outputs=4
        ),
        CE,
        sgd(0.05, nesterov=True),
    ),
    "densely connected": _conv(
        data.digits,
        lambda: _seq(nn.Conv2d(1, 8, 3, padding=1), Dense(8, 6, 4), nn.BatchNorm2d(32), nn.ReLU(), *pooled(32, 10)),
        CE,
        adam(5e-3),
    ),
    "inverted residuals": _conv(data.spectrograms, nets.mobile, CE, partial(optim.RMSprop, lr=2e-3, momentum=0.9)),
    "squeezed and excited": _conv(data.digits, nets.efficient, CE, _by_group(5e-3), rate=_warm),
    "convnext": _conv(data.digits, nets.convnext, CE, _by_group(4e-3), batch=64),
    "prelu convolutions": _conv(partial(data.digits, 12), nets.prelu, CE, adam(5e-3)),
    "hourglass": _conv(data.shapes, partial(Hourglass, 8, 3), CE, adam(5e-3), batch=8),
    "plain deep convolutions": _conv(data.digits, partial(nets.plain, 10), CE, adam(2e-3), prepare=he),
    "denoiser": _conv(data.denoised, nets.denoiser, optimizer=adam(4e-3)),
    "squeezed sound": _conv(
        data.spectrograms, lambda: nets.picture(nn.ReLU(), Squeeze(16), width=16, outputs=4), CE, adam(1e-2), batch=16
    ),
    "ear": _conv(data.sounds, nets.ear, CE, adam(5e-3)),
    "gated ear": _conv(data.sounds, nets.gated_ear, CE, partial(optim.NAdam, lr=8e-3)),
    "wavenet": _series(partial(WaveNet, 1, 1), optimizer=adam(5e-3)),
    "temporal convolutions": _series(nets.temporal, optimizer=adam(5e-3)),
    "next sign by wavenet": _conv(data.formulas, lambda: _seq(nn.Embedding(7, 12), WaveNet(12, 7)), each, adam(6e-3)),
    "rows by gru": _recurrent(data.digit_rows, lambda: nets.rows(GRU(8, 32), 32), CE, adam(8e-3)),
    "rows by lstm": _recurrent(data.digit_rows, lambda: nets.rows(LSTM(8, 32), 32), CE, adam(8e-3), batch=64),
    "rows by two grus": _recurrent(data.digit_rows, lambda: nets.rows(GRU(8, 24, 2, dropout=0.1), 24), CE, adam(8e-3)),
    "season by lstm": _recurrent(
        data.series, lambda: Sequence(LSTM(1, 24), nn.Linear(24, 1), last=False), loop=clipped, optimizer=sgd(0.5)
    ),
    "season by rnn": _recurrent(
        data.series,
        lambda: Sequence(nn.RNN(1, 24, batch_first=True), nn.Linear(24, 1), last=False),
        optimizer=adam(5e-3),
    ),
    "tagger": _recurrent(data.tags, nets.tagger, each, adam(1e-2)),
    "sorter": _recurrent(data.sorting, partial(Translator, 8, 32), each, adam(6e-3)),
    "brackets by lstm": _recurrent(
        data.brackets, lambda: Sequence(LSTM(8, 32), nn.Linear(32, 1), nn.Embedding(2, 8)), BCE, adam(8e-3)
    ),
    "brackets by encoder": _attention(data.brackets, nets.bracket_reader, BCE, adam(2e-3)),
    "vision transformer": _attention(data.digits, partial(ViT, 2, 16, 32, 10), CE, _by_group(4e-3), rate=_warm),
    "sound transformer": _attention(
        data.spectrograms, lambda: _seq(nn.ZeroPad2d((0, 3, 0, 3)), ViT(5, 16, 32, 4)), CE, adam(3e-3)
    ),
    "formula language": _attention(data.formulas, partial(nets.language, 7, 16), each, _by_group(5e-3), rate=_warm),
    "mixer": Study("mlp", data.digits, nets.mixer, CE, adam(4e-3)),
    "point sets": _mlp(worlds.sets, DeepSets, CE, adam(5e-3)),
    "point sets by gelu": _mlp(worlds.sets, partial(DeepSets, nn.GELU), CE, partial(optim.Adagrad, lr=0.03)),
    "friends": _mlp(worlds.networks, GraphNet, each, adam(8e-3), batch=16),
    "flow": _mlp(worlds.rings, partial(Coupling, 4), flowing),
    "waves of a picture": _mlp(worlds.picture, Siren, optimizer=adam(1e-3), batch=128),
    "fourier features": _mlp(
        worlds.picture, lambda: _seq(Fourier(), mlp(48, 48, 48, 1)), optimizer=adam(4e-3), batch=256
    ),
    "radial basis": _mlp(
        worlds.picture, lambda: _seq(Radial(2, 40), nn.Linear(40, 1)), optimizer=adam(2e-2), double=True
    ),
    "highways": _mlp(
        data.groups, lambda: _seq(nn.Linear(20, 32), *(Highway(32) for _ in range(6)), nn.Linear(32, 4)), CE
    ),
    "maxout": _mlp(data.groups, lambda: _seq(maxout(20, 24), maxout(24, 24), nn.Linear(24, 4)), CE, sgd(0.05)),
    "selu and alpha dropout": _mlp(
        data.groups, lambda: mlp(20, 48, 48, 48, 4, act=nets.alpha), CE, adam(2e-3), prepare=lecun
    ),
    "squared relu": _mlp(data.impedance, lambda: mlp(4, 48, 48, 1, act=nets.squared), optimizer=adam(4e-3)),
    "weights written": _mlp(worlds.pendulum, lambda: _seq(Hyper(2), nn.Linear(1, 2)), optimizer=adam(8e-3)),
    "experts": _mlp(data.houses, partial(Experts, 6, 1), optimizer=adam(6e-3), batch=64),
    "thin ways": _mlp(data.groups, nets.adapted, CE, adam(8e-3)),
    "two views": _mlp(data.groups, nets.byol, foreseen, adam(3e-3), batch=64, after=_follow),
    "worth of moves": _mlp(worlds.transitions, lambda: Values(mlp(4, 48, 48, 3)), bellman, adam(3e-3), after=_follow),
    "actor and critic": _mlp(worlds.moves, ActorCritic, advantage, adam(4e-3), batch=64),
    "hinge adversaries": _mlp(worlds.picture, nets.adversaries, optimizer=_generator, loop=adversarial, batch=64),
    "variation": _mlp(data.denoised, Variation, evident, adam(4e-3)),
    "diabetes small": _mlp(data.diabetes, lambda: mlp(10, 24, 1), optimizer=sgd(0.02), batch=16),
    "diabetes in double": _mlp(
        data.diabetes, lambda: mlp(10, 32, 16, 1, act=nn.Tanh), optimizer=adam(5e-3), double=True
    ),
    "houses": _mlp(data.houses, lambda: mlp(6, 48, 48, 1, act=nn.SiLU), functional.huber_loss, rate=_cosine),
    "houses and their doubt": _mlp(data.houses, lambda: mlp(6, 48, 48, 2), spread, adam(4e-3)),
    "impedance": _mlp(data.impedance, lambda: mlp(4, 40, 40, 1, act=nn.GELU), optimizer=sgd(0.03, 0.9, nesterov=True)),
    "roll": _mlp(data.roll, lambda: mlp(3, 48, 48, 1), optimizer=adam(6e-3)),
    "deep roll": _mlp(
        data.roll, lambda: mlp(3, *[32] * 12, 1, act=nn.Tanh), optimizer=adam(1e-3), prepare=glorot, batch=64
    ),
    "groups": _mlp(data.groups, lambda: mlp(20, 48, 48, 48, 4), CE, partial(optim.SGD, lr=0.1), rate=_one_cycle),
    "deep groups": _mlp(data.groups, lambda: mlp(20, *[48] * 12, 4), CE, adam(1e-3), prepare=he),
    "groups by batch norm": _mlp(data.groups, lambda: mlp(20, 48, 48, 4, norm=_B1), CE, _by_group(5e-3), batch=128),
    "groups one by one": _mlp(data.groups, lambda: mlp(20, 32, 4, norm=_LN), CE, sgd(0.02, 0.0), batch=1),
    "groups by tanh": _mlp(data.groups, lambda: mlp(20, 48, 48, 4, act=nn.Tanh), CE, adam(4e-3)),
    "rare": _mlp(data.rare, lambda: mlp(12, 32, 1), partial(BCE, pos_weight=torch.tensor(8.0)), adam(4e-3), batch=64),
    "labels": _mlp(data.labels, lambda: mlp(24, 48, 6), BCE, adam(3e-3)),
    "grades": _mlp(data.grades, lambda: mlp(8, 48, 48, 3), BCE, adam(4e-3)),
    "counts": _mlp(data.counts, _exponential, poisson, adam(3e-3)),
    "lifetimes": _mlp(data.lifetimes, lambda: mlp(6, 32, 1, act=nn.ELU), survived, adam(4e-3)),
    "nearness": _mlp(worlds.triplets, lambda: mlp(16, 48, 8), triplet, adam(2e-3)),
    "offers": _mlp(worlds.pairs, lambda: mlp(7, 48, 48, 1), ranked, adam(4e-3)),
    "pendulum": _mlp(worlds.pendulum, lambda: mlp(2, 48, 48, 2, act=nn.Mish), optimizer=adam(5e-3)),
}
