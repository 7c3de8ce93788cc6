"""More of them: what stands before the loss, what is left out, how weights begin."""

from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import Broken, Kept, Recurrent, cnn, initialised, mlp, mse, one_hot, one_sided, stocks, summed
from .blind_program import Written, adam, curve, first_of, itself, pixels, real, sgd, table

SE = "https://stats.stackexchange.com/questions/"
DS = "https://datascience.stackexchange.com/questions/"
GH = "https://github.com/"
NN = "https://runebook.dev/en/docs/pytorch/generated/"
OUT = "wrong-output-activation"

_FAULTS: tuple[tuple[str, str, str, str, partial[Written]], ...] = (
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


def programs() -> list[Written]:
    return [make(name=name, source=source, fault=fault, names=names) for name, source, fault, names, make in _FAULTS]
