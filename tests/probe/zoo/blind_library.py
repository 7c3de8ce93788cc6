"""Models of the transformers package, small, with the weights that it begins with; each learns an easy task."""

import re
from collections.abc import Callable
from functools import partial
from importlib import import_module

import torch
from torch import nn

from .blind_program import Data, Written, following, stripes, texts, tones, topics
from .blind_sizes import DECODER, IMAGE, LLAMA, SPEECH, TEXT, VIT, Sizes
from .case import Patient

SMALL_IMAGES = partial(stripes, 16)
CLASS, WRITE, COPY, SEE, HEAR = "texts", "writing", "copying", "images", "sounds"


def copying() -> Data:
    x, _ = texts()
    return x, x


DATA: dict[str, tuple[str, Callable[[], Data]]] = {
    CLASS: ("input_ids", topics),
    WRITE: ("input_ids", copying),
    COPY: ("input_ids", following),
    SEE: ("pixel_values", SMALL_IMAGES),
    HEAR: ("input_values", tones),
}

_MODELS: tuple[tuple[str, str, Sizes], ...] = (
    ("BertForSequenceClassification", CLASS, TEXT),
    ("RobertaForMaskedLM", WRITE, TEXT),
    (
        "DistilBertForSequenceClassification",
        CLASS,
        {"vocab_size": 40, "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "num_labels": 3},
    ),
    ("AlbertForSequenceClassification", CLASS, {**TEXT, "embedding_size": 16}),
    ("ElectraForSequenceClassification", CLASS, {**TEXT, "embedding_size": 16}),
    ("DebertaV2ForSequenceClassification", CLASS, {**TEXT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
    ("MPNetForSequenceClassification", CLASS, TEXT),
    ("FNetForSequenceClassification", CLASS, TEXT),
    (
        "SqueezeBertForSequenceClassification",
        CLASS,
        {**TEXT, "embedding_size": 32, **{f"{part}_groups": 2 for part in ("q", "k", "v", "intermediate", "output")}},
    ),
    ("ConvBertForSequenceClassification", CLASS, {**TEXT, "embedding_size": 32}),
    ("RoFormerForSequenceClassification", CLASS, {**TEXT, "embedding_size": 32}),
    (
        "FunnelForSequenceClassification",
        CLASS,
        {
            "vocab_size": 40,
            "d_model": 32,
            "n_head": 2,
            "d_head": 16,
            "d_inner": 64,
            "block_sizes": [1, 1],
            "num_labels": 3,
        },
    ),
    (
        "XLNetForSequenceClassification",
        CLASS,
        {"vocab_size": 40, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64, "num_labels": 3},
    ),
    ("ModernBertForSequenceClassification", CLASS, TEXT),
    ("GPT2LMHeadModel", WRITE, {"vocab_size": 40, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 32}),
    (
        "GPTNeoForCausalLM",
        WRITE,
        {
            "vocab_size": 40,
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 2,
            "attention_types": [[["global", "local"], 1]],
            "max_position_embeddings": 32,
        },
    ),
    ("GPTNeoXForCausalLM", WRITE, TEXT),
    ("OPTForCausalLM", WRITE, {**TEXT, "ffn_dim": 64, "word_embed_proj_dim": 32, "pad_token_id": 1}),
    ("BloomForCausalLM", WRITE, {"vocab_size": 40, "hidden_size": 32, "n_layer": 2, "n_head": 2}),
    ("FalconForCausalLM", WRITE, TEXT),
    ("LlamaForCausalLM", WRITE, LLAMA),
    ("MistralForCausalLM", WRITE, LLAMA),
    ("MixtralForCausalLM", WRITE, {**LLAMA, "num_local_experts": 2}),
    ("Qwen2ForCausalLM", WRITE, LLAMA),
    ("GemmaForCausalLM", WRITE, {**LLAMA, "head_dim": 16}),
    ("PhiForCausalLM", WRITE, LLAMA),
    ("StableLmForCausalLM", WRITE, LLAMA),
    ("MambaForCausalLM", WRITE, {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
    (
        "RwkvForCausalLM",
        WRITE,
        {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32},
    ),
    (
        "T5ForConditionalGeneration",
        COPY,
        {
            "vocab_size": 40,
            "d_model": 32,
            "d_kv": 16,
            "d_ff": 64,
            "num_layers": 2,
            "num_heads": 2,
            "decoder_start_token_id": 0,
        },
    ),
    ("BartForConditionalGeneration", COPY, DECODER),
    ("MarianMTModel", COPY, {**DECODER, "init_std": 0.1}),
    ("PegasusForConditionalGeneration", COPY, {**DECODER, "init_std": 0.1}),
    ("ViTForImageClassification", SEE, VIT),
    ("DeiTForImageClassification", SEE, VIT),
    ("BeitForImageClassification", SEE, VIT),
    ("Dinov2ForImageClassification", SEE, VIT),
    (
        "SwinForImageClassification",
        SEE,
        {**IMAGE, "patch_size": 2, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4},
    ),
    (
        "ConvNextForImageClassification",
        SEE,
        {"num_labels": 3, "hidden_sizes": [16, 32], "depths": [1, 1], "num_stages": 2, "patch_size": 2},
    ),
    (
        "ConvNextV2ForImageClassification",
        SEE,
        {"num_labels": 3, "hidden_sizes": [16, 32], "depths": [1, 1], "num_stages": 2, "patch_size": 2},
    ),
    (
        "ResNetForImageClassification",
        SEE,
        {"num_labels": 3, "embedding_size": 8, "hidden_sizes": [16, 24], "depths": [1, 1]},
    ),
    (
        "RegNetForImageClassification",
        SEE,
        {"num_labels": 3, "embedding_size": 8, "hidden_sizes": [16, 24], "depths": [1, 1], "groups_width": 8},
    ),
    (
        "PoolFormerForImageClassification",
        SEE,
        {
            "num_labels": 3,
            "hidden_sizes": [16, 32],
            "depths": [1, 1],
            "num_encoder_blocks": 2,
            "patch_sizes": [3, 3],
            "strides": [2, 2],
            "padding": [1, 1],
        },
    ),
    (
        "SegformerForImageClassification",
        SEE,
        {
            "num_labels": 3,
            "hidden_sizes": [16, 32],
            "depths": [1, 1],
            "num_encoder_blocks": 2,
            "num_attention_heads": [1, 2],
            "sr_ratios": [2, 1],
            "patch_sizes": [3, 3],
            "strides": [2, 2],
            "mlp_ratios": [2, 2],
        },
    ),
    ("Wav2Vec2ForSequenceClassification", HEAR, SPEECH),
    ("HubertForSequenceClassification", HEAR, SPEECH),
)


def trained(key: str, patient: Patient) -> None:
    """What its Trainer does: the model gives the loss, gradients are clipped at 1, the rate warms up."""
    rate = torch.optim.lr_scheduler.LambdaLR(
        patient.optimizer, lambda step: min(1.0, (step + 1) / 10, (101 - step) / 90)
    )
    patient.model.train()
    for x, y in patient.batches:
        loss = patient.model(**{key: x, "labels": y}).loss
        loss.backward()
        nn.utils.clip_grad_norm_(patient.model.parameters(), 1.0)
        patient.optimizer.step()
        rate.step()
        patient.optimizer.zero_grad()


def built(name: str, sizes: Sizes) -> nn.Module:
    """Return the model; its package is only loaded here, since that takes seconds."""
    package = import_module("transformers")
    model = getattr(package, name)
    return model(model.config_class(**sizes))


def programs() -> list[Written]:
    return [
        Written(
            re.split("For[A-Z]|LM|MT", name)[0].lower(),
            f"transformers.{name}",
            DATA[kind][1],
            partial(built, name, sizes),
            optimizer=partial(torch.optim.AdamW, lr=5e-3 if kind == COPY else 2e-3),
            batch=16,
            loop=partial(trained, DATA[kind][0]),
        )
        for name, kind, sizes in _MODELS
    ]
