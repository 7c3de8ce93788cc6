"""Causes that training shows, planted in several architectures, beside constructions that are meant so."""

import pytest
import torch
from torch import nn

import actscope as act
from actscope.probe.findings import findings_of
from actscope.probe.rows.statistics import ABOVE, BELOW
from actscope.probe.seeing.made import as_made
from probe.recordings import Layer, recording


def sure(seen):
    return {finding.name for finding in findings_of(seen) if finding.weight == "finding"}


@pytest.mark.parametrize(
    ("function", "mean", "signs", "line"),
    [
        ("softplus", 6.0, ABOVE, True),
        ("gelu", 4.0, ABOVE, True),
        ("softplus", -4.4, BELOW, False),
        ("gelu", -1.0, BELOW, False),
        ("softplus", 0.9, ABOVE, False),
    ],
)
def test_on_one_side_counts_where_the_function_is_a_line(function, mean, signs, line):
    made = recording(Layer(), Layer(function=function, mean=mean, spread=0.7, signs=signs), Layer())
    assert ("one-sided-units" in sure(made)) == line


@pytest.mark.parametrize("convolution", [False, True])
@pytest.mark.parametrize(("bias", "line"), [(9.0, True), (-4.5, False)])
def test_a_smooth_function_is_a_line_far_above_0_alone(convolution, bias, line):
    torch.manual_seed(0)
    layers = [nn.Conv1d(1, 16, 3), nn.Softplus(), nn.Flatten()] if convolution else [nn.Linear(6, 16), nn.Softplus()]
    model = nn.Sequential(*layers, nn.LazyLinear(1))
    nn.init.constant_(layers[0].bias, bias)
    x = torch.randn(20, 32, *((1, 6) if convolution else (6,)))
    diagnosis = act.diagnose(model, nn.MSELoss(), [(one, one.flatten(1)[:, :1]) for one in x], steps=40)
    assert ("one-sided-units" in {one.name for one in diagnosis.findings}) == line


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.layers, self.last = nn.Linear(6, 16), [nn.Linear(16, 16), nn.Linear(16, 16)], nn.Linear(16, 3)

    def forward(self, x):
        x = self.first(x)
        for layer in self.layers:
            x = layer(torch.relu(x))
        return self.last(torch.relu(x))


@pytest.mark.parametrize("given", [False, True])
def test_layers_in_a_list_are_none_of_the_models_unless_an_optimiser_has_them(given):
    torch.manual_seed(0)
    model = Listed()
    more = [parameter for layer in model.layers for parameter in layer.parameters()] if given else []
    optimizer = torch.optim.Adam([*model.parameters(), *more])
    with act.watch(model, budget=None) as probe:
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(torch.randn(32, 6)), torch.arange(32) % 3).backward()
            optimizer.step()
    found = [finding for finding in probe.diagnosis().findings if finding.name == "unreached-parameters"]
    assert [(one.where, one.weight) for one in found] == ([] if given else [("layers", "finding")])
    if not given:
        assert found[0].advice[-1] == "    self.layers = torch.nn.ModuleList(self.layers)"


