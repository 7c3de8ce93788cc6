"""Weights from the derived gain: what is set, what is left, and the proof through fifty layers."""

import dataclasses
import math

import pytest
import torch
from torch import nn

import actscope as act
from actscope import nn as act_nn
from actscope.catalogue import CATALOGUE, Activation, get
from actscope.errors import ArrayTypeError, ParameterError, UnknownActivationError
from actscope.face import function
from actscope.lab.flow.mean_field import Scales, deviation_growth, second_moments
from actscope.nn import functional

DEPTH, WIDTH, SAMPLES = 50, 128, 16


def is_level(activation: Activation) -> bool:
    """Return whether the theory keeps gradient and signal level at the gain: chi near 1, deviations not growing."""
    gain = activation.properties.gain
    chi = gain**2 * second_moments(activation, 1.0)[1]
    growth = deviation_growth(activation, Scales(1.0, gain, 0.0), 2)
    return abs(math.log(chi)) * DEPTH / 2 < math.log(5) if chi > 0 and growth < 1.005 else False


LEVEL = [a for a in CATALOGUE if a.pointwise and not a.properties.jumps and is_level(a)]


def deep(activation: Activation) -> nn.Sequential:
    layers = [part for _ in range(DEPTH) for part in (nn.Linear(WIDTH, WIDTH), act_nn.module(activation))]
    return nn.Sequential(*layers).eval()


def sizes(model: nn.Sequential) -> tuple[list[float], list[float]]:
    """Return the sizes of what each activation receives, and of the gradient there."""
    random = torch.Generator().manual_seed(3)
    flow = torch.randn(SAMPLES, WIDTH, generator=random)
    received = []
    for layer in model:
        flow = layer(flow)
        if isinstance(layer, nn.Linear):
            received.append(flow)
    gradients = torch.autograd.grad(flow, received, torch.randn(SAMPLES, WIDTH, generator=random))
    return tuple([float(t.detach().double().square().mean().sqrt()) for t in some] for some in (received, gradients))


def test_the_level_ones_are_many():
    assert {"identity", "relu", "leaky_relu", "prelu", "elu", "bipolar_sigmoid"} <= {a.name for a in LEVEL}
    assert "sigmoid" not in {a.name for a in LEVEL}


@pytest.mark.parametrize("activation", LEVEL, ids=lambda a: a.name)
def test_signal_and_gradient_stay_level_through_fifty_layers(activation):
    torch.manual_seed(0)
    model = deep(activation)
    signal, gradient = sizes(model)
    # PyTorch's own initialisation takes a factor of 1.25 (selu) to 3 off the gradient at each layer.
    assert gradient[0] < 1e-4 * gradient[-1]
    act_nn.init(model, generator=torch.Generator().manual_seed(1))
    signal, gradient = sizes(model)
    assert 0.2 < min(signal) <= max(signal) < 5
    assert 0.1 < gradient[0] / gradient[-1] < 10


def test_what_is_drawn_has_the_spread_that_is_told():
    model = nn.Sequential(
        nn.Linear(300, 400), nn.Tanh(), nn.Linear(400, 500), nn.Dropout(), act_nn.GELU(), nn.Linear(500, 10, bias=False)
    )
    done = act.nn.init(model)
    assert [(one.name, one.after, one.fan_in) for one in done.layers] == [
        ("0", "the input", 300),
        ("2", "tanh", 400),
        ("5", "gelu", 500),
    ]
    for one in done.layers:
        layer = model.get_submodule(one.name)
        assert one.std == pytest.approx(one.gain / math.sqrt(one.fan_in))
        assert float(layer.weight.detach().std()) == pytest.approx(one.std, rel=0.05)
        assert layer.bias is None or not layer.bias.any()
    assert done.layers[1].gain == act.nn.gain("tanh")
    assert done.left == ()


def test_convolutions_count_what_meets_in_an_output():
    model = nn.Sequential(
        nn.Conv1d(4, 6, 5, groups=2),
        nn.Conv2d(8, 4, (3, 5), dilation=2),
        nn.ConvTranspose2d(8, 4, 4, stride=2),
        nn.ConvTranspose3d(4, 2, 3, stride=3, groups=2),
    )
    assert [one.fan_in for one in act.nn.init(model).layers] == [10, 120, 32, 2]


