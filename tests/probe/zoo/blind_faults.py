"""Faults that surveys of broken programs list, and that issues report, each in a network of its own."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_posts import Broken, Recurrent, cnn, initialised, mlp, mse
from .blind_program import Data, Written, adam, curve, first_of, itself, loop, pixels, real, sgd, stripes, table, texts
from .case import Patient, called

bce = functional.binary_cross_entropy_with_logits


class Relapsed(nn.Module):
    """An LSTM's classifier that ends with ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 24)
        self.lstm = nn.LSTM(24, 24, batch_first=True)
        self.fc = nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.fc(self.lstm(self.embedding(x))[0][:, -1]) - 1)


class Twins(nn.Module):
    """The distance of two embeddings, as a root that has no slope at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return (self.net(a) - self.net(b)).square().sum(1).sqrt()


class Attending(nn.Module):
    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.encoder(self.embedding(x)).mean(1))


class NoGrad(nn.Module):
    """A backbone that is run without gradients, though it is to be trained."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            features = self.backbone(x)
        return self.head(features)


class Binary(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x > 0).float()


class Sign(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(13, 32), nn.Linear(32, 16), nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(torch.sign(self.b(torch.sign(self.a(x)))))


def narrow(sizes: tuple[int, ...], spread: float) -> nn.Module:
    model = mlp(*sizes)()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, spread) if parameter.dim() > 1 else nn.init.zeros_(parameter)
    return model


def lowered(bias: float) -> nn.Module:
    model = mlp(64, 64, 64, 10)()
    nn.init.constant_(model[2].bias, bias)
    return model


def wide() -> nn.Module:
    model = mlp(64, 200, 200, 10, act=nn.Tanh)()
    return initialised(model, partial(nn.init.normal_, mean=0.0, std=1.0))


def unstable(**more: object) -> nn.Module:
    model = Recurrent(nn.RNN, 1, 2, 32, nonlinearity="relu", **more)
    nn.init.eye_(model.rnn.weight_hh_l0)
    model.rnn.weight_hh_l0.data.mul_(1.4)
    return model


def written_out(p: Tensor, y: Tensor) -> Tensor:
    p = torch.sigmoid(p)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


def twins() -> Data:
    x, y = pixels(0, 1)()
    other = torch.randperm(len(x))
    other[:200] = torch.arange(200)
    return (x, x[other]), (y != y[other]).float()


def logged() -> Data:
    x, y = pixels(0, 1)()
    return x.log(), y


def missing() -> Data:
    x, y = real("diabetes")()
    x[7, 2] = float("nan")
    return x, y


def stamped() -> Data:
    """Unix time beside features that are standardised."""
    x, y = real("breast_cancer")()
    return torch.cat([x, 1.7e9 + 1e7 * torch.rand(len(x), 1)], 1), y


def counted(low: float, high: float) -> Callable[[], Data]:
    return curve(-2, 2, lambda x: low + (high - low) * torch.sigmoid(x.sum(1, keepdim=True)), 4)


def contrasted(distance: Tensor, apart: Tensor) -> Tensor:
    return ((1 - apart) * distance**2 + apart * functional.relu(1 - distance) ** 2).mean()


def divergence(p: Tensor, y: Tensor) -> Tensor:
    return functional.kl_div(p, functional.one_hot(y, 10).float(), reduction="batchmean")


