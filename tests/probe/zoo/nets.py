"""Healthy networks of their own kind: residual, depthwise, U-shaped, causal, generative, gated, mixed."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .architectures import Function, he
from .case import Group, Patient
from .modules import Causal, Gated, Mixture, Residual, Sine, TwoHeads, UNet, Variational, block, depthwise
from .tasks import TASKS, batches

Loss = Callable[[Any, Any], torch.Tensor]


@dataclass(frozen=True)
class Own:
    name: str
    architecture: str
    task: str
    build: Callable[[int], Patient]
    group: Group


def trained(model: nn.Module, loss: Loss, drawn: list[tuple[Any, Any]], lr: float = 2e-3) -> Patient:
    return Patient(model, loss, drawn, torch.optim.Adam(model.parameters(), lr=lr), len(drawn))


def table(name: str, seed: int, size: int = 32, steps: int = 100) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return batches(TASKS[name], seed, size, steps, lambda x: x)


def _resnet(seed: int) -> Patient:
    torch.manual_seed(seed)
    stem = [nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True)]
    layers = [block(8, 8), nn.MaxPool2d(2), block(8, 16), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)]
    return trained(nn.Sequential(*stem, *layers), nn.CrossEntropyLoss(), table("digit images", seed), 5e-3)


def _mobilenet(seed: int) -> Patient:
    torch.manual_seed(seed)
    stem = [nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU6()]
    layers = [depthwise(8), depthwise(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)]
    return trained(nn.Sequential(*stem, *layers), nn.CrossEntropyLoss(), table("gratings", seed), 1e-2)


def _unet(seed: int) -> Patient:
    torch.manual_seed(seed)
    drawn = [(x, (x > 1.0).float()) for x, _ in table("spots", seed, 16)]
    return trained(UNet(8), nn.BCEWithLogitsLoss(), drawn, 5e-3)


def _causal(seed: int) -> Patient:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(100):
        text = torch.as_tensor(rng.integers(0, 8, (32, 3))).repeat(1, 4)
        drawn.append((text[:, :-1], text[:, 1:]))
    return trained(Causal(8, 32, 11), lambda y, t: functional.cross_entropy(y.flatten(0, 1), t.flatten()), drawn, 5e-3)


def _autoencoder(seed: int) -> Patient:
    torch.manual_seed(seed)
    widths = [64, 32, 8, 32, 64]
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    drawn = [(x / 4, x / 4) for x, _ in table("digits", seed)]
    return trained(nn.Sequential(*layers[:-1]), nn.MSELoss(), drawn, 3e-3)


def _variational(seed: int) -> Patient:
    torch.manual_seed(seed)

    def loss(outputs: Any, x: torch.Tensor) -> torch.Tensor:
        y, mean, log_variance = outputs
        return functional.mse_loss(y, x) + 0.01 * (mean**2 + log_variance.exp() - log_variance - 1).mean()

    return trained(Variational(), loss, [(x, x) for x, _ in table("digits", seed)])


def _contrastive(seed: int) -> Patient:
    """Two noisy views of each sample find each other among the batch."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 16), Function(lambda x: functional.normalize(x)))

    def loss(y: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        first, second = y.chunk(2)
        return functional.cross_entropy(first @ second.T / 0.2, torch.arange(len(first)))

    drawn = [(torch.cat([x, x]) + 0.3 * torch.randn(2 * len(x), 64), y) for x, y in table("digits", seed)]
    return trained(model, loss, drawn)


def _two_heads(seed: int) -> Patient:
    torch.manual_seed(seed)

    def loss(outputs: Any, targets: Any) -> torch.Tensor:
        return functional.cross_entropy(outputs[0], targets[0]) + functional.mse_loss(outputs[1], targets[1])

    return trained(TwoHeads(), loss, [(x, (y, x.mean(1, keepdim=True))) for x, y in table("digits", seed)])


def _residual(depth: int) -> Callable[[int], Patient]:
    def build(seed: int) -> Patient:
        torch.manual_seed(seed)
        blocks = [
            Residual(nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 32)))
            for _ in range(depth)
        ]
        model = nn.Sequential(nn.Linear(64, 32), *blocks, nn.LayerNorm(32), nn.Linear(32, 10))
        return trained(model, nn.CrossEntropyLoss(), table("digits", seed))

    return build


