"""Programs of StackOverflow's questions, by number, and one of a repository beside them.

Their bugs were established from the benchmark of Wardat, Le and Rajan, DeepLocalize (2021), which holds each program
with its correction, and 59278771 from a copy with remarks; no line is theirs. Of 31627380 the raw columns are the bug
that can be shown: softmax of two units, which is corrected there, is sound. Left out, because no bug could be
established: 44164749 and Traffic-Sign-Classifier (one sound activation is replaced by another), 34673164 and 50481178
(the data is unknown), 42514960, 42800203 and 46995209 (the program is unknown).
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from .program import Program, sgd
from .published_data import (
    bits,
    constants,
    counts,
    digits,
    houses,
    images,
    iris,
    line,
    objects,
    passengers,
    roots,
    standardised,
    three_columns,
    xor,
)
from .published_models import convolutional, normal, softmax, stack, uniform

ONE_UNIT = "wrong-output-activation no-slope plateau unreachable-targets"
"""Softmax of one unit is always 1: it cannot reach a target of 0 and passes no gradient."""

bce, mse, ce, mae, logits = nn.BCELoss(), nn.MSELoss(), nn.CrossEntropyLoss(), nn.L1Loss(), nn.BCEWithLogitsLoss()
rms = partial(torch.optim.RMSprop, lr=1e-3)


PROGRAMS = (
    Program(
        "31627380",
        "ages, fares and numbers of cabins go in unscaled",
        "unscaled-inputs",
        passengers,
        partial(stack, (10, 512, 2), nn.ReLU, dropout=0.5),
        ce,
        batch=4,
    ),
    Program(
        "31880720",
        "softmax of one unit",
        ONE_UNIT,
        constants,
        lambda: nn.Sequential(nn.Linear(128, 50), nn.ReLU(), *stack((50, 50, 1), nn.ReLU, softmax, 0.2)),
        bce,
        rms,
        1,
    ),
    Program(
        "33969059",
        "softmax of one unit, for a regression",
        ONE_UNIT,
        line(3, 10_000.0),
        lambda: uniform(stack((3, 3, 2, 1), nn.Tanh, softmax, 0.5)),
        mse,
        sgd(0.1, 0.9),
    ),
    Program(
        "34311586",
        "softmax of one unit",
        ONE_UNIT,
        xor,
        lambda: uniform(stack((2, 2, 3, 1), nn.Sigmoid, softmax)),
        mse,
        sgd(1e-3, 0.9),
    ),
    Program(
        "38648195",
        "softmax for labels of which several hold",
        "wrong-output-activation unreachable-targets",
        counts,
        partial(stack, (20, 20, 20, 3), nn.ReLU, softmax, 0.5),
        mse,
        sgd(0.01),
        20,
    ),
    Program(
        "39217567",
        "three small sigmoids, and targets shuffled apart from their inputs",
        "plateau vanishing-gradient unsuited-initialisation",
        bits,
        lambda: normal(0.05, stack((8, 8, 8, 8), nn.Sigmoid, nn.Sigmoid)),
        mse,
        sgd(0.01),
        50,
    ),
    Program(
        "39525358",
        "three raw columns",
        "unscaled-inputs",
        three_columns,
        lambda: uniform(stack((3, 12, 3, 1), nn.ReLU, nn.Sigmoid)),
        bce,
        batch=10,
    ),
    Program(
        "45337371",
        "softmax of one unit: its gradient is asked for and is 0",
        ONE_UNIT,
        roots,
        partial(stack, (5, 60, 50, 1), nn.ReLU, softmax),
        bce,
    ),
    Program(
        "45442843",
        "softmax of one unit",
        ONE_UNIT,
        line(1, 100.0, answer=True),
        partial(stack, (1, 1, 1), nn.Sigmoid, softmax),
        mae,
        rms,
        200,
    ),
    Program(
        "47352366",
        "relu on logits",
        "wrong-output-activation",
        images,
        lambda: convolutional(nn.ReLU()),
        ce,
        batch=50,
        architecture="convolutional",
    ),
    Program(
        "48221692",
        "sigmoid before targets beyond 1",
        "unreachable-targets wrong-output-activation",
        line(1, 10.0),
        partial(stack, (1, 5, 1), nn.Sigmoid, nn.Sigmoid),
        mse,
        sgd(0.01),
        100,
    ),
    Program(
        "48251943",
        "relu before signed targets",
        "unreachable-targets wrong-output-activation",
        line(2, 1.0),
        partial(stack, (2, 4, 1), nn.ReLU, nn.ReLU),
        mse,
        sgd(0.01),
        10,
    ),
    Program(
        "48385830",
        "no activation anywhere",
        "missing-activation",
        digits(1 / 16),
        lambda: normal(1.0, stack((64, 30, 10), nn.Identity)),
        lambda y, t: functional.mse_loss(y, functional.one_hot(t, 10).float()),
        sgd(3.0),
        10,
    ),
    Program(
        "50079585",
        "one sigmoid for three classes",
        "unreachable-targets wrong-output-activation",
        objects,
        lambda: convolutional(None, 1),
        logits,
        rms,
        16,
        "convolutional",
    ),
    Program(
        "51930566",
        "sigmoid for three classes",
        "wrong-output-activation",
        iris,
        lambda: normal(0.05, stack((4, 4, 3), nn.ReLU, nn.Sigmoid)),
        ce,
        batch=5,
    ),
    Program(
        "55328966",
        "pixels of 0 to 255, a layer without activation, sigmoid for ten classes",
        "unscaled-inputs missing-activation wrong-output-activation",
        digits(255 / 16),
        lambda: nn.Sequential(nn.Linear(64, 64), *stack((64, 50, 10), nn.ReLU, nn.Sigmoid)),
        ce,
        sgd(1e-4),
    ),
    Program(
        "59278771",
        "sigmoid for three classes",
        "wrong-output-activation",
        standardised(iris),
        lambda: normal(0.05, stack((4, 4, 3), nn.ReLU, nn.Sigmoid)),
        ce,
        batch=5,
    ),
    Program(
        "kaggle-melbourne_properties",
        "areas and years go into tanh unscaled",
        "unscaled-inputs saturation",
        houses,
        partial(stack, (12, 20, 20, 1), nn.Tanh),
        mse,
        batch=1,
    ),
    Program(
        "31880720, repaired", "", "", constants, partial(stack, (128, 50, 50, 1), nn.ReLU, nn.Sigmoid, 0.2), bce, rms
    ),
    Program("45337371, repaired", "", "", roots, partial(stack, (5, 60, 50, 1), nn.ReLU, nn.Sigmoid), bce),
    Program(
        "47352366, repaired", "", "", images, lambda: convolutional(None), ce, batch=50, architecture="convolutional"
    ),
    Program("48221692, repaired", "", "", line(1, 1.0), partial(stack, (1, 5, 1), nn.Sigmoid), mse, sgd(0.01), 100),
    Program("51930566, repaired", "", "", standardised(iris), partial(stack, (4, 4, 3), nn.ReLU), ce, batch=5),
)
