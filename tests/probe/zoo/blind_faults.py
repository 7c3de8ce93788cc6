"""Faults that surveys of broken programs list, and that issues report, each in a network of its own."""

from functools import partial

import torch

from .blind_models import (
    Attending,
    Binary,
    NoGrad,
    Sign,
    Twins,
    cleared_too_late,
    contrasted,
    head_only,
    logged,
    missing,
    never_cleared,
    twins,
    wrapped_again,
    written_out,
)
from .blind_networks import Broken, cnn, mlp, mse
from .blind_program import Written, adam, pixels, real, sgd, table, texts

DEEP = "arXiv:2112.04036 (DeepDiagnosis)"
AUTO = "AutoTrainer, ICSE 2021"
TORCH = "https://github.com/pytorch/pytorch/issues/"
TOO_HIGH = "learning-rate-too-high non-finite exploding-gradient dead-units"

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
)


def programs() -> list[Written]:
    return [make(name=name, source=source, fault=fault, names=names) for name, source, fault, names, make in _FAULTS]
