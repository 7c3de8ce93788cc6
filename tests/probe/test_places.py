"""Every place where an activation acts is seen, with the numbers that float64 gives for what flows there."""

import copy
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import actscope as act
from actscope.probe.records import PlaceHistory, Recording
from actscope.probe.rows import statistics
from actscope.probe.slopes import EPS
from actscope.probe.watching import watch

Function = Callable[[Tensor], Tensor]


class Around(nn.Module):
    """A function, of which the model knows no more than that it calls it, between two layers."""

    def __init__(self, f: Function) -> None:
        super().__init__()
        self.a, self.b, self.f = nn.Linear(6, 8), nn.Linear(8, 3), f

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.f(self.a(x)))


def seen(model: nn.Module, *batches: Tensor) -> Recording:
    """Return what a probe sees at one step on each batch, without any update."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watch(model, budget=None) as probe:
        for x in batches:
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
    assert [note for note in probe.recording().notes if "stopped" in note] == []
    return probe.recording()


def check(
    history: PlaceHistory, f: Function, x: Tensor, arriving: Tensor, leaving: Tensor, slopes: bool = True
) -> None:
    """Compare a place with what is true of f at x, of shape (steps, batch, units), and of the gradients."""
    row, zeros = history.pooled(), int((f(x) == 0).sum())
    x = x.double().detach().requires_grad_()
    y = (copy.deepcopy(f).double() if isinstance(f, nn.Module) else f)(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    x, y = x.detach(), y.detach()
    close = {"rel": 1e-5, "abs": 1e-9}
    assert (row["passes"], row["elements"], row["count"]) == (len(x), x.numel(), x.numel())
    assert float(row["mean"]) == pytest.approx(float(x.mean()), **close)
    assert float(statistics.spread(row)) == pytest.approx(float(x.std(correction=0)), **close)
    assert (float(row["low"]), float(row["high"])) == pytest.approx((float(x.min()), float(x.max())), **close)
    assert float(row["out_mean"]) == pytest.approx(float(y.mean()), rel=1e-4, abs=1e-6)
    assert float(statistics.spread(row, "out_")) == pytest.approx(float(y.std(correction=0)), rel=1e-4)
    assert int(row["zeros"]) == zeros
    for name, gradient in (("arriving_", arriving), ("leaving_", leaving)):
        true = float(gradient.double().square().mean().sqrt())
        assert float(statistics.root_mean_square(row, name)) == pytest.approx(true, rel=1e-4), name
    if slopes:
        assert int(row["flat"]) == int((slope.abs() < EPS).sum())
        assert history.silent() == float((slope.abs() < EPS).flatten(0, -2).all(0).double().mean())
    assert history.silent(bit=statistics.ABOVE) == float((x <= 0).flatten(0, -2).all(0).double().mean())


def gradients(model: Around, f: Function, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return what arrives at f in a model and both gradients, by a function that overwrites nothing."""
    z = model.a(x)
    y = f(z)
    return z, *torch.autograd.grad(model.b(y).square().mean(), (y, z))


def compare(call: Function, f: Function, name: str, function: str, slopes: bool = True) -> None:
    torch.manual_seed(1)
    model, batches = Around(call), torch.randn(3, 16, 6) * 6
    (history,) = seen(model, *batches).places
    assert (history.place.name, history.place.function, history.place.units) == (name, function, 8)
    z, arriving, leaving = (torch.stack(one) for one in zip(*(gradients(model, f, x) for x in batches), strict=True))
    check(history, f, z, arriving, leaving, slopes)


