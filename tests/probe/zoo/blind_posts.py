"""Programs of people who asked why theirs does not learn, rewritten for data that comes with a package."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_program import Written, adam, curve, first_of, itself, pixels, real, sgd, table

mse = functional.mse_loss


def mlp(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU, end: nn.Module | None = None) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), act()]
        return nn.Sequential(*layers[:-1], *([end] if end else []))

    return build


def cnn(
    classes: int, end: nn.Module | None = None, between: Callable[[], nn.Module] = nn.ReLU
) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        features = [
            nn.Conv2d(1, 8, 3, padding=1),
            between(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            between(),
        ]
        head = [nn.Flatten(), nn.Linear(256, 32), between(), nn.Linear(32, classes)]
        return nn.Sequential(*features, *head, *([end] if end else []))

    return build


class Kept(nn.Module):
    """Layers in a plain list, which are not registered."""

    def __init__(self, registered: bool = False) -> None:
        super().__init__()
        self.first = nn.Linear(64, 64)
        layers = [nn.Linear(64, 64), nn.Linear(64, 64)]
        self.layers = nn.ModuleList(layers) if registered else layers
        self.last = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.first(x))
        for layer in self.layers:
            x = functional.relu(layer(x))
        return self.last(x)


class Broken(nn.Module):
    """Features that something stands in the way of."""

    def __init__(self, way: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32))
        self.head = nn.Linear(32, 10)
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.way(self.encoder(x)))


class Recurrent(nn.Module):
    def __init__(
        self, kind: Callable[..., nn.Module], inputs: int, classes: int, hidden: int = 24, **more: object
    ) -> None:
        super().__init__()
        self.rnn = kind(inputs, hidden, batch_first=True, **more)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


def unlucky() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 1), nn.Sigmoid())
    nn.init.uniform_(model[0].weight, -0.05, 0.0)
    nn.init.zeros_(model[0].bias)
    return model


def keras_bce(p: Tensor, y: Tensor) -> Tensor:
    """Keras does not look whether targets are between 0 and 1."""
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


def one_sided(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.clamp(1e-7, 1.0).log()).mean()


def one_hot(loss: Callable[[Tensor, Tensor], Tensor], classes: int) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda p, y: loss(p, functional.one_hot(y, classes).float())


def summed(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.clamp_min(1e-7).log()).sum(1).mean()


def rewarded(p: Tensor, y: Tensor) -> Tensor:
    """Policy gradient: the reward is 1 for the right of the actions and else 0."""
    return -(p.gather(1, y.unsqueeze(1)).clamp_min(1e-9).log()).mean()


def positive(x: Tensor) -> Tensor:
    return (x.sum(1, keepdim=True) > 1).float()


def xor() -> tuple[Tensor, Tensor]:
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]).repeat(64, 1)
    return x, (x.sum(1, keepdim=True) == 1).float()


def stocks() -> tuple[Tensor, Tensor]:
    """Prices and volumes of 20 days, and tomorrow's price in thousands."""
    price = 20000 + 300 * torch.randn(512, 21).cumsum(1)
    volume = 1e6 * torch.rand(512, 20)
    return torch.stack([price[:, :-1], volume], 2), price[:, -1:] / 1000


SE = "https://stats.stackexchange.com/questions/"
DS = "https://datascience.stackexchange.com/questions/"
AI = "https://ai.stackexchange.com/questions/"
GH = "https://github.com/"
NN = "https://runebook.dev/en/docs/pytorch/generated/"
OUT = "wrong-output-activation"
RATE = "non-finite unscaled-inputs learning-rate-too-high exploding-gradient"

