"""Programs of people who asked why theirs does not learn: outputs, losses and inputs that do not fit."""

from functools import partial

from torch import nn
from torch.nn import functional

from .blind_networks import Recurrent, keras_bce, mlp, mse, positive, rewarded, unlucky, xor
from .blind_program import Written, adam, curve, real, sgd, table

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
)


def programs() -> list[Written]:
    return [make(name=name, source=source, fault=fault, names=names) for name, source, fault, names, make in _FAULTS]
