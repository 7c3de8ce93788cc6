"""More of them: signals that explode or vanish, outputs and inputs that do not fit."""

from functools import partial

from torch import nn
from torch.nn import functional

from .blind_models import (
    Relapsed,
    bce,
    counted,
    divergence,
    lowered,
    narrow,
    stamped,
    unstable,
    wide,
)
from .blind_networks import cnn, mlp, mse
from .blind_program import Written, adam, first_of, itself, loop, pixels, real, sgd, stripes, table, texts

DEEP = "arXiv:2112.04036 (DeepDiagnosis)"
AUTO = "AutoTrainer, ICSE 2021"
TOO_HIGH = "learning-rate-too-high non-finite exploding-gradient dead-units"
OUT = "wrong-output-activation"

_FAULTS: tuple[tuple[str, str, str, str, partial[Written]], ...] = (
    (
        "rnn-explodes",
        "https://github.com/Marcovaldong/lstmp.pytorch/issues/2",
        "exploding gradient",
        "exploding-gradient non-finite unsuited-initialisation learning-rate-too-high",
        partial(Written, data=first_of(60), model=unstable, optimizer=sgd()),
    ),
    (
        "thirty-narrow",
        AUTO,
        "vanishing gradient",
        "unsuited-initialisation vanishing-gradient plateau dead-units",
        partial(Written, data=table("digits"), model=partial(narrow, (64, *[32] * 12, 10), 0.01)),
    ),
    (
        "twenty-wide",
        AUTO,
        "exploding gradient",
        "exploding-gradient unsuited-initialisation non-finite learning-rate-too-high",
        partial(Written, data=table("digits"), model=partial(narrow, (64, *[64] * 12, 10), 0.5), optimizer=sgd()),
    ),
    (
        "bias-minus-ten",
        AUTO,
        "dying ReLU",
        "dead-units",
        partial(Written, data=table("digits"), model=lambda: lowered(-10.0)),
    ),
    (
        "tanh-normal-1",
        DEEP,
        "wrong initialisation",
        "saturation unsuited-initialisation",
        partial(Written, data=table("digits"), model=wide),
    ),
    (
        "cnn-no-activation",
        DEEP,
        "no activation",
        "missing-activation",
        partial(
            Written,
            data=pixels(-1, 1, (1, 8, 8)),
            loss=functional.cross_entropy,
            model=lambda: nn.Sequential(nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3), nn.Flatten(), nn.Linear(256, 10)),
        ),
    ),
    (
        "relu-logits",
        DEEP,
        "wrong output",
        f"{OUT} dead-units",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10, end=nn.ReLU())),
    ),
    (
        "lstm-relu-logits",
        DEEP,
        "wrong output",
        f"{OUT} dead-units",
        partial(Written, data=texts, model=Relapsed, optimizer=adam(0.01)),
    ),
    (
        "tanh-for-prices",
        DEEP,
        "wrong output",
        f"{OUT} unreachable-targets saturation",
        partial(Written, data=counted(50, 400), model=mlp(4, 32, 1, end=nn.Tanh()), loss=mse, optimizer=adam(0.01)),
    ),
    (
        "sigmoid-for-counts",
        DEEP,
        "wrong output",
        f"{OUT} unreachable-targets saturation",
        partial(Written, data=counted(0, 9), model=mlp(4, 32, 1, end=nn.Sigmoid()), loss=mse, optimizer=adam(0.01)),
    ),
    (
        "softmax-for-numbers",
        DEEP,
        "wrong output",
        f"{OUT} unreachable-targets",
        partial(Written, data=itself(table("wine")), model=mlp(13, 8, 13, end=nn.Softmax(1)), loss=mse),
    ),
    (
        "divergence-of-logits",
        DEEP,
        "wrong loss",
        "logits-as-probabilities",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10), loss=divergence),
    ),
    (
        "wine-raw-tanh",
        DEEP,
        "inputs as they are",
        "unscaled-inputs saturation",
        partial(Written, data=table("wine", raw=True), model=mlp(13, 32, 32, 3, act=nn.Tanh)),
    ),
    (
        "cancer-raw-sgd",
        DEEP,
        "inputs as they are",
        f"unscaled-inputs {TOO_HIGH}",
        partial(Written, data=real("breast_cancer", raw=True), model=mlp(30, 32, 1), loss=bce, optimizer=sgd()),
    ),
    (
        "unix-time",
        DEEP,
        "inputs as they are",
        "unscaled-inputs",
        partial(Written, data=stamped, model=mlp(31, 32, 1), loss=bce),
    ),
    (
        "images-255-sigmoid",
        AUTO,
        "inputs as they are",
        "unscaled-inputs saturation",
        partial(Written, data=pixels(0, 255, (1, 8, 8)), model=cnn(10, between=nn.Sigmoid)),
    ),
    (
        "clipped-to-nothing",
        AUTO,
        "rate too low",
        "learning-rate-too-low plateau",
        partial(
            Written,
            data=lambda: stripes(8, 1),
            model=cnn(3),
            optimizer=sgd(0.01),
            loop=loop(after=lambda p, _: nn.utils.clip_grad_norm_(p.model.parameters(), 1e-4)),
        ),
    ),
)


def programs() -> list[Written]:
    return [make(name=name, source=source, fault=fault, names=names) for name, source, fault, names, make in _FAULTS]
