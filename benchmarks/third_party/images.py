"""Classifiers of images: timm, torchvision and vit-pytorch."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from . import tasks
from .network import Network, Optimizer, adamw, sgd

CLASSES = 4
IMAGES_32 = tasks.images
IMAGES_64 = partial(tasks.images, size=64, batch=8)
IMAGES_96 = partial(tasks.images, size=96, batch=8)

_FASTER, _FAST, _SLOW = adamw(5e-3), adamw(1e-3), adamw(3e-4)


def _timm(name: str, data: Callable[..., Any] = IMAGES_32, optimizer: Optimizer = _FAST, **more: Any) -> Network:
    def build() -> nn.Module:
        return import_module("timm").create_model(name, num_classes=CLASSES, **more)

    told = name + (f"({', '.join(f'{key}={value}' for key, value in more.items())})" if more else "")
    return Network("timm", told, build, data, optimizer=optimizer, warm_up=0 if optimizer is not _SLOW else 10)


def _made(module: str, make: str, data: Callable[..., Any] = IMAGES_32, **more: Any) -> Network:
    def build() -> nn.Module:
        return getattr(import_module(f"timm.models.{module}"), make)(num_classes=CLASSES, **more)

    return Network("timm", f"{module}.{make}", build, data, optimizer=_SLOW, warm_up=10)


_WIDE = {"img_size": 64}
_MIXER = {"img_size": 32, "patch_size": 8, "num_blocks": 3, "embed_dim": 64}
_TIMM = (
    _timm("test_vit", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_vit2", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_vit3", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_vit4", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_vit_relpos", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_maxvit", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_coatnet", IMAGES_64, _SLOW, **_WIDE),
    _timm("test_nfnet"),
    _timm("test_mambaout"),
    _timm("test_efficientnet"),
    _timm("test_efficientnet_gn"),
    _timm("test_efficientnet_ln"),
    _timm("test_efficientnet_evos"),
    _timm("test_byobnet", optimizer=sgd(0.05)),
    _timm("test_convnext"),
    _timm("test_convnext2"),
    _timm("test_convnext3"),
    _timm("test_resnet", optimizer=sgd(0.1)),
    _timm("resnet10t", optimizer=sgd(0.05)),
    _timm("seresnet18", optimizer=sgd(0.05)),
    _timm("skresnet18", optimizer=sgd(0.02)),
    _timm("resnetv2_18", optimizer=sgd(0.05)),
    _timm("regnetx_002", optimizer=sgd(0.05)),
    _timm("regnety_002", optimizer=sgd(0.05)),
    _timm("densenet121", growth_rate=8, block_config=(2, 2, 2, 2), optimizer=sgd(0.05)),
    _timm("mobilenetv2_035", IMAGES_64, _FASTER),
    _timm("mobilenetv3_small_050", IMAGES_64, _FASTER),
    _timm("lcnet_035", IMAGES_64, _FASTER),
    _timm("tinynet_e", IMAGES_64, _FASTER),
    _timm("mnasnet_small", IMAGES_64, _FASTER),
    _timm("ghostnet_050", IMAGES_64),
    _timm("starnet_s1"),
    _timm("fasternet_t0"),
    _timm("convnext_atto"),
    _timm("convnextv2_atto"),
    _timm("edgenext_xx_small", IMAGES_64),
    _timm("inception_next_atto"),
    _made("mlp_mixer", "MlpMixer", **_MIXER),
    _made("convmixer", "ConvMixer", dim=64, depth=3, kernel_size=5, patch_size=4),
    _made("metaformer", "MetaFormer", IMAGES_64, depths=(1, 1, 2, 1), dims=(16, 32, 64, 64)),
    _timm("cait_xxs24_224", img_size=32, patch_size=8, embed_dim=64, depth=3, num_heads=2, optimizer=_SLOW),
    _timm(
        "deit_tiny_distilled_patch16_224",
        img_size=32,
        patch_size=8,
        embed_dim=64,
        depth=3,
        num_heads=2,
        optimizer=_SLOW,
    ),
    _timm("beitv2_base_patch16_224", img_size=32, patch_size=8, embed_dim=64, depth=3, num_heads=2, optimizer=_SLOW),
    _timm("eva02_tiny_patch14_224", img_size=32, patch_size=8, embed_dim=64, depth=3, num_heads=2, optimizer=_SLOW),
    _timm("xcit_nano_12_p8_224", img_size=32, embed_dim=64, depth=3, num_heads=2, optimizer=_SLOW),
    _timm("convit_tiny", img_size=32, patch_size=8, depth=3, local_up_to_layer=2, optimizer=_SLOW),
    _timm(
        "swin_tiny_patch4_window7_224", IMAGES_64, _SLOW, img_size=64, window_size=4, embed_dim=32, depths=(1, 1, 2, 1)
    ),
    _timm("pvt_v2_b0", IMAGES_64, _SLOW),
    _timm("twins_svt_small", IMAGES_64, _SLOW, img_size=64, embed_dims=(16, 32, 64, 64), depths=(1, 1, 1, 1)),
    _timm("levit_128s", IMAGES_64, img_size=64),
    _timm("mobilevit_xxs", IMAGES_64),
    _timm("efficientvit_b0", IMAGES_64),
    _timm("davit_tiny", IMAGES_64, _SLOW, embed_dims=(16, 32, 64, 64), num_heads=(1, 2, 2, 2), depths=(1, 1, 1, 1)),
    _timm("fastvit_t8"),
    _timm("repvit_m0_9"),
    _timm("shvit_s1", IMAGES_64),
)


def _vision(
    name: str, make: str, data: Callable[..., Any] = IMAGES_32, optimizer: Optimizer = _FAST, **more: Any
) -> Network:
    def build() -> nn.Module:
        return getattr(import_module("torchvision.models"), make)(num_classes=CLASSES, **more)

    loss = _with_helpers if make in ("googlenet", "inception_v3") else None
    return Network("torchvision", name, build, data, optimizer=optimizer, **({"loss": loss} if loss else {}))


def _with_helpers(model: nn.Module, batch: Any) -> Tensor:
    """Return the loss of the output and of the classifiers that help in between."""
    inputs, classes = batch
    found = model(inputs)
    return sum(
        (1.0 if name == "logits" else 0.3) * functional.cross_entropy(logits, classes)
        for name, logits in found._asdict().items()
    )


_VISION = (
    _vision("squeezenet", "squeezenet1_1", IMAGES_64, adamw(3e-4)),
    _vision("resnet18", "resnet18", optimizer=sgd(0.02)),
    _vision("resnet18, branches from 0", "resnet18", optimizer=sgd(0.05), zero_init_residual=True),
    _vision("shufflenet v2", "shufflenet_v2_x0_5", optimizer=sgd(0.05)),
    _vision("mobilenet v2", "mobilenet_v2", IMAGES_64, _FASTER, width_mult=0.25),
    _vision("mobilenet v3", "mobilenet_v3_small", width_mult=0.5),
    _vision("mnasnet", "mnasnet0_5", IMAGES_64, _FASTER),
    _vision("regnet y 400", "regnet_y_400mf", optimizer=sgd(0.02)),
    _vision("googlenet", "googlenet", IMAGES_64, init_weights=True),
    _vision(
        "vision transformer",
        "VisionTransformer",
        optimizer=adamw(3e-4),
        image_size=32,
        patch_size=8,
        num_layers=3,
        num_heads=2,
        hidden_dim=64,
        mlp_dim=128,
    ),
    _vision(
        "swin",
        "SwinTransformer",
        optimizer=adamw(3e-4),
        patch_size=[2, 2],
        embed_dim=24,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=[4, 4],
    ),
)


def _vit(
    module: str, make: str, optimizer: Optimizer = _SLOW, data: Callable[..., Any] = IMAGES_32, **more: Any
) -> Network:
    def build() -> nn.Module:
        return getattr(import_module(f"vit_pytorch.{module}"), make)(**more)

    return Network("vit-pytorch", module, build, data, optimizer=optimizer)


_SIZES: dict[str, Any] = {
    "image_size": 32,
    "patch_size": 8,
    "num_classes": CLASSES,
    "dim": 64,
    "heads": 2,
    "mlp_dim": 128,
}
_VITS = (
    _vit("vit", "ViT", **_SIZES, depth=3, dropout=0.1, emb_dropout=0.1),
    _vit("simple_vit", "SimpleViT", **_SIZES, depth=3),
    _vit("deepvit", "DeepViT", **_SIZES, depth=3),
    _vit("cait", "CaiT", **_SIZES, depth=3, cls_depth=1),
    _vit("vit_for_small_dataset", "ViT", **_SIZES, depth=3),
    _vit("parallel_vit", "ViT", **_SIZES, depth=3),
    _vit("simple_vit_with_register_tokens", "SimpleViT", **_SIZES, depth=3),
    _vit("simple_vit_with_qk_norm", "SimpleViT", **_SIZES, depth=3),
    _vit("simple_vit_with_value_residual", "SimpleViT", **_SIZES, depth=3),
    _vit("normalized_vit", "nViT", **_SIZES, depth=3),
    _vit("rvt", "RvT", **_SIZES, depth=3),
    _vit(
        "cct",
        "CCT",
        img_size=32,
        embedding_dim=64,
        n_conv_layers=1,
        kernel_size=3,
        stride=2,
        padding=1,
        num_layers=2,
        num_heads=2,
        mlp_ratio=2,
        num_classes=CLASSES,
    ),
    _vit(
        "nest",
        "NesT",
        image_size=32,
        patch_size=4,
        dim=32,
        heads=2,
        num_hierarchies=3,
        block_repeats=(1, 1, 1),
        num_classes=CLASSES,
    ),
    _vit("xcit", "XCiT", **_SIZES, depth=2, cls_depth=1),
)

NETWORKS = (*_TIMM, *_VISION, *_VITS)