def trained(model, loss, x, y, clear=None, steps=30):
    """What a probe finds in a plain loop, in which `clear` acts between backward and step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with act.watch(model, budget=None) as probe:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            if clear is not None:
                clear(optimizer)
            optimizer.step()
    return [finding for finding in probe.diagnosis().findings if finding.weight == "finding"]


def lowered(layer, bias=-50.0):
    nn.init.constant_(layer.bias, bias)
    return layer


class Read(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.rnn, self.out = nn.LSTM(6, 8, batch_first=True), lowered(nn.Linear(8, 3), bias)

    def forward(self, x):
        return torch.relu(self.out(self.rnn(x[:, None])[0][:, -1]) - 1)


X, CLASSES, NUMBERS = torch.randn(64, 6), torch.arange(64) % 3, torch.linspace(-1, 1, 64)[:, None]
SMALL = {
    "dense": lambda bias: nn.Sequential(lowered(nn.Linear(6, 2), bias), nn.ReLU(), nn.Linear(2, 1)),
    "convolution": lambda bias: nn.Sequential(
        nn.Unflatten(1, (1, 6)), lowered(nn.Conv1d(1, 3, 3), bias), nn.ReLU(), nn.Flatten(), nn.Linear(12, 1)
    ),
}


@pytest.mark.parametrize("kind", SMALL)
def test_a_small_layer_that_lets_nothing_through_is_dead(kind):
    torch.manual_seed(0)
    met = trained(SMALL[kind](-50.0), nn.functional.mse_loss, X, NUMBERS)
    assert [one.name for one in met] == ["dead-units"]
    assert "(100 %)" in met[0].evidence
    assert trained(SMALL[kind](0.1), nn.functional.mse_loss, X, NUMBERS) == []


@pytest.mark.parametrize("kind", ["dense", "recurrent"])
def test_an_output_without_slope_is_named_as_that(kind):
    def built(bias):
        head = lowered(nn.Linear(16, 3), bias)
        return Read(bias) if kind == "recurrent" else nn.Sequential(nn.Linear(6, 16), nn.Tanh(), head, nn.ReLU())

    torch.manual_seed(0)
    met = trained(built(-50.0), nn.functional.cross_entropy, X, CLASSES)
    assert {one.name for one in met} == {"wrong-output-activation"}
    assert "no slope for any of its 3 units" in " ".join(one.evidence for one in met)
    assert "no slope" not in " ".join(
        one.evidence for one in trained(built(2.0), nn.functional.cross_entropy, X, CLASSES)
    )


@pytest.mark.parametrize("to_none", [False, True])
@pytest.mark.parametrize("kind", SMALL)
def test_gradients_that_are_cleared_before_the_step_are_said_to_be(kind, to_none):
    torch.manual_seed(0)
    loss = nn.functional.mse_loss
    met = trained(SMALL[kind](0.1), loss, X, NUMBERS, clear=lambda optimizer: optimizer.zero_grad(to_none))
    assert [one.name for one in met] == ["unreached-parameters"]
    assert "cleared between backward and step" in met[0].evidence


@pytest.mark.parametrize("to_none", [False, True])
@pytest.mark.parametrize("kind", [torch.optim.LBFGS, torch.optim.Adam, torch.optim.SGD])
def test_a_closure_that_computes_gradients_anew_is_no_mistake(kind, to_none):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = kind(model.parameters(), lr=0.001)

    def closure():
        optimizer.zero_grad(to_none)
        loss = nn.functional.mse_loss(model(X), X[:, :1])
        loss.backward()
        return loss

    with act.watch(model, budget=None) as probe:
        for _ in range(15):
            optimizer.zero_grad(to_none)
            optimizer.step(closure)
    assert [one.name for one in probe.diagnosis().findings if one.name in ("unreached-parameters", "no-slope")] == []


def spoilt(layers, act_fn, scale=1.0, gain=1.0):
    """What is found where the numbers leave float32 within three steps."""
    torch.manual_seed(0)
    for layer in layers:
        nn.init.normal_(layer.weight, std=gain)
    model = nn.Sequential(*(part for layer in layers for part in (layer, act_fn())), nn.Flatten(), nn.LazyLinear(1))
    wide = layers[0].weight.dim() == 2
    x = scale * torch.randn(20, 64, *((8,) if wide else (1, 8)))
    diagnosis = act.diagnose(model, nn.MSELoss(), [(one, torch.ones(64, 1)) for one in x], steps=20)
    assert diagnosis.recording.first_bad.step <= 3
    return [finding.name for finding in diagnosis.findings if finding.weight == "finding"]


DEEP = {
    "dense": lambda: [nn.Linear(8, 64), *(nn.Linear(64, 64) for _ in range(11))],
    "convolution": lambda: [nn.Conv1d(1, 16, 3, padding=1), *(nn.Conv1d(16, 16, 3, padding=1) for _ in range(11))],
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_made_a_number_not_finite_at_once_is_told_before_it(kind):
    assert spoilt(DEEP[kind](), nn.ReLU, gain=1e3)[:2] == ["unsuited-initialisation", "non-finite"]


@pytest.mark.parametrize("kind", DEEP)
def test_inputs_that_overflow_at_the_first_step_are_told_before_it(kind):
    met = spoilt(DEEP[kind]()[:1], nn.ReLU, scale=1e25)
    assert met[0] == "unscaled-inputs"
    assert "non-finite" in met


def test_a_hole_in_the_data_has_no_cause_in_the_model():
    torch.manual_seed(0)
    model = nn.Sequential(*(part for _ in range(5) for part in (nn.Linear(8, 8), nn.Tanh())), nn.Linear(8, 1))
    x = torch.randn(20, 16, 8)
    x[0, 3, 2] = torch.nan
    diagnosis = act.diagnose(model, nn.MSELoss(), [(one, one[:, :1]) for one in x], steps=20)
    assert [one.name for one in diagnosis.findings if one.weight == "finding"] == ["non-finite"]


class Recurring(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRU(6, 16, batch_first=True), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.rnn(x[:, None].expand(-1, 3, -1))[0][:, -1])


BODIES = {
    "dense": lambda: nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3)),
    "convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 6)), nn.Conv1d(1, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 3)
    ),
    "recurrent": Recurring,
}


def left_out(model, before=0):
    """The weight of what is found of weights that an optimiser of the head leaves out; all are trained `before`."""
    whole = torch.optim.Adam(model.parameters(), lr=0.01)
    head = torch.optim.Adam(list(model.parameters())[-2:], lr=0.01)

    def steps(optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(X), CLASSES).backward()
            optimizer.step()

    steps(whole, before)
    with act.watch(model, budget=None) as probe:
        steps(head, 20)
    return [one.weight for one in probe.diagnosis().findings if one.name == "unreached-parameters"]


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_left_out_is_sick_if_it_is_as_it_was_made(kind):
    torch.manual_seed(0)
    assert left_out(BODIES[kind]()) == ["finding"]
    assert left_out(BODIES[kind](), before=30) == ["hint"]
    frozen = BODIES[kind]()
    for parameter in list(frozen.parameters())[:-2]:
        parameter.requires_grad_(False)
    assert left_out(frozen) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(64, 32),
        lambda: nn.Conv2d(3, 32, 3),
        lambda: nn.LSTM(20, 32),
        lambda: nn.GRU(8, 64),
        lambda: nn.RNN(4, 32),
    ],
)
def test_weights_are_known_to_be_as_pytorch_makes_them(make):
    torch.manual_seed(0)
    layer = make()
    weights = [weight for weight in layer.parameters() if weight.dim() > 1]
    assert all(as_made(type(layer).__name__, weight) for weight in weights)
    assert all(as_made(type(layer).__name__, weight.bfloat16()) for weight in weights)
    for draw in (nn.init.kaiming_uniform_, nn.init.kaiming_normal_, nn.init.orthogonal_):
        assert not any(as_made(type(layer).__name__, draw(torch.empty_like(weight))) for weight in weights)
    moved = [weight + 0.1 * weight.std() * torch.randn_like(weight) for weight in weights]
    assert not any(as_made(type(layer).__name__, weight) for weight in moved)