MODULES: dict[str, tuple[nn.Module, str]] = {
    repr(layer): (layer, name)
    for layer, name in [
        *((nn.CELU(0.5), "celu"), (nn.ELU(2.0), "elu"), (nn.GELU(), "gelu"), (nn.GELU("tanh"), "gelu_tanh")),
        *((nn.Hardshrink(), "hardshrink"), (nn.Hardsigmoid(), "hardsigmoid"), (nn.Hardswish(), "hardswish")),
        *((nn.Hardtanh(-2, 1), "hardtanh"), (nn.LeakyReLU(0.2), "leaky_relu"), (nn.LogSigmoid(), "logsigmoid")),
        *((nn.Mish(), "mish"), (nn.PReLU(), "prelu"), (nn.ReLU(), "relu"), (nn.ReLU6(), "relu6"), (nn.SELU(), "selu")),
        *((nn.SiLU(), "silu"), (nn.Sigmoid(), "sigmoid"), (nn.Softplus(2.0), "softplus"), (nn.Tanh(), "tanh")),
        *((nn.Softshrink(), "softshrink"), (nn.Softsign(), "softsign"), (nn.Tanhshrink(), "tanhshrink")),
        (nn.Threshold(0.5, 0.5), "threshold"),
    ]
}
IN_PLACE: dict[str, tuple[nn.Module, nn.Module, str]] = {
    repr(layer): (layer, MODULES[repr(layer).replace(", inplace=True", "").replace("inplace=True", "")][0], name)
    for layer, name in [
        *((nn.CELU(0.5, True), "celu"), (nn.ELU(2.0, True), "elu"), (nn.Hardsigmoid(True), "hardsigmoid")),
        *((nn.Hardswish(True), "hardswish"), (nn.Hardtanh(-2, 1, True), "hardtanh"), (nn.Mish(True), "mish")),
        *((nn.LeakyReLU(0.2, True), "leaky_relu"), (nn.ReLU(True), "relu"), (nn.ReLU6(True), "relu6")),
        *((nn.SELU(True), "selu"), (nn.SiLU(True), "silu"), (nn.Threshold(0.5, 0.5, True), "threshold")),
    ]
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    layer, function = MODULES[name]
    compare(layer, layer, "f", function)


CALLS: dict[str, tuple[Function, Function, str]] = {
    "F.relu": (functional.relu, torch.relu, "relu"),
    "F.relu_": (functional.relu_, torch.relu, "relu"),
    "F.relu(inplace)": (lambda x: functional.relu(x, inplace=True), torch.relu, "relu"),
    "torch.relu_": (torch.relu_, torch.relu, "relu"),
    "x.relu()": (lambda x: x.relu(), torch.relu, "relu"),
    "x.relu_()": (lambda x: x.relu_(), torch.relu, "relu"),
    "x.clamp(min=0)": (lambda x: x.clamp(min=0), torch.relu, "relu"),
    "x.clamp_(-2, 1)": (lambda x: x.clamp_(-2, 1), lambda x: functional.hardtanh(x, -2, 1), "hardtanh"),
    "torch.sigmoid": (torch.sigmoid, torch.sigmoid, "sigmoid"),
    "x.sigmoid()": (lambda x: x.sigmoid(), torch.sigmoid, "sigmoid"),
    "x.sigmoid_()": (lambda x: x.sigmoid_(), torch.sigmoid, "sigmoid"),
    "expit": (torch.special.expit, torch.sigmoid, "sigmoid"),
    "torch.tanh": (torch.tanh, torch.tanh, "tanh"),
    "x.tanh_()": (lambda x: x.tanh_(), torch.tanh, "tanh"),
    "F.gelu": (functional.gelu, functional.gelu, "gelu"),
    "F.gelu(tanh)": (lambda x: functional.gelu(x, approximate="tanh"), nn.GELU("tanh"), "gelu_tanh"),
    "F.silu": (functional.silu, functional.silu, "silu"),
    "F.silu(inplace)": (lambda x: functional.silu(x, inplace=True), functional.silu, "silu"),
    "F.mish": (functional.mish, functional.mish, "mish"),
    "F.elu": (lambda x: functional.elu(x, 0.5), lambda x: functional.elu(x, 0.5), "elu"),
    "F.elu_": (functional.elu_, functional.elu, "elu"),
    "F.selu": (functional.selu, functional.selu, "selu"),
    "F.celu": (lambda x: functional.celu(x, 2.0), lambda x: functional.celu(x, 2.0), "celu"),
    "F.leaky_relu": (lambda x: functional.leaky_relu(x, 0.3), lambda x: functional.leaky_relu(x, 0.3), "leaky_relu"),
    "F.leaky_relu_": (functional.leaky_relu_, functional.leaky_relu, "leaky_relu"),
    "F.relu6": (functional.relu6, functional.relu6, "relu6"),
    "F.hardswish": (functional.hardswish, functional.hardswish, "hardswish"),
    "F.softplus": (functional.softplus, functional.softplus, "softplus"),
    "F.logsigmoid": (functional.logsigmoid, functional.logsigmoid, "logsigmoid"),
    "F.softshrink": (functional.softshrink, functional.softshrink, "softshrink"),
    "torch.sin": (torch.sin, torch.sin, "sine"),
    "torch.atan": (torch.atan, torch.atan, "arctan"),
    "actscope": (act.silu, functional.silu, "silu"),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_and_methods(name: str) -> None:
    call, f, function = CALLS[name]
    compare(call, f, function, function, slopes=function != "sine")


@pytest.mark.parametrize("name", IN_PLACE)
def test_modules_that_overwrite_their_input(name: str) -> None:
    layer, f, function = IN_PLACE[name]
    compare(layer, f, "f", function)


class Swish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class Squared(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x) ** 2


class OwnLeaky(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x > 0, x, 0.1 * x)


class NewGelu(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class SwishInPlace(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(torch.sigmoid(x))


@pytest.mark.parametrize("layer", [Swish(), Squared(), OwnLeaky(), NewGelu()], ids=lambda layer: type(layer).__name__)
def test_a_users_own_module_is_one_place(layer: nn.Module) -> None:
    compare(layer, layer, "f", type(layer).__name__)


class Scale(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x + 1


class Normalised(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / (1e-5 + x.std(-1, keepdim=True))


@pytest.mark.parametrize("layer", [Scale(), Normalised(), nn.Identity(), nn.Dropout(), nn.LayerNorm(8)])
def test_what_bends_no_number_by_itself_is_no_place(layer: nn.Module) -> None:
    assert seen(Around(layer), torch.randn(4, 6)).places == ()


def test_the_comparison_bites() -> None:
    with pytest.raises(AssertionError):
        compare(nn.Sigmoid(), lambda x: torch.sigmoid(x) * 1.001, "f", "sigmoid")
    with pytest.raises(AssertionError):
        compare(nn.Softplus(), lambda x: functional.softplus(x, 3.0), "f", "softplus")


def test_each_use_of_one_module_has_its_own_row() -> None:
    class Reused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c, self.act = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3), nn.Tanh()

        def forward(self, x: Tensor) -> Tensor:
            return self.c(self.act(self.b(self.act(self.a(x)))))

    torch.manual_seed(0)
    model, batches = Reused(), torch.randn(3, 16, 6) * 3
    first, second = seen(model, *batches).places
    assert (first.place.name, second.place.name) == ("act", "act#2")
    assert (first.place.layer, second.place.layer) == ("a", "b")
    found: list[list[Tensor]] = []
    for x in batches:
        u = model.a(x)
        v = model.b(h := torch.tanh(u))
        y = torch.tanh(v)
        found.append([u, v, *torch.autograd.grad(model.c(y).square().mean(), (h, u, y, v))])
    u, v, at_h, at_u, at_y, at_v = (torch.stack(one) for one in zip(*found, strict=True))
    check(first, torch.tanh, u, at_h, at_u)
    check(second, torch.tanh, v, at_y, at_v)


@pytest.mark.parametrize("inplace", [False, True])
def test_a_residual_block_on_images(inplace: bool) -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.act, self.head = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(inplace), nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head((x + self.act(self.conv(x))).mean((2, 3)))

    torch.manual_seed(0)
    model, batches = Block(), torch.randn(2, 4, 3, 5, 5)
    (history,) = seen(model, *batches).places
    assert (history.place.name, history.place.units) == ("act", 3)
    found: list[list[Tensor]] = []
    for x in batches:
        z = model.conv(x)
        y = torch.relu(z)
        loss = model.head((x + y).mean((2, 3))).square().mean()
        found.append([z, *torch.autograd.grad(loss, (y, z))])
    z, at_y, at_z = (torch.stack(one).movedim(2, -1) for one in zip(*found, strict=True))
    check(history, torch.relu, z, at_y, at_z)


def test_functions_inside_blocks_of_others() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, activation=functional.gelu)
    x = torch.randn(4, 5, 8)
    (history,) = seen(layer, x).places
    assert (history.place.name, history.place.layer, history.place.units) == ("gelu", "linear1", 16)
    z = layer.linear1(layer.norm1(x + layer.self_attn(x, x, x, need_weights=False)[0]))
    row = history.pooled()
    assert float(row["mean"]) == pytest.approx(float(z.detach().double().mean()), rel=1e-5)
    assert float(statistics.spread(row)) == pytest.approx(float(z.detach().double().std(correction=0)), rel=1e-5)


def test_parameters_against_the_truth() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=0.1)
    gradients, updates, weights, signs = [], [], [], []
    with watch(model, budget=None) as probe:
        for _ in range(5):
            optimizer.zero_grad()
            model(torch.rand(16, 6)).square().mean().backward()
            weight = model[0].weight
            before, gradient = weight.detach().double().clone(), weight.grad.double()
            above, below = (gradient > 0).sum(1), (gradient < 0).sum(1)
            alive = above + below > 0
            signs.append((torch.maximum(above, below) / (above + below))[alive].double())
            optimizer.step()
            gradients.append(gradient), weights.append(before), updates.append(weight.detach().double() - before)
    history = next(one for one in probe.recording().parameters if one.name == "0.weight")
    row = history.pooled()

    def rms(found: list[Tensor]) -> float:
        return float(torch.stack(found).square().mean().sqrt())

    assert (history.shape, history.trained, history.layer) == ((8, 6), True, "Linear")
    assert float(statistics.root_mean_square(row, "gradient_")) == pytest.approx(rms(gradients), rel=1e-5)
    assert float(statistics.root_mean_square(row, "weight_")) == pytest.approx(rms(weights), rel=1e-5)
    # The last update shows in the next step, which never came.
    assert float(statistics.root_mean_square(row, "update_")) == pytest.approx(rms(updates[:-1]), rel=1e-4)
    assert float(row["one_signed"] / row["rows"]) == pytest.approx(float(torch.cat(signs).mean()), rel=1e-6)
    assert probe.recording().optimizer.name == "Adam"
