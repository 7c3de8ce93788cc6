"""Models of the transformers package, small and with random weights: what is seen in them, and that nothing changes."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from actscope.probe.diagnosing import check, diagnose
from actscope.probe.watching import watch

transformers = pytest.importorskip("transformers")

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
Batch = dict[str, Tensor]


def text() -> Batch:
    ids = torch.randint(50, (4, 8))
    return {"input_ids": ids, "labels": ids}


def images() -> Batch:
    return {"pixel_values": torch.randn(4, 3, 32, 32), "labels": torch.randint(3, (4,))}


def bert() -> nn.Module:
    return transformers.BertForMaskedLM(transformers.BertConfig(vocab_size=50, **SMALL))


def gpt2() -> nn.Module:
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 16, "bos_token_id": 0, "eos_token_id": 1}
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=50, **sizes))


def vit() -> nn.Module:
    return transformers.ViTForImageClassification(
        transformers.ViTConfig(image_size=32, patch_size=8, num_labels=3, **SMALL)
    )


def resnet() -> nn.Module:
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}
    return transformers.ResNetForImageClassification(transformers.ResNetConfig(num_labels=3, **sizes))


def llama() -> nn.Module:
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=50, num_key_value_heads=2, **SMALL))


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Batch], list[str]]] = {
    "bert": (bert, text, ["gelu", "gelu", "gelu"]),
    "gpt2": (gpt2, text, ["NewGELUActivation", "NewGELUActivation"]),
    "vit": (vit, images, ["gelu", "gelu"]),
    "resnet": (resnet, images, ["relu"] * 5),
    "llama": (llama, text, ["silu", "silu"]),
}


@pytest.fixture(params=MODELS)
def case(request: pytest.FixtureRequest) -> tuple[Callable[[], nn.Module], Callable[[], Batch], list[str]]:
    return MODELS[request.param]


def test_what_is_seen_and_that_nothing_changes(case) -> None:
    make, batch, functions = case
    left = []
    for watching in (False, True):
        torch.manual_seed(0)
        model = make().train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        probe = watch(model, budget=None) if watching else None
        for _ in range(3):
            optimizer.zero_grad()
            model(**batch()).loss.backward()
            optimizer.step()
        if probe is not None:
            probe.close()
        left.append([*model.state_dict().values(), torch.get_rng_state()])
    assert all(torch.equal(one, other) for one, other in zip(*left, strict=True))
    histories = probe.recording().places
    assert [history.place.function for history in histories] == functions
    for history in histories:
        row = history.pooled()
        assert (int(row["passes"]), int(row["leaving_count"])) == (3, int(row["count"]))
    assert probe.recording().notes == ()


def test_diagnose_finds_nothing_wrong(case) -> None:
    make, batch, _ = case
    torch.manual_seed(0)
    model = make()
    assert diagnose(model, None, [batch() for _ in range(4)], steps=8).healthy
    assert check(model, None, batch()).healthy
