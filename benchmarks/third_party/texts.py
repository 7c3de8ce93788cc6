"""Networks of sequences: x-transformers, transformers, pytorch-tcn."""

from functools import partial
from importlib import import_module
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from . import tasks
from .network import Network, adamw, classified, own_loss

WORDS, LENGTH = 40, 16
_WARM = 10


def _next_word(model: nn.Module, words: Tensor) -> Tensor:
    return functional.cross_entropy(model(words[:, :-1]).flatten(0, 1), words[:, 1:].flatten())


def _decoder(name: str, **more: Any) -> Network:
    def build() -> nn.Module:
        x = import_module("x_transformers")
        layers = x.Decoder(dim=64, depth=3, heads=2, **more)
        return x.TransformerWrapper(num_tokens=WORDS, max_seq_len=LENGTH, attn_layers=layers)

    return Network("x-transformers", name, build, tasks.counting, _next_word, adamw(1e-3), _WARM)


def _encoder() -> nn.Module:
    x = import_module("x_transformers")
    layers = x.Encoder(dim=64, depth=3, heads=2)
    return x.ViTransformerWrapper(image_size=32, patch_size=8, num_classes=4, attn_layers=layers)


def _forecaster() -> nn.Module:
    x = import_module("x_transformers")
    layers = x.Decoder(dim=64, depth=2, heads=2)
    return x.ContinuousTransformerWrapper(dim_in=1, dim_out=1, max_seq_len=64, attn_layers=layers)


def _translator() -> nn.Module:
    sizes: dict[str, Any] = {
        f"{part}_{key}": value
        for part in ("enc", "dec")
        for key, value in {"num_tokens": WORDS, "depth": 2, "heads": 2, "max_seq_len": LENGTH}.items()
    }
    return import_module("x_transformers").XTransformer(dim=64, tie_token_emb=True, **sizes)


def _next_number(model: nn.Module, waves: Tensor) -> Tensor:
    return functional.mse_loss(model(waves[:, :-1]), waves[:, 1:])


def _backwards(model: nn.Module, words: Tensor) -> Tensor:
    return model(words, words.flip(1))


_X = (
    _decoder("decoder"),
    _decoder("rotary, rmsnorm, swish gate", rotary_pos_emb=True, use_rmsnorm=True, ff_swish=True, ff_glu=True),
    _decoder("relu squared", ff_relu_squared=True),
    _decoder("alibi", alibi_pos_bias=True),
    _decoder("sandwich norm", sandwich_norm=True),
    _decoder("gated values", attn_gate_values=True, attn_qk_norm=True),
    _decoder("gated residual", gate_residual=True),
    _decoder("macaron", macaron=True),
    _decoder("shifted tokens", shift_tokens=1),
    _decoder("memory and talking heads", attn_num_mem_kv=4, attn_pre_talking_heads=True),
    _decoder("no bias, scaled norm", use_scalenorm=True, ff_no_bias=True),
    Network("x-transformers", "vision", _encoder, tasks.images, classified, adamw(3e-4), _WARM),
    Network("x-transformers", "forecast", _forecaster, tasks.waves, _next_number, adamw(1e-3), _WARM),
    Network("x-transformers", "encoder and decoder", _translator, tasks.counting, _backwards, adamw(1e-3), _WARM),
)


def _configured(name: str, **sizes: Any) -> nn.Module:
    model = getattr(import_module("transformers"), name)
    return model(model.config_class(**sizes))


def _copied(steps: int) -> list[dict[str, Tensor]]:
    return [{"input_ids": one, "labels": one} for one in tasks.counting(steps)]


def _about(steps: int) -> list[dict[str, Tensor]]:
    return [{"input_ids": x, "labels": y} for x, y in tasks.topics(steps)]


def _seen(steps: int, **more: Any) -> list[dict[str, Tensor]]:
    return [{"pixel_values": x, "labels": y} for x, y in tasks.images(steps, **more)]


def _outlined(steps: int) -> list[dict[str, Tensor]]:
    return [{"pixel_values": x, "labels": y[:, 0].long()} for x, y in tasks.blobs(steps)]


def _continued(steps: int) -> list[dict[str, Tensor]]:
    return [{"past_values": x[:, :48], "future_values": x[:, 48:]} for x in tasks.waves(steps)]


_BASE: dict[str, Any] = {
    "vocab_size": WORDS,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 128,
    "pad_token_id": 0,
}
_LLAMA: dict[str, Any] = {**_BASE, "num_key_value_heads": 2, "head_dim": 32}
_CLASSES = {"num_labels": 4}


