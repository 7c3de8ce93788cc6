"""Sick programs whose fault is in the layers, the output, the loss or the first weights.

As many of each kind as published studies of faults found. `_TOLD` is what an expert would say of each.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import later_data as world
from . import later_faulty as faulty
from .blind_program import Written, adam, first_of, itself, pixels, sgd
from .later_parts import (
    Last,
    Whole,
    Wired,
    adversaries,
    bce,
    dense,
    each_token,
    left_over,
    masker,
    mse,
    nll,
    pictures,
    poisson_equation,
    started,
    tokens,
    with_logits,
    written,
)

HUM, ISL, ZHA, GH = "Humbatova et al. (2020): ", "Islam et al. (2019): ", "Zhang et al. (2018): ", "https://github.com/"
OUT, REACH, PROBS, NAN = "wrong-output-activation", "unreachable-targets", "logits-as-probabilities", "non-finite"
HIGH, LOW, STILL, LEFT = "learning-rate-too-high", "learning-rate-too-low", "plateau", "unreached-parameters"
START, BLOWN, GONE = "unsuited-initialisation", "exploding-gradient", "vanishing-gradient"
FAST = f"{HIGH} {NAN} {BLOWN} dead-units saturation"

_TOLD = (
    ("tanh-logits", HUM + "wrong activation", "wrong output", f"{OUT} saturation"),
    ("mask-sigmoid-again", GH + "mberkay0/pretrained-backbones-unet/issues/7", "twice", "sigmoid-twice"),
    ("mask-softmax-of-one", ISL + "wrong activation", "wrong output", f"{OUT} no-slope {REACH}"),
    ("mask-clamped", ISL + "wrong activation", "wrong output", f"{OUT} no-slope dead-units saturation"),
    ("tags-softmax", HUM + "wrong activation", "wrong output", f"{OUT} {REACH}"),
    ("tags-logs-of-numbers", HUM + "missing activation", "missing output", f"{PROBS} {NAN} {OUT}"),
    ("tokens-softmax", HUM + "wrong loss", "twice", "softmax-twice"),
    ("tagger-softmax-over-time", HUM + "wrong axis", "axis", f"softmax-over-batch {OUT} {PROBS}"),
    ("attention-over-batch", GH + "PetrochukM/PyTorch-NLP/issues/2", "axis", "softmax-over-batch"),
    ("stars-sigmoid", HUM + "wrong activation", "wrong output", f"{OUT} {REACH} saturation"),
    ("forecast-relu", ISL + "wrong activation", "wrong output", f"{OUT} {REACH} dead-units"),
    ("torque-tanh", HUM + "wrong activation", "wrong output", f"{OUT} {REACH} saturation"),
    ("sound-relu", ISL + "wrong activation", "wrong output", f"{OUT} {REACH} dead-units"),
    ("labels-of-minus-one", HUM + "wrong activation", "wrong output", f"{OUT} {REACH} saturation"),
    ("teacher-given-probabilities", HUM + "wrong loss", "missing output", f"{PROBS} {OUT}"),
    ("counts-of-any-sign", ISL + "wrong loss", "missing output", f"{NAN} {PROBS} {OUT}"),
    ("variance-of-any-sign", ZHA + "numbers out of a function's domain", "missing output", f"{NAN} {OUT}"),
    ("tanh-in-log", GH + "pkmital/tensorflow_tutorials/issues/23", "wrong output", f"{NAN} {PROBS} {OUT} {REACH}"),
    ("values-of-all-pairs", GH + "BY571/QR-DQN/issues/1", "broadcast", "broadcast-loss"),
    ("forecast-of-all-pairs", HUM + "wrong shape", "broadcast", "broadcast-loss"),
    ("game-sigmoid-again", "https://taourl.com/read-2180730.html", "twice", "sigmoid-twice"),
    ("rebuilt-by-lines", HUM + "missing activation", "missing activation", "missing-activation"),
    ("values-by-lines", HUM + "missing activation", "missing activation", "missing-activation"),
    ("graph-by-lines", HUM + "missing activation", "missing activation", "missing-activation"),
    ("relu-not-assigned", ISL + "missing activation", "missing activation", "missing-activation"),
    ("sigmoid-of-sigmoid", ISL + "wrong activation", "repeated", f"repeated-activation {GONE} zigzag {STILL}"),
    ("softmax-between", HUM + "wrong activation", "wrong hidden", f"{GONE} {STILL} {LOW} zigzag {START}"),
    ("sigmoid-convolutions", HUM + "wrong activation", "wrong hidden", f"{GONE} zigzag {STILL} {START} {LOW}"),
    ("equation-relu", "https://arxiv.org/abs/2212.00270", "wrong hidden", f"no-slope {STILL} {LEFT}"),
    ("tanh-small-weights", HUM + "wrong initialisation", "weights", f"{GONE} {START} {STILL} {LOW}"),
    ("convolutions-normal-1", HUM + "wrong initialisation", "weights", f"{START} {FAST}"),
    ("convolutions-constant", HUM + "wrong initialisation", "weights", f"{START} {GONE} dead-units {STILL}"),
    ("relu-rnn-explodes", HUM + "wrong initialisation", "weights", f"{BLOWN} {NAN} {START} {HIGH}"),
    ("graph-of-sums", "https://arxiv.org/abs/1609.02907", "weights", f"{START} {BLOWN} unscaled-inputs {HIGH}"),
    ("wide-embeddings", ZHA + "wrong initialisation", "weights", f"{START} saturation {BLOWN} {LOW}"),
    ("hard-attention", "https://www.codegenes.net/blog/pytorch-argmax-gradient", "cut", f"no-slope {LEFT}"),
    ("code-by-data", ISL + "gradient cut", "cut", f"no-slope {LEFT}"),
    ("lists-between", ZHA + "gradient cut", "cut", f"no-slope {LEFT}"),
    ("state-cut-each-step", GH + "rtqichen/torchdiffeq/issues/79", "cut", f"no-slope {LEFT} {STILL} {GONE}"),
    ("layer-made-anew", HUM + "parameters left out", "left out", f"{LEFT} {STILL}"),
    ("second-head-unused", ISL + "parameters left out", "left out", LEFT),
)


def _tagger() -> nn.Module:
    lstm = nn.LSTM(16, 16, batch_first=True)
    return nn.Sequential(nn.Embedding(24, 16), Whole(lstm), nn.Linear(16, 3), nn.LogSoftmax(1))


def _text(*end: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Embedding(20, 16), Whole(nn.GRU(16, 32, batch_first=True)), nn.Linear(32, 20), *end)


def _forecast(kind: type[nn.Module], *end: nn.Module) -> nn.Module:
    return nn.Sequential(Last(kind(1, 16, batch_first=True)), nn.Linear(16, 1), *end)


def _code_by_data(m: Any, x: Tensor) -> Any:
    return m.decoder(m.encoder(x).data)


def _lists(m: Any, x: Tensor) -> Any:
    return m.b(torch.tensor(torch.relu(m.a(x)).tolist()))


def _made_anew(m: Any, x: Tensor) -> Tensor:
    return nn.Linear(32, 3)(torch.relu(m.fc(x)))


def _fc() -> nn.Module:
    return Wired(faulty.relu_dropped, fc1=nn.Linear(10, 32), fc2=nn.Linear(32, 32), fc3=nn.Linear(32, 3))


def _blocks() -> nn.Module:
    blocks = nn.ModuleList([nn.Sequential(nn.Linear(n, 32), nn.Sigmoid()) for n in (10, 32)])
    return Wired(faulty.sigmoid_again, layers=blocks, out=nn.Linear(32, 3))


def _game() -> nn.Module:
    return faulty.players(nn.Sigmoid())


def programs() -> list[Written]:
    table, text, own = world.groups(), world.words, itself(pixels(-1, 1))
    forecast, code = partial(_forecast, nn.GRU), partial(faulty.autoencoder, 64, 24, 8)
    real = faulty.logit(1.0)
    recipes: dict[str, tuple[Any, ...]] = {
        "tanh-logits": (world.shapes, lambda: pictures(end=nn.Tanh())),
        "mask-sigmoid-again": (world.disks, lambda: masker(nn.Sigmoid()), with_logits),
        "mask-softmax-of-one": (world.disks, lambda: masker(nn.Softmax(1)), bce),
        "mask-clamped": (world.disks, lambda: masker(nn.Hardtanh(0.0, 1.0)), bce),
        "tags-softmax": (world.tags, lambda: dense(16, 32, 5, end=nn.Softmax(1)), bce),
        "tags-logs-of-numbers": (world.tags, lambda: dense(16, 32, 5), faulty.by_hand),
        "tokens-softmax": (world.sentences, lambda: _text(nn.Softmax(2)), tokens, adam(0.01)),
        "tagger-softmax-over-time": (world.tagged, _tagger, partial(each_token, nll), adam(0.01)),
        "attention-over-batch": (text, faulty.attention(faulty.attends_over_batch)),
        "stars-sigmoid": (world.ratings, lambda: faulty.liking(8, nn.Sigmoid()), mse, adam(0.02)),
        "forecast-relu": (world.waves, lambda: forecast(nn.ReLU()), mse, adam(0.01)),
        "torque-tanh": (
            world.changed(world.bent, y=lambda y: 4 * y),
            lambda: dense(6, 32, 1, end=nn.Tanh()),
            mse,
            adam(0.01),
        ),
        "sound-relu": (
            world.changed(itself(world.sounds), lambda x: x.squeeze(1), lambda y: y.squeeze(1)),
            lambda: faulty.autoencoder(512, 64, 16, end=nn.ReLU()),
            mse,
        ),
        "labels-of-minus-one": (
            world.changed(world.groups(10, 2), y=lambda y: 2.0 * y.unsqueeze(1) - 1),
            lambda: dense(10, 16, 1, end=nn.Sigmoid()),
            mse,
            adam(0.01),
        ),
        "teacher-given-probabilities": (
            world.changed(world.groups(10, 4), y=faulty.teacher),
            lambda: dense(10, 32, 4, end=nn.Softmax(1)),
            partial(functional.kl_div, reduction="batchmean"),
        ),
        "counts-of-any-sign": (
            world.counts,
            lambda: dense(6, 32, 1),
            partial(functional.poisson_nll_loss, log_input=False),
        ),
        "variance-of-any-sign": (world.bent, lambda: dense(6, 32, 2), faulty.unsure, adam(0.01)),
        "tanh-in-log": (itself(pixels()), lambda: faulty.autoencoder(64, 32, end=nn.Tanh()), faulty.by_hand),
        "values-of-all-pairs": (
            world.flat(world.bent),
            lambda: dense(6, 32, 1, act=nn.Tanh),
            functional.smooth_l1_loss,
            adam(0.01),
        ),
        "forecast-of-all-pairs": (world.flat(world.waves), partial(_forecast, nn.LSTM), functional.l1_loss, adam(0.01)),
        "game-sigmoid-again": (world.ring, _game, mse, adam(), adversaries(real, faulty.logit(0.0), real)),
        "rebuilt-by-lines": (own, lambda: nn.Sequential(*(code()[i] for i in (0, 2, 4, 6))), mse),
        "values-by-lines": (
            world.states,
            lambda: nn.Sequential(nn.Linear(4, 32), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3)),
            faulty.taken,
        ),
        "graph-by-lines": (world.graphs, lambda: faulty.graph_net(16, 2, act=lambda x: x), tokens, adam(0.01)),
        "relu-not-assigned": (table, _fc),
        "sigmoid-of-sigmoid": (table, _blocks),
        "softmax-between": (table, lambda: dense(10, 32, 32, 32, 3, act=lambda: nn.Softmax(1))),
        "sigmoid-convolutions": (
            world.shapes,
            lambda: faulty.deep_pictures(nn.Sigmoid),
            functional.cross_entropy,
            sgd(0.01),
        ),
        "equation-relu": (world.points, lambda: Wired(poisson_equation, net=dense(1, 32, 32, 1)), left_over),
        "tanh-small-weights": (
            table,
            lambda: started(dense(10, *[32] * 8, 3, act=nn.Tanh), partial(nn.init.normal_, std=0.01)),
        ),
        "convolutions-normal-1": (world.shapes, lambda: started(faulty.deep_pictures(nn.ReLU), nn.init.normal_)),
        "convolutions-constant": (world.shapes, lambda: started(pictures(), lambda w: nn.init.constant_(w, 0.5))),
        "relu-rnn-explodes": (
            world.waves,
            lambda: nn.Sequential(Last(faulty.relu_rnn()), nn.Linear(64, 1)),
            mse,
            sgd(0.01),
        ),
        "graph-of-sums": (partial(world.graphs, scaled=False), lambda: faulty.graph_net(32, 6), tokens),
        "wide-embeddings": (world.clicks, lambda: faulty.liking(64), with_logits),
        "hard-attention": (text, faulty.attention(faulty.hard_attention), functional.cross_entropy, adam(0.01)),
        "code-by-data": (own, lambda: Wired(_code_by_data, encoder=dense(64, 32, 8), decoder=dense(8, 32, 64)), mse),
        "lists-between": (table, lambda: Wired(_lists, a=nn.Linear(10, 32), b=dense(32, 16, 3))),
        "state-cut-each-step": (
            first_of(5),
            lambda: Wired(faulty.forgetful, cell=nn.GRUCell(1, 16), out=nn.Linear(16, 2)),
            functional.cross_entropy,
            adam(0.01),
        ),
        "layer-made-anew": (table, lambda: Wired(_made_anew, fc=nn.Linear(10, 32))),
        "second-head-unused": (table, lambda: faulty.two_heads(b=nn.Linear(32, 5))),
    }
    return written(_TOLD, recipes)
