"""Where PyTorch has an activation, ours has its name, its parameters with their defaults, its values and its kinks."""

import inspect

import numpy as np
import pytest
import torch

from actscope.catalogue import CATALOGUE, Activation
from actscope.formula import evaluate

# PyTorch's modules that are no activations of numbers, and those whose name says something else there.
NOT_OURS = {"Identity", "Bilinear"}
THEIRS = {a.class_name: a for a in CATALOGUE if hasattr(torch.nn, a.class_name) and a.class_name not in NOT_OURS}
# What a module takes beside the numbers of the formula; softplus needs no threshold here.
NO_NUMBERS = {"args", "kwargs", "inplace", "dim", "num_parameters", "device", "dtype", "approximate", "threshold"}
NO_NUMBERS |= {"min_value", "max_value"}  # deprecated names
CALLED_OTHERWISE = {"weight": "init"}
X = torch.tensor([-7.3, -3.0, -2.5, -1.0, -0.5, -0.3, 0.0, 0.2, 0.5, 1.0, 2.9, 3.0, 5.5, 6.0, 8.1], dtype=torch.float64)


def module(activation: Activation) -> torch.nn.Module:
    given = {"threshold": (1.0, 0.0)}.get(activation.name, ())
    built = getattr(torch.nn, activation.class_name)(*given)
    return built.double().eval()


def test_what_pytorch_has_is_here_under_its_name():
    described = {
        *(
            "CELU",
            "ELU",
            "GELU",
            "GLU",
            "Hardshrink",
            "Hardsigmoid",
            "Hardswish",
            "Hardtanh",
            "LeakyReLU",
            "LogSigmoid",
        ),
        *("LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softmax", "Softmin"),
        *("Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold"),
    }
    assert set(THEIRS) == described


@pytest.mark.parametrize("activation", THEIRS.values(), ids=lambda a: a.name)
def test_parameters_and_defaults(activation):
    signature = inspect.signature(getattr(torch.nn, activation.class_name)).parameters
    for parameter in activation.parameters:
        if activation.name in ("sigmoid", "softmax", "softmin", "log_softmax"):
            continue  # gain and temperature are ours
        theirs = signature[CALLED_OTHERWISE.get(parameter.name, parameter.name)]
        if theirs.default is not inspect.Parameter.empty:
            assert parameter.default == theirs.default
    ours = {CALLED_OTHERWISE.get(p.name, p.name) for p in activation.parameters}
    assert {name for name in signature if name not in NO_NUMBERS} <= ours


@pytest.mark.parametrize("activation", [a for a in THEIRS.values() if a.pointwise], ids=lambda a: a.name)
def test_values_and_slopes(activation):
    x = X.clone().requires_grad_()
    y = module(activation)(x)
    y.sum().backward()
    # PyTorch leaves softplus at 20, and has the slope 1/6 of hardsigmoid in float32 only.
    near = {"rtol": {"softplus": 1e-9, "hardsigmoid": 1e-7}.get(activation.name, 1e-13), "atol": 1e-15}
    np.testing.assert_allclose(evaluate(activation.formula, x=X.numpy(), **activation.bind()), y.detach(), **near)
    # At 3 PyTorch's slope of hardswish is the parabola's, which no other input has.
    kept = ~np.isin(np.abs(X.numpy()), 3.0) if activation.name == "hardswish" else np.ones(len(X), bool)
    slope = np.broadcast_to(evaluate(activation.slope_formula, x=X.numpy(), **activation.bind()), X.shape)
    np.testing.assert_allclose(slope[kept], x.grad.numpy()[kept], **near)


def test_gates_and_rows():
    x = torch.linspace(-3, 4, 8, dtype=torch.float64)
    a, b = x.numpy()[:4], x.numpy()[4:]
    np.testing.assert_allclose(evaluate(CATALOGUE["glu"].formula, a=a, b=b), torch.nn.functional.glu(x), rtol=1e-13)
    for name, function in (("softmax", torch.softmax), ("softmin", torch.nn.functional.softmin)):
        found = evaluate(CATALOGUE[name].formula, x=x.numpy(), temperature=1.0)
        np.testing.assert_allclose(found, function(x, -1), rtol=1e-13)
    found = evaluate(CATALOGUE["log_softmax"].formula, x=x.numpy(), temperature=1.0)
    np.testing.assert_allclose(found, torch.log_softmax(x, -1), rtol=1e-13)


def test_rrelu_in_training_draws_between_its_bounds():
    rrelu = CATALOGUE["rrelu"]
    drawn = evaluate(rrelu.drawn.formula, x=np.array([-1.0, 2.0]), **{rrelu.drawn.symbol: 0.25})
    assert drawn.tolist() == [-0.25, 2.0]
    assert (rrelu.drawn.low, rrelu.drawn.high) == ("lower", "upper")


def test_the_comparison_bites():
    x = X.numpy()
    silu = evaluate(CATALOGUE["silu"].formula, x=x)
    with pytest.raises(AssertionError, match="Not equal"):
        np.testing.assert_allclose(silu, module(CATALOGUE["mish"])(X), rtol=1e-9)