def _transformer(name: str, data: Any, rate: float = 1e-3, **sizes: Any) -> Network:
    return Network("transformers", name, partial(_configured, name, **sizes), data, own_loss, adamw(rate), _WARM)


_TRANSFORMERS = (
    _transformer("Qwen3ForCausalLM", _copied, **_LLAMA),
    _transformer("Gemma2ForCausalLM", _copied, **_LLAMA),
    _transformer("OlmoForCausalLM", _copied, **_LLAMA),
    _transformer("CohereForCausalLM", _copied, **_LLAMA, logit_scale=1.0),
    _transformer("NemotronForCausalLM", _copied, **_LLAMA),
    _transformer(
        "Qwen3MoeForCausalLM", _copied, **_LLAMA, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32
    ),
    _transformer(
        "Mamba2ForCausalLM",
        _copied,
        vocab_size=WORDS,
        hidden_size=64,
        num_hidden_layers=2,
        state_size=8,
        head_dim=16,
        num_heads=8,
        n_groups=1,
        chunk_size=8,
    ),
    _transformer("BigBirdForSequenceClassification", _about, **_BASE, attention_type="original_full", num_labels=3),
    _transformer(
        "LongformerForSequenceClassification",
        _about,
        **_BASE,
        attention_window=8,
        num_labels=3,
        max_position_embeddings=64,
    ),
    _transformer(
        "MobileBertForSequenceClassification",
        _about,
        **_BASE,
        num_labels=3,
        true_hidden_size=32,
        embedding_size=32,
        intra_bottleneck_size=32,
    ),
    _transformer(
        "NystromformerForSequenceClassification",
        _about,
        **_BASE,
        num_labels=3,
        num_landmarks=4,
        segment_means_seq_len=16,
        max_position_embeddings=32,
    ),
    _transformer(
        "ViTMAEForPreTraining",
        lambda steps: [{"pixel_values": x} for x in tasks.pictures(steps)],
        3e-3,
        image_size=32,
        patch_size=4,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        decoder_hidden_size=32,
        decoder_num_hidden_layers=1,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=64,
    ),
    _transformer(
        "Swinv2ForImageClassification",
        _seen,
        3e-4,
        **_CLASSES,
        image_size=32,
        patch_size=2,
        embed_dim=24,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=4,
    ),
    _transformer(
        "PvtV2ForImageClassification",
        _seen,
        3e-4,
        **_CLASSES,
        hidden_sizes=[16, 32, 32, 64],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 2, 2, 2],
    ),
    _transformer(
        "SegformerForSemanticSegmentation",
        _outlined,
        num_labels=2,
        hidden_sizes=[16, 32],
        depths=[1, 1],
        num_encoder_blocks=2,
        num_attention_heads=[1, 2],
        sr_ratios=[2, 1],
        patch_sizes=[7, 3],
        strides=[4, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=32,
    ),
    _transformer(
        "PatchTSTForPrediction",
        _continued,
        num_input_channels=1,
        context_length=48,
        prediction_length=16,
        patch_length=8,
        patch_stride=8,
        d_model=32,
        num_attention_heads=2,
        num_hidden_layers=2,
        ffn_dim=64,
    ),
    _transformer(
        "PatchTSMixerForPrediction",
        _continued,
        num_input_channels=1,
        context_length=48,
        prediction_length=16,
        patch_length=8,
        patch_stride=8,
        d_model=16,
        num_layers=2,
    ),
)


class _Reader(nn.Module):
    """A convolutional network over time, and a layer that reads its last state."""

    def __init__(self, **more: Any) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 32)
        self.body = import_module("pytorch_tcn").TCN(32, [32, 32, 32], kernel_size=3, **more)
        self.head = nn.Linear(32, WORDS)

    def forward(self, words: Tensor) -> Tensor:
        found: Tensor = self.head(self.body(self.words(words).mT).mT)
        return found


def _tcn(name: str, **more: Any) -> Network:
    return Network("pytorch-tcn", name, partial(_Reader, **more), tasks.counting, _next_word, adamw(3e-3))


_TCNS = (
    _tcn("tcn"),
    _tcn("tcn, layer norm, skips", use_norm="layer_norm", use_skip_connections=True),
    _tcn("tcn, gated", use_gate=True),
)

NETWORKS = (*_X, *_TRANSFORMERS, *_TCNS)