def never_cleared(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.loss_fn(called(patient.model, x), y).backward()
        patient.optimizer.step()


def cleared_too_late(patient: Patient) -> None:
    for x, y in patient.batches:
        loss = patient.loss_fn(called(patient.model, x), y)
        loss.backward()
        patient.optimizer.zero_grad(set_to_none=False)
        patient.optimizer.step()


def wrapped_again(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        torch.tensor(float(patient.loss_fn(called(patient.model, x), y)), requires_grad=True).backward()
        patient.optimizer.step()


def head_only(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters[-2:], lr=1e-3)


DEEP = "arXiv:2112.04036 (DeepDiagnosis)"
AUTO = "AutoTrainer, ICSE 2021"
TORCH = "https://github.com/pytorch/pytorch/issues/"
TOO_HIGH = "learning-rate-too-high non-finite exploding-gradient dead-units"
OUT = "wrong-output-activation"

_FAULTS: tuple[tuple[str, str, str, str, partial[Written]], ...] = (
    (
        "adam-1",
        "https://taourl.com/read-2031096.html",
        "rate too high",
        f"{TOO_HIGH} saturation",
        partial(Written, data=table("digits"), model=mlp(64, 64, 64, 10), optimizer=adam(1.0)),
    ),
    (
        "cnn-adam-0.3",
        AUTO,
        "rate too high",
        TOO_HIGH,
        partial(Written, data=pixels(-1, 1, (1, 8, 8)), model=cnn(10), optimizer=adam(0.3)),
    ),
    (
        "oscillating-sgd",
        AUTO,
        "rate too high",
        TOO_HIGH,
        partial(Written, data=table("digits"), model=mlp(64, 128, 10), optimizer=sgd(5.0)),
    ),
    (
        "transformer-adam-0.1",
        DEEP,
        "rate too high",
        f"{TOO_HIGH} saturation",
        partial(Written, data=texts, model=Attending, optimizer=adam(0.1)),
    ),
    (
        "never-cleared",
        "https://preproom.ai/learn/model-training-pytorch.html",
        "zero_grad",
        f"kept-gradients {TOO_HIGH}",
        partial(Written, data=table("digits"), model=mlp(64, 64, 64, 10), optimizer=sgd(0.1), loop=never_cleared),
    ),
    (
        "cleared-too-late",
        "https://velog.io/@rhss10",
        "zero_grad",
        "unreached-parameters plateau learning-rate-too-low no-slope",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10), optimizer=sgd(0.1), loop=cleared_too_late),
    ),
    (
        "loss-wrapped-again",
        "https://prodopsy.com/?p=470",
        "parameters left out",
        "unreached-parameters plateau no-slope",
        partial(Written, data=table("wine"), model=mlp(13, 32, 3), loop=wrapped_again),
    ),
    (
        "optimizer-of-the-head",
        "https://www.codegenes.net/blog/loss-not-become-small-pytorch",
        "parameters left out",
        "unreached-parameters",
        partial(Written, data=table("digits"), model=mlp(64, 64, 32, 10), optimizer=head_only),
    ),
    (
        "backbone-no-grad",
        "https://github.com/sum-coderepo/DeepLearning-Pytorch",
        "parameters left out",
        "unreached-parameters no-slope",
        partial(Written, data=pixels(-1, 1, (1, 8, 8)), model=NoGrad),
    ),
    (
        "rounded",
        DEEP,
        "no slope",
        "no-slope unreached-parameters",
        partial(Written, data=table("digits"), model=lambda: Broken(torch.round)),
    ),
    (
        "threshold-units",
        DEEP,
        "no slope",
        "no-slope unreached-parameters",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10, act=Binary)),
    ),
    (
        "sign-units",
        DEEP,
        "no slope",
        "no-slope unreached-parameters vanishing-gradient",
        partial(Written, data=table("wine"), model=Sign),
    ),
    (
        "logs-by-hand",
        TORCH + "103316",
        "nan",
        "non-finite",
        partial(
            Written, data=real("breast_cancer", raw=False), model=mlp(30, 64, 1), loss=written_out, optimizer=adam(0.1)
        ),
    ),
    ("root-of-zero", TORCH + "6394", "nan", "non-finite", partial(Written, data=twins, model=Twins, loss=contrasted)),
    (
        "log-of-pixels",
        "https://www.codegenes.net/blog/pytorch-cost-result-is-nan",
        "nan",
        "non-finite",
        partial(Written, data=logged, model=mlp(64, 32, 10)),
    ),
    (
        "missing-value",
        "https://duoke360.com/post/34901",
        "nan",
        "non-finite",
        partial(Written, data=missing, model=mlp(10, 32, 1), loss=mse),
    ),
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
