"""Networks that outline what is in an image, and others for medicine: segmentation-models-pytorch and monai."""

from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import tasks
from .network import Network, Optimizer, adamw

BLOBS, SLICES = tasks.blobs, partial(tasks.blobs, size=32, channels=1, batch=8)
VOLUMES = partial(tasks.blobs, size=16, channels=1, dimensions=3, batch=4)


def _outlined(model: nn.Module, batch: Any) -> Tensor:
    image, mask = batch
    return functional.binary_cross_entropy_with_logits(model(image), mask)


def _overlap(model: nn.Module, batch: Any) -> Tensor:
    image, mask = batch
    loss: Tensor = import_module("monai.losses").DiceCELoss(sigmoid=True)(model(image), mask)
    return loss


def _smp(name: str, encoder: str, optimizer: Optimizer = adamw(1e-3), **more: Any) -> Network:  # noqa: B008
    def build() -> nn.Module:
        package = import_module("segmentation_models_pytorch")
        return getattr(package, name)(encoder, encoder_weights=None, in_channels=3, classes=1, **more)

    return Network("segmentation-models-pytorch", f"{name}, {encoder}", build, BLOBS, _outlined, optimizer)


_NARROW = (64, 32, 16, 16, 16)
_SMP = (
    _smp("Unet", "mobilenet_v2", decoder_channels=_NARROW, decoder_attention_type="scse"),
    _smp("Linknet", "mobilenet_v2"),
    _smp("FPN", "mobilenet_v2", decoder_pyramid_channels=64, decoder_segmentation_channels=32),
    _smp("DeepLabV3Plus", "mobilenet_v2", decoder_channels=64),
    _smp("Segformer", "mit_b0", adamw(3e-4)),
)


def _monai(name: str, data: Any = SLICES, loss: Any = _overlap, rate: float = 1e-3, **more: Any) -> Network:
    def build() -> nn.Module:
        return getattr(import_module("monai.networks.nets"), name)(**more)

    return Network("monai", name, build, data, loss, adamw(rate))


def _again(model: nn.Module, batch: Any) -> Tensor:
    image, _ = batch
    return functional.mse_loss(model(image), image)


def _drawn(model: nn.Module, batch: Any) -> Tensor:
    """Return the loss of a variational autoencoder of images between 0 and 1."""
    _, image = batch
    again, mean, log_variance, _ = model(image)
    spread = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum() / image.numel()
    return functional.binary_cross_entropy_with_logits(again, image) + spread


def _size(model: nn.Module, batch: Any) -> Tensor:
    """Return the loss of telling where the middle of the ball is."""
    image, mask = batch
    axis = torch.linspace(-1, 1, mask.shape[-1])
    middle = (mask[:, 0] * axis).mean((1, 2)) / mask[:, 0].mean((1, 2))
    return functional.mse_loss(model(image), 3 * middle[:, None])


_FLAT: dict[str, Any] = {"spatial_dims": 2, "in_channels": 1, "out_channels": 1}
_DEEP: dict[str, Any] = {"spatial_dims": 3, "in_channels": 1, "out_channels": 1}
_STEPS: dict[str, Any] = {"channels": (8, 16, 32), "strides": (2, 2)}
_MONAI = (
    _monai("UNet", **_FLAT, **_STEPS, num_res_units=2),
    _monai("UNet", VOLUMES, **_DEEP, **_STEPS, num_res_units=1),
    _monai("BasicUNet", **_FLAT, features=(8, 8, 16, 16, 32, 8)),
    _monai("AttentionUnet", **_FLAT, **_STEPS),
    _monai("SegResNet", **_FLAT, blocks_down=(1, 1, 2), blocks_up=(1, 1)),
    _monai(
        "DynUNet",
        **_FLAT,
        kernel_size=[3, 3, 3],
        strides=[1, 2, 2],
        upsample_kernel_size=[2, 2],
        filters=[8, 16, 32],
        res_block=True,
    ),
    _monai("HighResNet", **_FLAT),
    _monai(
        "UNETR",
        in_channels=1,
        out_channels=1,
        img_size=32,
        feature_size=8,
        hidden_size=48,
        mlp_dim=96,
        num_heads=2,
        spatial_dims=2,
    ),
    _monai(
        "SwinUNETR",
        partial(tasks.blobs, channels=1),
        in_channels=1,
        out_channels=1,
        feature_size=12,
        depths=(1, 1, 1, 1),
        spatial_dims=2,
        rate=3e-4,
    ),
    _monai(
        "MedNeXt", **_FLAT, init_filters=8, blocks_down=(1, 1), blocks_up=(1, 1), blocks_bottleneck=1, kernel_size=5
    ),
    _monai("AutoEncoder", loss=_again, **_FLAT, channels=(8, 16), strides=(2, 2)),
    _monai(
        "VarAutoEncoder",
        loss=_drawn,
        spatial_dims=2,
        in_shape=(1, 32, 32),
        out_channels=1,
        latent_size=8,
        channels=(8, 16),
        strides=(2, 2),
        use_sigmoid=False,
    ),
    _monai("Regressor", loss=_size, in_shape=(1, 32, 32), out_shape=(1,), channels=(8, 16, 32), strides=(2, 2, 2)),
    _monai("DenseNet", loss=_size, **_FLAT, init_features=16, growth_rate=8, block_config=(2, 2, 2)),
)

NETWORKS = (*_SMP, *_MONAI)
