"""What is timed computes the right thing, and the judges judge by the rounds; no test looks at a clock."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from actscope.lab.claims.claim import FAILS, HOLDS
from actscope.lab.claims.cost import c20_fast, c45_exponentials, passes

TRUE = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "elu": F.elu,
    "softplus": F.softplus,
    "silu": F.silu,
}


@pytest.mark.parametrize("library", passes.LIBRARIES)
@pytest.mark.parametrize("name", TRUE)
def test_what_is_timed_forward_is_the_function(library, name):
    x, _, out = passes.data("cache")
    passes.forward(library, name, x, out.fill_(math.nan))()
    true = TRUE[name](x.double())
    assert torch.allclose(out.double(), true, rtol=1e-6, atol=1e-7)
    assert not torch.allclose(out.double(), true + 1e-5, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("library", passes.LIBRARIES)
@pytest.mark.parametrize("name", c20_fast.FUNCTIONS)
def test_what_is_timed_backward_is_autograds(library, name):
    x, grad, out = passes.data("cache")
    passes.backward(library, name, x, grad, out.fill_(math.nan))()
    leaf = x.double().requires_grad_()
    (true,) = torch.autograd.grad(TRUE[name](leaf), leaf, grad.double())
    assert torch.allclose(out.double(), true, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(-out.double(), true, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", c20_fast.FUNCTIONS)
def test_the_step_of_a_layer_is_the_same_in_both_libraries(name):
    ours, theirs = (passes.step(library, name)() for library in ("actscope", "PyTorch"))
    assert [each.shape for each in ours] == [(128, 512), (512, 512), (512,)]
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_data_in_memory_are_more_than_a_cache_holds():
    assert 4 * passes.SIZES["cache"] == 2**18
    assert 4 * passes.SIZES["memory"] == 2**25


def test_a_ratio_is_of_one_round():
    """Rounds that differ tenfold and a function that takes three times as long in each: the ratio is 3 throughout."""
    base = [1.0, 10.0, 0.1, 2.0]
    number = passes.ratio([3 * each for each in base], base, "")
    assert (number.low, number.value, number.high) == pytest.approx((3, 3, 3))
    assert number.uncertainty == "quartiles of 4 rounds"
    found = passes.ratio([1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 5, "")
    assert (found.low, found.value, found.high) == (2.0, 3.0, 4.0)
    assert passes.share([1.0, 2.0, 3.0, 4.0], [1.0] * 4, "").value == 0.75


def test_at_least_twice_in_three_rounds_of_four_is_the_lower_quartile():
    random = np.random.default_rng(0)
    for _ in range(50):
        times = list(random.uniform(1.5, 3.5, 101))
        ratio, share = passes.ratio(times, [1.0] * 101, ""), passes.share(times, [1.0] * 101, "")
        assert (share.value >= passes.MOST) == (ratio.low >= passes.TWICE)


def test_c20_the_faster_of_the_two_counts():
    times = {"relu": [1.0] * 4, "sigmoid": [9.0, 9.0, 9.0, 4.0], "tanh": [1.5, 2.0, 3.0, 9.0]}
    found = c20_fast.compared("key", "what", times, "")
    assert found["key"].value == 2.5
    assert found["key_twice"].value == 0.75


def test_c20_is_judged_setting_by_setting():
    numbers = {name: 3.0 for setting in c20_fast.SETTINGS for name in (setting, f"{setting}_twice")}
    assert len(c20_fast.SETTINGS) == 10
    assert c20_fast.judge(numbers) == HOLDS
    none = {name: 0.74 if name.endswith("_twice") else 1.2 for name in numbers}
    assert c20_fast.judge(none) == FAILS
    verdict = str(c20_fast.judge({**none, "actscope_cache_backward_twice": 0.75, "actscope_cache_backward": 4.0}))
    assert verdict.startswith(
        "holds when the data lie in cache, and not in all passes: the backward pass of actscope in cache (4.0 times as "
        "fast on this machine). It is not much faster in the forward pass of PyTorch in cache (1.2 times),"
    )
    assert verdict.endswith("any pass in memory (1.2 times) or the whole step of a layer (1.2 times)")


def test_c45_is_judged_by_the_cheapest():
    numbers = {
        f"{library}_{place}_{name}": value
        for library, place in c45_exponentials.SETTINGS
        for name, value in {"least": 2.5, "most": 9.0, "twice": 0.8}.items()
    }
    assert c45_exponentials.judge(numbers) == HOLDS
    slow = {name: 0.1 if "memory" in name and name.endswith("twice") else value for name, value in numbers.items()}
    verdict = str(c45_exponentials.judge(slow))
    assert verdict.startswith("holds when data lie in cache. Then even the cheapest of the five takes as long as two")
    assert "(PyTorch in cache 2.5 to 9.0 copies and actscope in cache 2.5 to 9.0 copies, on this machine)" in verdict
    assert "It is not so when data lie in memory (PyTorch in memory 2.5 to 9.0 copies and" in verdict
    mixed = {**slow, "PyTorch_cache_twice": 0.1}
    assert "holds when data lie in cache with actscope. Then" in str(c45_exponentials.judge(mixed))
    assert c45_exponentials.judge(dict.fromkeys(numbers, 0.0)) == FAILS
