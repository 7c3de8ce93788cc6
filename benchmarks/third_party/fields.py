"""Networks of other fields: diffusion (diffusers), graphs (torch_geometric), operators (neuraloperator), films."""

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import tasks
from .network import Network, Optimizer, adamw, classified, sgd

Noised = tuple[Tensor, Tensor, Tensor, Tensor]


def _noised(steps: int, size: int = 16, channels: int = 3, words: int = 16) -> Sequence[Noised]:
    """Return of each step: images mixed with noise, how far along, the noise, and a text's embedding."""
    drawn = []
    for image in tasks.pictures(steps, size, channels):
        t = torch.randint(1000, (len(image),))
        angle = t[:, None, None, None] / 1000 * torch.pi / 2
        noise = torch.randn_like(image)
        drawn.append((angle.cos() * image + angle.sin() * noise, t, noise, torch.randn(len(image), 4, words)))
    return drawn


def _denoised(model: nn.Module, batch: Noised) -> Tensor:
    x, t, noise, _ = batch
    return functional.mse_loss(model(x, t).sample, noise)


def _denoised_by_text(model: nn.Module, batch: Noised) -> Tensor:
    x, t, noise, text = batch
    return functional.mse_loss(model(x, t, encoder_hidden_states=text).sample, noise)


def _denoised_by_class(model: nn.Module, batch: Noised) -> Tensor:
    x, t, noise, _ = batch
    return functional.mse_loss(model(x, timestep=t, class_labels=t % 4).sample, noise)


def _denoised_by_both(model: nn.Module, batch: Noised) -> Tensor:
    x, t, noise, text = batch
    return functional.mse_loss(
        model(x, timestep=t, encoder_hidden_states=text, pooled_projections=text.mean(1)).sample, noise
    )


def _image_again(model: nn.Module, image: Tensor) -> Tensor:
    return functional.mse_loss(model(image).sample, image)


def _coded(model: nn.Module, image: Tensor) -> Tensor:
    """Return the loss of an autoencoder with a book of codes, whose entries follow what is coded."""
    found = model(image)
    loss: Tensor = functional.mse_loss(found.sample, image) + found.commit_loss.mean()
    return loss


def _diffusers(name: str, loss: Any = _denoised, data: Any = _noised, rate: float = 1e-3, **more: Any) -> Network:
    def build() -> nn.Module:
        return getattr(import_module("diffusers"), name)(**more)

    return Network("diffusers", name, build, data, loss, adamw(rate), 10)


_PICTURES = partial(tasks.pictures, size=16)
_HEADS: dict[str, Any] = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 2, "sample_size": 16}
_DOWN: dict[str, Any] = {"block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8}
_DIFFUSERS = (
    _diffusers(
        "UNet2DModel",
        sample_size=16,
        **_DOWN,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8,
    ),
    _diffusers(
        "UNet2DConditionModel",
        _denoised_by_text,
        in_channels=3,
        out_channels=3,
        sample_size=16,
        **_DOWN,
        cross_attention_dim=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8,
    ),
    _diffusers(
        "DiTTransformer2DModel",
        _denoised_by_class,
        in_channels=3,
        out_channels=3,
        **_HEADS,
        num_embeds_ada_norm=1000,
        norm_num_groups=1,
    ),
    _diffusers(
        "SD3Transformer2DModel",
        _denoised_by_both,
        in_channels=3,
        out_channels=3,
        **_HEADS,
        joint_attention_dim=16,
        caption_projection_dim=32,
        pooled_projection_dim=16,
        pos_embed_max_size=16,
    ),
    _diffusers(
        "AutoencoderKL",
        _image_again,
        _PICTURES,
        **_DOWN,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    ),
    _diffusers(
        "AutoencoderTiny",
        _image_again,
        _PICTURES,
        encoder_block_out_channels=(16, 16),
        decoder_block_out_channels=(16, 16),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    ),
    _diffusers(
        "VQModel",
        _coded,
        _PICTURES,
        **_DOWN,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        num_vq_embeddings=32,
    ),
)


def _nodes(steps: int) -> Sequence[Any]:
    return [tasks.communities()] * steps


def _told(model: nn.Module, graph: Any) -> Tensor:
    x, edges, y = graph
    return functional.cross_entropy(model(x, edges), y)


_COMMON = adamw(1e-2)


def _graph(name: str, optimizer: Optimizer = _COMMON, **more: Any) -> Network:
    def build() -> nn.Module:
        package = import_module("torch_geometric.nn.models")
        return getattr(package, name)(in_channels=16, hidden_channels=32, num_layers=2, out_channels=4, **more)

    return Network("torch_geometric", name + (" " + ", ".join(more) if more else ""), build, _nodes, _told, optimizer)


class _Deep(nn.Module):
    """GCNII of eight layers, as its example has it."""

    def __init__(self) -> None:
        super().__init__()
        layer = import_module("torch_geometric.nn").GCN2Conv
        self.first, self.last = nn.Linear(16, 32), nn.Linear(32, 4)
        self.layers = nn.ModuleList(layer(32, 0.1, 0.5, i + 1) for i in range(8))

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        x = first = self.first(x).relu()
        for layer in self.layers:
            x = layer(functional.dropout(x, 0.6, self.training), first, edges).relu()
        found: Tensor = self.last(x)
        return found


_GRAPHS = (
    _graph("GCN", dropout=0.5),
    _graph("GraphSAGE"),
    _graph("GIN", adamw(5e-3), norm="batch_norm"),
    _graph("GAT", heads=4, dropout=0.5),
    _graph("GAT", v2=True, act="elu"),
    _graph("EdgeCNN"),
    _graph("GCN", jk="cat", norm="layer_norm"),
    Network("torch_geometric", "GCNII", _Deep, _nodes, _told, _COMMON),
    Network(
        "torch_geometric",
        "GraphUNet",
        lambda: import_module("torch_geometric.nn").GraphUNet(16, 32, 4, depth=3),
        _nodes,
        _told,
        _COMMON,
    ),
)


def _mapped(model: nn.Module, batch: Any) -> Tensor:
    x, y = batch
    return functional.mse_loss(model(x), y)


def _operator(name: str, **more: Any) -> Network:
    def build() -> nn.Module:
        return getattr(import_module("neuralop.models"), name)(
            in_channels=1, out_channels=1, hidden_channels=16, **more
        )

    return Network("neuraloperator", name, build, tasks.smoothing, _mapped, adamw(3e-3))


_OPERATORS = (
    _operator("FNO", n_modes=(8, 8), n_layers=3),
    _operator("TFNO", n_modes=(8, 8), n_layers=3),
)


def _film(name: str) -> Network:
    def build() -> nn.Module:
        return getattr(import_module("torchvision.models.video"), name)(num_classes=4)

    return Network("torchvision", name, build, tasks.films, classified, sgd(0.02))


NETWORKS = (*_DIFFUSERS, *_GRAPHS, *_OPERATORS, _film("mc3_18"))
