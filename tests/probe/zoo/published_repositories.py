"""Models by the patterns of AutoTrainer's sets, and bugs that issues of repositories on GitHub report.

AutoTrainer (Zhang et al., 2021): the sick of its Blob and Circle sets are deep networks of five units a layer.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from .program import Program, sgd
from .published_data import digits, images, iris, labelled_words, ring, standardised, three_blobs, volumes, words
from .published_models import CharRnn, Tagger, exponential, he_uniform, le_net, softmax, stack, uniform, volumetric


def halves(y: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(y.flatten(0, 1), t.flatten())


bce, ce, logits = nn.BCELoss(), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()


PROGRAMS = (
    Program(
        "AutoTrainer's Blob, exponential",
        "ten exponentials in a row",
        "non-finite exploding-gradient unsuited-initialisation",
        three_blobs,
        lambda: he_uniform(stack((2, *[5] * 9, 3), exponential)),
        ce,
    ),
    Program(
        "AutoTrainer's Blob, sigmoid",
        "nine sigmoids in a row",
        "vanishing-gradient",
        three_blobs,
        lambda: he_uniform(stack((2, *[5] * 9, 3), nn.Sigmoid)),
        ce,
    ),
    Program(
        "AutoTrainer's Circle, sigmoid",
        "eleven sigmoids in a row",
        "vanishing-gradient",
        ring,
        lambda: he_uniform(stack((2, *[5] * 11, 1), nn.Sigmoid, nn.Sigmoid)),
        bce,
    ),
    Program(
        "AutoTrainer's Circle, uniform",
        "weights within 0.05 in eight layers",
        "unsuited-initialisation vanishing-gradient dead-units",
        ring,
        lambda: uniform(stack((2, *[5] * 8, 1), nn.ReLU, nn.Sigmoid)),
        bce,
    ),
    Program(
        "AutoTrainer's Circle, exponential",
        "eleven exponentials in a row",
        "non-finite exploding-gradient unsuited-initialisation",
        ring,
        lambda: he_uniform(stack((2, *[5] * 11, 1), exponential)),
        logits,
    ),
    Program(
        "wolny/pytorch-3dunet#45",
        "softmax before cross-entropy, for every voxel",
        "softmax-twice",
        volumes,
        volumetric,
        ce,
        batch=8,
        architecture="convolutional",
    ),
    Program(
        "giotto-ai/giotto-deep#34",
        "softmax before cross-entropy",
        "softmax-twice",
        standardised(iris),
        partial(stack, (4, 16, 8, 3), nn.ReLU, softmax),
        ce,
    ),
    Program(
        "GiorgiaD/PEPITA#1",
        "softmax before cross-entropy",
        "softmax-twice",
        digits(1 / 16),
        partial(stack, (64, 128, 10), nn.ReLU, softmax, 0.1),
        ce,
        sgd(0.1),
        64,
    ),
    Program(
        "soumith/cvpr2015#6",
        "the affine layers of LeNet follow each other",
        "missing-activation",
        images,
        lambda: le_net(nn.Identity),
        ce,
        architecture="convolutional",
    ),
    Program(
        "cleverhans-lab/cleverhans#1237",
        "two affine layers in a row",
        "missing-activation",
        images,
        lambda: nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 64), nn.Linear(64, 10)),
        ce,
        architecture="convolutional",
    ),
    Program(
        "pytorch/tutorials#647",
        "a recurrent network without one non-linear function",
        "missing-activation",
        words,
        CharRnn,
        lambda y, t: functional.nll_loss(y.flatten(0, 1), t.flatten()),
        architecture="recurrent",
    ),
    Program(
        "neulab/dynet-benchmark#8",
        "two affine layers in a row behind the LSTM",
        "missing-activation",
        labelled_words,
        Tagger,
        halves,
        architecture="recurrent",
    ),
    Program("soumith/cvpr2015#6, repaired", "", "", images, partial(le_net, nn.ReLU), ce, architecture="convolutional"),
)