def test_a_transposed_convolution_keeps_the_size():
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(64, 64, 4, stride=2, padding=1)
    act.nn.init(layer)
    inner = layer(torch.randn(2, 64, 12, 12))[..., 4:-4, 4:-4]
    assert float(inner.detach().square().mean()) == pytest.approx(1.0, abs=0.1)


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.gate = nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(8, 2)
        self.out = nn.Linear(2, 2)
        self.spare = nn.Linear(2, 2)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        x = nn.functional.leaky_relu(self.norm(self.stem(x)), 0.2)
        x = self.gate(self.conv(x).relu()) + x
        x = nn.functional.gelu(x, approximate="tanh").mean(dim=(2, 3))
        return self.out(torch.tanh(self.head(x)))


def test_forward_is_followed_through_functions_methods_and_norms():
    model = Branches()
    done = act.nn.init(model)
    assert {one.name: one.after for one in done.layers} == {
        "stem": "the input",
        "conv": "leaky_relu",
        "gate": "relu",
        "head": "mean",
        "out": "tanh",
        "spare": "what forward does not show",
    }
    gains = {one.name: one.gain for one in done.layers}
    assert gains["conv"] == act.nn.gain("leaky_relu", negative_slope=0.2)
    assert gains["head"] == gains["spare"] == 1.0
    assert [one.name for one in done.left] == ["norm"]
    assert model.calls == 0
    assert str(done).splitlines()[1] == "  stem   Conv2d  after the input                   gain 1      std 0.1925"


class Ours(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.three = nn.Linear(8, 8), nn.Linear(8, 16), nn.Linear(8, 8)

    def forward(self, x):
        x = act.leaky_relu(self.one(x), negative_slope=0.3)
        return self.three(act.swiglu(self.two(x)))


MINE = function(dataclasses.replace(get("relu"), name="mine", title="Mine", formula=2 * get("relu").formula))


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        return self.two(MINE(self.one(x)))


def test_a_users_own_activation_is_followed():
    done = act.nn.init(Own())
    assert [one.after for one in done.layers] == ["the input", "mine"]
    assert done.layers[1].gain == pytest.approx(1 / math.sqrt(2))


def test_our_own_functions_are_followed():
    model = Ours()
    done = act.nn.init(model)
    assert [one.after for one in done.layers] == ["the input", "leaky_relu", "swiglu"]
    assert done.layers[1].gain == act.nn.gain("leaky_relu", negative_slope=0.3)
    traced = torch.fx.symbolic_trace(model)
    x = torch.randn(3, 8)
    torch.testing.assert_close(traced(x), model(x))


class Choosing(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        return self.one(x) if x.sum() > 0 else self.two(x)


def test_what_cannot_be_followed_asks_for_a_name():
    model = Choosing()
    before = model.one.weight.clone()
    with pytest.raises(ParameterError, match=r"does not follow the forward of Choosing .*init\(model, 'relu'\)"):
        act.nn.init(model)
    assert torch.equal(model.one.weight, before)
    done = act.nn.init(model, "relu")
    assert [(one.after, round(one.gain, 4)) for one in done.layers] == [("the input", 1.0), ("relu", 1.4142)]


def test_tied_frozen_and_computed_weights():
    model = nn.Module()
    model.embedding = nn.Embedding(10, 4)
    model.head = nn.Linear(4, 10)
    model.head.weight = model.embedding.weight
    model.one, model.two = nn.Linear(4, 4), nn.Linear(4, 4)
    model.two.weight = model.one.weight
    model.frozen = nn.Linear(4, 4).requires_grad_(False)
    model.normed = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))
    model.attention = nn.MultiheadAttention(4, 2)
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    done = act.nn.init(model, "relu")
    assert [one.name for one in done.layers] == ["one", "attention.out_proj"]
    assert {one.name: one.why for one in done.left} == {
        "embedding": "not a layer that init draws",
        "head": "its weight is that of the embedding 'embedding'",
        "two": "its weight is that of 'one'",
        "frozen": "frozen",
        "normed": "its weight is computed from other parameters",
        "attention": "not a layer that init draws",
    }
    for name, tensor in model.state_dict().items():
        changed = name.startswith(("one.", "two.weight", "attention.out_proj.weight"))
        assert torch.equal(tensor, kept[name]) != changed


def test_transformer_layers():
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu")
    done = act.nn.init(nn.Sequential(layer))
    assert {one.name: one.after for one in done.layers} == {
        "0.self_attn.out_proj": "what forward does not show",
        "0.linear1": "what forward does not show",
        "0.linear2": "gelu",
    }


def test_a_seed_gives_the_same_weights_in_every_dtype_and_leaves_the_global_state():
    torch.manual_seed(9)
    state = torch.get_rng_state()
    found = []
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        model = nn.Sequential(*[nn.utils.skip_init(nn.Linear, 8, 8, dtype=dtype)])
        act.nn.init(model, generator=torch.Generator().manual_seed(5))
        found.append(model[0].weight)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(found[0].bfloat16(), found[2])
    model = nn.Sequential(nn.Linear(8, 8))
    act.nn.init(model, generator=torch.Generator().manual_seed(5))
    assert torch.equal(model[0].weight, found[0])