_FAULTS: tuple[tuple[str, str, str, str, partial[Written]], ...] = (
    (
        "digits-one-sigmoid",
        DS + "38604",
        "wrong loss",
        f"unreachable-targets {OUT}",
        partial(Written, data=real("digits", raw=True), model=mlp(64, 64, 1, end=nn.Sigmoid()), loss=keras_bce),
    ),
    (
        "xor-always-half",
        "https://z.id.vn/neural-network-converges-to-0-5-for-xor",
        "wrong activation",
        "plateau learning-rate-too-low vanishing-gradient zigzag",
        partial(Written, data=xor, model=mlp(2, 2, 1, act=nn.Sigmoid, end=nn.Sigmoid()), loss=mse, optimizer=sgd(0.35)),
    ),
    (
        "softmax-one-output",
        "https://techqa.club/v/q/activation-functions-softmax-vs-sigmoid-65258468",
        "wrong output",
        f"{OUT} no-slope unreachable-targets",
        partial(Written, data=real("breast_cancer"), model=mlp(30, 32, 1, end=nn.Softmax(1)), loss=keras_bce),
    ),
    (
        "unlucky-relu",
        SE + "450100",
        "dying ReLU",
        "dead-units",
        partial(Written, data=curve(0, 1, positive, 2), model=unlucky, loss=functional.binary_cross_entropy),
    ),
    (
        "line-relu-output",
        "https://community.deeplearning.ai/t/loss-values-do-not-change/324182",
        "wrong output",
        f"{OUT} unreachable-targets dead-units",
        partial(Written, data=curve(-1, 5, lambda x: 2 * x - 1), model=mlp(1, 4, 2, 1, end=nn.ReLU()), loss=mse),
    ),
    (
        "sum-of-five",
        AI + "28864",
        "dying ReLU",
        "dead-units learning-rate-too-high unscaled-inputs non-finite",
        partial(
            Written,
            data=curve(1, 50, lambda x: x.sum(1, keepdim=True), 5),
            model=mlp(5, 2, 1),
            loss=mse,
            optimizer=sgd(0.001),
        ),
    ),
    (
        "targets-broadcast",
        "https://discuss.pytorch.org/t/148155",
        "broadcast loss",
        f"broadcast-loss plateau unreachable-targets {OUT}",
        partial(Written, data=curve(0, 1, lambda x: x.sum(1), 3), model=mlp(3, 32, 1), loss=mse, optimizer=adam(0.01)),
    ),
    (
        "tv-regression",
        SE + "284189",
        "inputs as they are",
        RATE,
        partial(
            Written,
            data=curve(0, 400, lambda x: 0.05 * x + 7),
            model=lambda: nn.Linear(1, 1),
            loss=mse,
            optimizer=sgd(),
        ),
    ),
    (
        "line-times-100",
        "https://mejorcodigo.com/p/45698.html",
        "inputs as they are",
        RATE,
        partial(
            Written, data=curve(0, 100, lambda x: 5 * x + 3), model=lambda: nn.Linear(1, 1), loss=mse, optimizer=sgd()
        ),
    ),
    (
        "fourth-power",
        "http://stackoverflow.com/questions/52800582",
        "inputs as they are",
        "unscaled-inputs unscaled-targets saturation learning-rate-too-low exploding-gradient",
        partial(
            Written,
            data=curve(-100, 100, lambda x: x**4),
            loss=mse,
            optimizer=adam(0.01),
            model=lambda: nn.Sequential(nn.Linear(1, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.ELU(), nn.Linear(50, 1)),
        ),
    ),
    (
        "two-linear-parabola",
        SE + "418955",
        "no activation",
        f"missing-activation unscaled-targets {RATE}",
        partial(
            Written,
            data=curve(-1.7, 1.7, lambda x: (29 * x + 50) ** 2 + 3),
            loss=mse,
            optimizer=sgd(),
            model=lambda: nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1)),
        ),
    ),
    (
        "four-sigmoid-layers",
        AI + "16557",
        "vanishing gradient",
        "vanishing-gradient zigzag plateau unsuited-initialisation saturation learning-rate-too-low",
        partial(
            Written,
            data=real("diabetes"),
            model=mlp(10, 100, 100, 100, 100, 1, act=nn.Sigmoid),
            loss=mse,
            optimizer=sgd(),
        ),
    ),
    (
        "eight-sigmoid-layers",
        "https://www.mohdvasim.com/blog/deep-learning/03-activations/01-vanishing-gradient",
        "vanishing gradient",
        "vanishing-gradient plateau zigzag unsuited-initialisation",
        partial(Written, data=table("digits"), model=mlp(64, *[40] * 8, 10, act=nn.Sigmoid), optimizer=sgd(0.1)),
    ),
    (
        "points-log-softmax-0",
        GH + "fxia22/pointnet.pytorch/issues/27",
        "softmax over the batch",
        "softmax-over-batch",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10, end=nn.LogSoftmax(0)), loss=functional.nll_loss),
    ),
    (
        "policy-softmax-0",
        GH + "DeepReinforcementLearning/DeepReinforcementLearningInAction/issues/32",
        "softmax over the batch",
        "softmax-over-batch",
        partial(Written, data=table("iris"), model=mlp(4, 150, 3, act=nn.LeakyReLU, end=nn.Softmax(0)), loss=rewarded),
    ),
    (
        "rnn-softmax-nll",
        GH + "pytorch/pytorch/issues/2623",
        "wrong loss",
        f"logits-as-probabilities {OUT}",
        partial(
            Written,
            data=table("digits", shape=(8, 8)),
            loss=functional.nll_loss,
            optimizer=adam(0.005),
            model=lambda: nn.Sequential(Recurrent(nn.RNN, 8, 10, 64), nn.Softmax(1)),
        ),
    ),
    (
        "sigmoid-before-logits",
        NN + "torch.nn.bcewithlogitsloss",
        "twice",
        "sigmoid-twice",
        partial(
            Written,
            data=real("breast_cancer"),
            model=mlp(30, 32, 16, 1, end=nn.Sigmoid()),
            loss=functional.binary_cross_entropy_with_logits,
        ),
    ),
    (
        "sigmoid-before-classes",
        NN + "torch.nn.functional.sigmoid",
        "wrong output",
        f"{OUT} sigmoid-twice",
        partial(Written, data=table("wine"), model=mlp(13, 32, 3, end=nn.Sigmoid())),
    ),
    (
        "softmax-before-classes",
        "https://datarekha.com/interview/deep-learning/debugging-model-not-learning/",
        "twice",
        "softmax-twice",
        partial(Written, data=pixels(-1, 1, (1, 8, 8)), model=cnn(10, nn.Softmax(1))),
    ),
    (
        "plain-list",
        "https://www.engineermaxxing.com/micro/lessons/pytorch-internals.html",
        "parameters left out",
        "unreached-parameters",
        partial(Written, data=table("digits"), model=Kept),
    ),
    (
        "detached-features",
        GH + "sum-coderepo/DeepLearning-Pytorch",
        "parameters left out",
        "unreached-parameters no-slope",
        partial(Written, data=table("digits"), model=lambda: Broken(Tensor.detach)),
    ),
    (
        "zeros",
        "https://community.deeplearning.ai/t/121049",
        "wrong initialisation",
        "unsuited-initialisation dead-units plateau vanishing-gradient no-slope",
        partial(Written, data=table("wine"), model=lambda: initialised(mlp(13, 32, 32, 3)(), nn.init.zeros_)),
    ),
    (
        "all-the-same",
        "https://pages.dogdog.run/machine_learning/weight_initialization.html",
        "wrong initialisation",
        "unsuited-initialisation",
        partial(
            Written,
            data=table("wine"),
            optimizer=sgd(0.1),
            model=lambda: initialised(mlp(13, 32, 32, 3, act=nn.Tanh)(), partial(nn.init.constant_, val=0.1)),
        ),
    ),
    (
        "thousands",
        "https://taourl.com/read-2208585.html",
        "wrong initialisation",
        "unsuited-initialisation exploding-gradient non-finite learning-rate-too-high",
        partial(
            Written,
            data=real("diabetes"),
            loss=mse,
            optimizer=sgd(),
            model=lambda: initialised(mlp(10, 50, 1)(), partial(nn.init.uniform_, a=-1000, b=1000)),
        ),
    ),
    (
        "times-thousand",
        "http://www.taourl.com/read-2589871.html",
        "inputs as they are",
        "unscaled-inputs saturation",
        partial(
            Written,
            data=curve(-2000, 2000, lambda x: (x.sum(1, keepdim=True) > 0).float(), 10),
            model=mlp(10, 64, 1, end=nn.Sigmoid()),
            loss=functional.binary_cross_entropy,
        ),
    ),
    (
        "tiny-rate",
        "https://taourl.com/read-2391810.html",
        "rate too low",
        "learning-rate-too-low plateau",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10), optimizer=sgd(1e-5)),
    ),
    (
        "rebuilt-scaled-sigmoid",
        "https://stackoverflow.com/questions/52441877",
        "wrong output",
        f"unreachable-targets {OUT}",
        partial(Written, data=itself(table("digits")), model=mlp(64, 24, 64, end=nn.Sigmoid()), loss=mse),
    ),
    (
        "rebuilt-raw-sigmoid",
        "https://stackoverflow.com/questions/24732888",
        "wrong output",
        f"unreachable-targets unscaled-inputs {OUT} saturation",
        partial(
            Written, data=itself(pixels(0, 255)), model=mlp(64, 24, 64, act=nn.Sigmoid, end=nn.Sigmoid()), loss=mse
        ),
    ),
    (
        "classes-sigmoid-summed",
        DS + "91069",
        "wrong output",
        f"{OUT} logits-as-probabilities",
        partial(Written, data=table("digits"), model=mlp(64, 64, 10, end=nn.Sigmoid()), loss=one_hot(summed, 10)),
    ),
    (
        "one-output-categorical",
        SE + "565956",
        "wrong loss",
        f"{OUT} saturation",
        partial(
            Written,
            data=real("breast_cancer"),
            model=mlp(30, 32, 1, end=nn.Sigmoid()),
            loss=one_sided,
            optimizer=adam(0.01),
        ),
    ),
    (
        "linear-on-linear",
        "https://androidkt.com/pytorch-bcewithlogitsloss-with-example/",
        "no activation",
        "missing-activation",
        partial(
            Written,
            data=real("breast_cancer"),
            model=mlp(30, 64, 32, 1, act=nn.Identity),
            loss=functional.binary_cross_entropy_with_logits,
        ),
    ),
    (
        "prices-lstm",
        "https://discuss.pytorch.org/ (data normalization, learning rate and loss)",
        "inputs as they are",
        "unscaled-inputs saturation",
        partial(Written, data=stocks, model=lambda: Recurrent(nn.LSTM, 2, 1), loss=mse, optimizer=adam(0.01)),
    ),
    (
        "nll-of-logits",
        NN + "torch.nn.nllloss/torch.nn.NLLLoss",
        "wrong loss",
        "logits-as-probabilities",
        partial(Written, data=table("wine"), model=mlp(13, 32, 3), loss=functional.nll_loss),
    ),
    (
        "first-of-eighty",
        "https://stackoverflow.com/questions/20009078",
        "vanishing gradient",
        "vanishing-gradient plateau",
        partial(Written, data=first_of(80), model=lambda: Recurrent(nn.RNN, 1, 2)),
    ),
)


def initialised(model: nn.Module, how: Callable[[Tensor], object]) -> nn.Module:
    for parameter in model.parameters():
        how(parameter.data)
    return model


def programs() -> list[Written]:
    return [make(name=name, source=source, fault=fault, names=names) for name, source, fault, names, make in _FAULTS]