def _gated(gate: Callable[[torch.Tensor], torch.Tensor], task: str) -> Callable[[int], Patient]:
    def build(seed: int) -> Patient:
        torch.manual_seed(seed)
        inputs = TASKS[task].features
        blocks = [Residual(nn.Sequential(nn.LayerNorm(32), Gated(32, 48, gate))) for _ in range(2)]
        model = nn.Sequential(nn.Linear(inputs, 32), *blocks, nn.Linear(32, TASKS[task].outputs))
        loss = nn.CrossEntropyLoss() if TASKS[task].goal == "classes" else nn.MSELoss()
        return trained(model, loss, table(task, seed))

    return build


def _mixture(seed: int) -> Patient:
    torch.manual_seed(seed)
    return trained(Mixture(6, 5), nn.CrossEntropyLoss(), table("blobs", seed), 5e-3)


def _siren(seed: int) -> Patient:
    torch.manual_seed(seed)
    return trained(Sine(), nn.MSELoss(), table("sine", seed))


def _bag(seed: int) -> Patient:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.EmbeddingBag(8, 16), nn.Linear(16, 24), nn.ReLU(), nn.Linear(24, 4))
    return trained(model, nn.CrossEntropyLoss(), table("majority", seed), 1e-2)


def _sparse(seed: int) -> Patient:
    """A bag of words of which most are rare."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    often = 1 / np.arange(1, 201)
    x = torch.as_tensor(rng.random((1500, 200)) < 0.5 * often).float()
    y = (x[:, :20] @ torch.as_tensor(rng.standard_normal(20)).float() > 0).float()[:, None]
    rows = [torch.as_tensor(rng.integers(0, 1500, 32)) for _ in range(100)]
    model = nn.Sequential(nn.Linear(200, 32), nn.ReLU(), nn.Linear(32, 1))
    return trained(model, nn.BCEWithLogitsLoss(), [(x[r], y[r]) for r in rows], 1e-2)


def _imbalanced(seed: int) -> Patient:
    torch.manual_seed(seed)
    drawn = [(x, (y == 3).float()[:, None]) for x, y in table("digits", seed, 64)]
    return trained(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)), nn.BCEWithLogitsLoss(), drawn)


def _decoder(seed: int) -> Patient:
    """From a class to its picture, upsampled by transposed convolutions."""
    torch.manual_seed(seed)
    layers = [nn.Embedding(10, 32), nn.Linear(32, 64), nn.ReLU(), nn.Unflatten(1, (16, 2, 2))]
    layers += [nn.ConvTranspose2d(16, 8, 2, stride=2), nn.ReLU(), nn.ConvTranspose2d(8, 1, 2, stride=2)]
    drawn = [(y, x) for x, y in table("digit images", seed)]
    return trained(nn.Sequential(*layers), nn.MSELoss(), drawn, 1e-2)


def _deep_he(seed: int) -> Patient:
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(64, 64), nn.ReLU()]
    layers += [layer for _ in range(5) for layer in (nn.Linear(64, 64), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(64, 10))
    he(model)
    return trained(model, nn.CrossEntropyLoss(), table("digits", seed, 64), 1e-3)


def _named() -> Iterator[Own]:
    yield Own("resnet", "convolutional", "digit images", _resnet, "tuning")
    yield Own("autoencoder", "mlp", "digits", _autoencoder, "tuning")
    yield Own("causal language model", "transformer", "copying", _causal, "tuning")
    yield Own("residual mlp, 10 deep", "mlp", "digits", _residual(10), "tuning")
    yield Own("glu", "mlp", "digits", _gated(torch.sigmoid, "digits"), "tuning")
    yield Own("two heads", "mlp", "digits", _two_heads, "tuning")
    yield Own("rare words", "mlp", "words", _sparse, "tuning")
    yield Own("mlp of 6 by he", "mlp", "digits", _deep_he, "tuning")
    yield Own("mobilenet", "convolutional", "gratings", _mobilenet, "fresh")
    yield Own("u-net", "convolutional", "spots", _unet, "fresh")
    yield Own("variational autoencoder", "mlp", "digits", _variational, "fresh")
    yield Own("contrastive", "mlp", "digits", _contrastive, "fresh")
    yield Own("residual mlp, 20 deep", "mlp", "digits", _residual(20), "fresh")
    yield Own("swiglu", "mlp", "plane", _gated(functional.silu, "plane"), "fresh")
    yield Own("mixture of experts", "mlp", "blobs", _mixture, "fresh")
    yield Own("siren", "mlp", "sine", _siren, "fresh")
    yield Own("embedding bag", "mlp", "majority", _bag, "fresh")
    yield Own("one class in ten", "mlp", "digits", _imbalanced, "fresh")
    yield Own("decoder", "convolutional", "digit images", _decoder, "fresh")


NETS = tuple(_named())