def test_a_seed_stands_for_a_generator():
    weights = []
    for given in ({"seed": 5}, {"seed": 5}, {"generator": torch.Generator().manual_seed(5)}, {"seed": 6}):
        model = nn.Linear(4, 4)
        act.nn.init(model, **given)
        weights.append(model.weight.detach())
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[3])
    with pytest.raises(ParameterError, match="a `generator` or a `seed`, but got both"):
        act.nn.init(nn.Linear(4, 4), seed=1, generator=torch.Generator())
    for wrong in (0.5, "1", True):
        with pytest.raises(ParameterError, match="init: `seed` must be a whole number, but got"):
            act.nn.init(nn.Linear(4, 4), seed=wrong)


def test_a_scheme_is_no_activation_and_told_what_stands_for_it():
    for scheme, told in (
        ("he", r"init\(model\) finds; init\(model, 'relu'\) names the activation of He's"),
        ("Kaiming_normal", "of He's"),
        ("xavier", r"torch\.nn\.init\.xavier_normal_"),
        ("lecun_normal", r"init\(model, 'selu'\)"),
    ):
        with pytest.raises(ParameterError, match=f"init takes an activation, not the scheme '{scheme}': .*{told}"):
            act.nn.init(nn.Linear(4, 4), scheme)


def test_learned_slopes_count_with_their_mean():
    model = nn.Sequential(nn.Linear(4, 4), nn.PReLU(4, init=0.5), nn.Linear(4, 4))
    assert act.nn.init(model).layers[1].gain == pytest.approx(act.nn.gain("prelu", weight=0.5))


def test_selu_gets_lecuns_normal():
    model = nn.Sequential(nn.Linear(64, 64), nn.SELU(), nn.Linear(64, 64))
    assert [one.std for one in act.nn.init(model).layers] == pytest.approx([1 / 8, 1 / 8], rel=1e-6)


def test_gated_activations_have_their_gain():
    z = torch.randn(2, 400_000, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for name in ("glu", "swiglu", "geglu", "reglu", "bilinear"):
        moment = functional.apply(name, z[0], z[1]).square().mean().sqrt()
        assert act.nn.gain(name) * float(moment) == pytest.approx(1.0, abs=0.02)
    # By hand: E[relu(a)^2 b^2] = 1/2.
    assert act.nn.gain("reglu") == pytest.approx(math.sqrt(2), rel=1e-12)
    model = nn.Sequential(nn.Linear(4, 8), nn.GLU(), nn.Linear(4, 4))
    assert act.nn.init(model).layers[1].gain == act.nn.gain("glu")


def test_after_a_softmax_nothing_is_scaled():
    assert act.nn.init(nn.Sequential(nn.Softmax(dim=-1), nn.Linear(4, 4))).layers[0].gain == 1.0


def test_what_has_no_values_yet_is_refused():
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(ArrayTypeError, match=r"layer '0' is on the meta device.*to_empty"):
        act.nn.init(model)
    with pytest.raises(ArrayTypeError, match=r"layer '0' has no shape yet; send one batch"):
        act.nn.init(nn.Sequential(nn.LazyLinear(3)))
    with pytest.raises(ArrayTypeError, match="init needs a torch module, but got list"):
        act.nn.init([nn.Linear(2, 2)])
    with pytest.raises(UnknownActivationError, match="did you mean 'relu'"):
        act.nn.init(nn.Linear(2, 2), "rellu")


@pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.pointwise], ids=lambda a: a.name)
def test_the_gain_keeps_the_second_moment_of_a_wide_layer(activation):
    generator = torch.Generator().manual_seed(7)
    z = torch.randn(400_000, generator=generator, dtype=torch.float64)
    moment = functional.apply(activation, z).square().mean().sqrt()
    assert act_nn.gain(activation) * float(moment) == pytest.approx(1.0, abs=0.01)
    assert act_nn.gain(activation.name) == activation.properties.gain


def test_the_gain_follows_parameters():
    assert act_nn.gain("leaky_relu", negative_slope=0.2) == pytest.approx(nn.init.calculate_gain("leaky_relu", 0.2))
    assert act_nn.gain("relu") == pytest.approx(math.sqrt(2))
    with pytest.raises(ParameterError, match="softmax acts on a row"):
        act_nn.gain("softmax")
    with pytest.raises(ParameterError, match="relu has no parameter 'alpha'"):
        act_nn.gain("relu", alpha=1.0)
