"""Sick programs whose fault is in the data, the rate of learning or the loop around the model.

`_TOLD` is what an expert would say of each.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import later_data as world
from . import later_faulty as faulty
from .blind_program import Written, adam, itself, loop, pixels, sgd
from .later_parts import (
    Last,
    Skip,
    Wired,
    adversaries,
    dense,
    evidence,
    halved,
    mse,
    never_cleared,
    pictures,
    tokens,
    vae,
    with_logits,
    written,
)

HUM, ISL, ZHA, GH = "Humbatova et al. (2020): ", "Islam et al. (2019): ", "Zhang et al. (2018): ", "https://github.com/"
FORUM, VAE = "https://discuss.pytorch.org/t/", GH + "wohlert/semi-supervised-pytorch/issues/9"
NAN, INPUTS, TARGETS, LEFT = "non-finite", "unscaled-inputs", "unscaled-targets", "unreached-parameters"
HIGH, LOW, STILL, BLOWN = "learning-rate-too-high", "learning-rate-too-low", "plateau", "exploding-gradient"
FAST = f"{HIGH} {NAN} {BLOWN} dead-units saturation"
KEPT = f"kept-gradients {HIGH}"

_TOLD = (
    ("photographs-of-255", HUM + "missing preprocessing", "inputs", f"{INPUTS} {FAST}"),
    ("income-beside-ages", HUM + "missing preprocessing", "inputs", INPUTS),
    ("kelvin", HUM + "missing preprocessing", "inputs", f"{INPUTS} {TARGETS} saturation"),
    ("sound-of-16-bits", HUM + "missing preprocessing", "inputs", f"{INPUTS} {BLOWN}"),
    ("pixels-scaled-twice", HUM + "wrong preprocessing", "inputs", f"{INPUTS} {STILL} {LOW}"),
    ("house-prices", FORUM + "neural-network-could-not-learn-on-this-type-of-data-why/96648", "targets", TARGETS),
    ("vae-of-255", VAE, "inputs", f"{INPUTS} {TARGETS} {NAN} {BLOWN} {HIGH}"),
    ("constant-column", ZHA + "numbers out of a function's domain", "not a number", NAN),
    ("log-of-counts", ZHA + "numbers out of a function's domain", "not a number", NAN),
    ("empty-documents", GH + "lyst/lightfm/issues/130", "not a number", NAN),
    ("all-words-masked", HUM + "wrong input", "not a number", NAN),
    ("lstm-adam-0.5", HUM + "wrong learning rate", "rate too high", FAST),
    ("digits-sgd-5", HUM + "wrong learning rate", "rate too high", FAST),
    ("cnn-rmsprop-0.1", HUM + "wrong learning rate", "rate too high", FAST),
    ("critic-sgd-1", HUM + "wrong learning rate", "rate too high", FAST),
    ("graph-adam-2", GH + "xiangwang1223/neural_graph_collaborative_filtering/issues/17", "rate too high", FAST),
    ("momentum-0.99", HUM + "wrong optimiser parameters", "rate too high", FAST),
    ("deep-relu-adam-0.5", ISL + "wrong learning rate", "rate too high", FAST),
    ("cnn-adam-1e-7", HUM + "wrong learning rate", "rate too low", f"{LOW} {STILL}"),
    ("sgd-with-the-rate-of-adam", HUM + "wrong optimiser", "rate too low", f"{LOW} {STILL}"),
    ("adam-epsilon-1", HUM + "wrong optimiser parameters", "rate too low", f"{LOW} {STILL}"),
    ("halved-each-batch", HUM + "wrong learning rate", "rate too low", f"{LOW} {STILL}"),
    ("weight-decay-1", HUM + "wrong optimiser parameters", "decay", f"{STILL} vanishing-gradient dead-units {HIGH}"),
    ("rnn-never-cleared", ZHA + "missing call", "not cleared", f"{KEPT} {FAST}"),
    ("game-clears-the-other", ZHA + "wrong call", "not cleared", KEPT),
    ("head-added-later", HUM + "wrong optimiser parameters", "left out", LEFT),
    ("embedding-left-out", HUM + "wrong optimiser parameters", "left out", LEFT),
)


def _but(first: int, last: int) -> Any:
    """Leave out some of the parameters when the optimiser is made."""
    return lambda params: torch.optim.Adam(params[first : len(params) - last])


def _kelvin() -> tuple[Any, Tensor]:
    x, y = world.waves()
    return 288 + 8 * x, 288 + 8 * y


def _gru() -> nn.Module:
    return nn.Sequential(Last(nn.GRU(1, 16, batch_first=True)), nn.Linear(16, 1))


def _sound_net() -> nn.Module:
    layers = [nn.Conv1d(1, 8, 16, 8), nn.ReLU(), nn.Conv1d(8, 16, 8, 4), nn.ReLU(), nn.AdaptiveAvgPool1d(1)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16, 3))


def _reader(kind: type[nn.Module] = nn.LSTM) -> nn.Module:
    return nn.Sequential(nn.Embedding(30, 16), Last(kind(16, 32, batch_first=True)), nn.Linear(32, 3))


def _vae() -> nn.Module:
    return Wired(vae, encoder=dense(64, 32, 16), decoder=dense(8, 32, 64))


def _residual() -> nn.Module:
    return nn.Sequential(nn.Linear(10, 32), *(Skip(nn.ReLU(), nn.Linear(32, 32)) for _ in range(3)), nn.Linear(32, 3))


def _padded() -> tuple[Any, Tensor]:
    text, kind = world.words()
    text = text + 1
    text[::17] = 0
    return text, kind


def _masked() -> nn.Module:
    parts = {"embedding": nn.Embedding(31, 16), "score": nn.Linear(16, 1), "out": nn.Linear(16, 3)}
    return Wired(faulty.masked_attention, **parts)


def programs() -> list[Written]:
    table, error = world.groups(), functional.cross_entropy
    thousands = partial(world.changed, y=lambda y: 200_000 + 80_000 * y)
    real, fake = faulty.logit(1.0), faulty.logit(0.0)
    recipes: dict[str, tuple[Any, ...]] = {
        "photographs-of-255": (world.photographs, pictures, error, sgd(0.01, momentum=0.9)),
        "income-beside-ages": (world.changed(table, faulty.income), lambda: dense(10, 32, 16, 3)),
        "kelvin": (_kelvin, _gru, mse, adam(0.01)),
        "sound-of-16-bits": (world.changed(world.sounds, lambda x: (x * 32767).round()), _sound_net),
        "pixels-scaled-twice": (pixels(0, 1 / 255), lambda: dense(64, 32, 10), error, sgd(0.1, momentum=0.9)),
        "house-prices": (thousands(world.bent), lambda: dense(6, 64, 32, 1), mse),
        "vae-of-255": (itself(pixels(0, 255)), _vae, evidence),
        "constant-column": (
            world.changed(table, faulty.last_constant),
            lambda: Wired(faulty.scaled_inside, net=dense(10, 32, 3)),
        ),
        "log-of-counts": (world.changed(world.counts, y=torch.log), lambda: dense(6, 32, 1), mse),
        "empty-documents": (_padded, lambda: Wired(faulty.bag, net=dense(31, 32, 3)), error, adam(0.01)),
        "all-words-masked": (_padded, _masked, error, adam(0.01)),
        "lstm-adam-0.5": (world.words, _reader, error, adam(0.5)),
        "digits-sgd-5": (pixels(-1, 1), lambda: dense(64, 64, 64, 10), error, sgd(5.0)),
        "cnn-rmsprop-0.1": (world.shapes, pictures, error, partial(torch.optim.RMSprop, lr=0.1)),
        "critic-sgd-1": (world.bent, lambda: dense(6, 64, 64, 1), mse, sgd(1.0)),
        "graph-adam-2": (world.graphs, lambda: faulty.graph_net(16, 2), tokens, adam(2.0)),
        "momentum-0.99": (table, lambda: dense(10, 64, 32, 3), error, sgd(0.5, momentum=0.99)),
        "deep-relu-adam-0.5": (world.bent, lambda: dense(6, 32, 32, 32, 32, 1), mse, adam(0.5)),
        "cnn-adam-1e-7": (world.shapes, pictures, error, adam(1e-7)),
        "sgd-with-the-rate-of-adam": (table, _residual, error, sgd(1e-5)),
        "adam-epsilon-1": (world.clicks, lambda: faulty.liking(8), with_logits, adam(0.02, eps=1.0)),
        "halved-each-batch": (world.shapes, pictures, error, adam(), loop(before=halved)),
        "weight-decay-1": (table, lambda: dense(10, 32, 32, 3), error, sgd(0.1, weight_decay=1.0)),
        "rnn-never-cleared": (world.words, partial(_reader, nn.RNN), error, sgd(0.1), never_cleared),
        "game-clears-the-other": (world.ring, faulty.players, mse, adam(), adversaries(real, fake, real, ("g", "g"))),
        "head-added-later": (world.shapes, pictures, error, _but(0, 2)),
        "embedding-left-out": (world.words, _reader, error, _but(1, 0)),
    }
    return written(_TOLD, recipes)
