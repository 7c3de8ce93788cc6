"""Bad input: the error names the argument, what was met, what is expected; a number is never bad input."""

import numpy as np
import pytest
import torch

import actscope as act
from actscope.errors import ArrayTypeError, ParameterError
from actscope.nn import functional
from tensors import EVERY, GATED, LEARNABLE, each, learned

X = torch.ones(2, 3, 4)
PAIR = (X, X)


@EVERY
def test_other_numbers_are_refused(activation):
    for dtype in (torch.int64, torch.uint8, torch.bool, torch.complex64, torch.float8_e4m3fn):
        x = torch.ones(2, 4, dtype=dtype)
        remedy = r"pass %s\.real or %s\.abs\(\)" if dtype.is_complex else r"call %s\.float\(\) first"
        for k, name in enumerate(activation.inputs):
            inputs = [torch.ones(2, 4) for _ in activation.inputs]
            inputs[k] = x
            told = f"^{activation.name} .*`{name}` is a tensor of {dtype}; " + remedy.replace("%s", name)
            with pytest.raises(ArrayTypeError, match=told):
                functional.apply(activation, *inputs)
            with pytest.raises(TypeError, match=remedy.replace("%s", "x")):
                functional.slope(activation, x)


@each(LEARNABLE)
def test_parameters_of_other_numbers_are_refused(activation):
    (name,) = learned(activation)
    for dtype in (torch.int64, torch.complex64):
        with pytest.raises(ArrayTypeError, match=f"`{name}` is a tensor of {dtype}; (call|pass) {name}"):
            functional.apply(activation, X, **{name: torch.ones(3, dtype=dtype)})
    with pytest.raises(ArrayTypeError, match=r"`bias` is a tensor of torch\.int64; call bias"):
        functional.apply(activation, X, bias=torch.ones(4, dtype=torch.int64))


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support:UserWarning")  # torch's own, of making one
@EVERY
def test_layouts_without_a_place_for_each_number_are_refused(activation):
    x = torch.ones(2, 4)
    for layout in (x.to_sparse(), x.to_sparse_csr(), x.to_mkldnn()):
        inputs = [layout, *[x] * (len(activation.inputs) - 1)]
        name = activation.inputs[0]
        with pytest.raises(ArrayTypeError, match=f"`{name}` has the layout {layout.layout}; call {name}.to_dense"):
            functional.apply(activation, *inputs)


REFUSED = {
    # Parameters: name, kind, bounds, order.
    "elu: `alpha` must be a number > 0, but got -1.0": lambda: act.elu(X, alpha=-1.0),
    "elu: `alpha` must be a number > 0, but got nan": lambda: act.elu(X, alpha=float("nan")),
    "elu has no parameter 'alfa', did you mean 'alpha'?; its parameters are alpha": lambda: act.elu(X, alfa=1.0),
    "relu has no parameter 'alpha'; it has none": lambda: act.relu(X, alpha=1.0),
    "relu has no parameter 'weight'; it has none": lambda: act.relu(X, weight=torch.ones(3)),
    "elu: `alpha` must be a number, but got 'much'": lambda: act.elu(X, alpha="much"),
    "elu: `alpha` must be a number, but got True": lambda: act.elu(X, alpha=True),
    "elu: `alpha` must be a number, but got [1.0]; several go in an array or tensor, as numpy.array(...)": (
        lambda: act.elu(X, alpha=[1.0])
    ),
    "elu: `alpha` must be a number > 0, but got -2.0": lambda: act.elu(X, alpha=torch.tensor([1.0, -2.0, 1.0, 1.0])),
    "hardtanh: `min_val` must not exceed `max_val`": lambda: act.hardtanh(X, min_val=2.0, max_val=1.0),
    "maxout: `pieces` must be a whole number >= 1, but got 2.5": lambda: act.maxout(X, pieces=2.5),
    "softmax: `temperature` must be a number >= 0, but got -1": lambda: act.softmax(X, temperature=-1),
    "softmax: `temperature` must be a number, but got a tensor; pass temperature.item()": (
        lambda: act.softmax(X, temperature=torch.tensor(1.0))
    ),
    # Shapes: channels, broadcasting, axes, halves, groups.
    "prelu: `weight` has 5 numbers, one for each channel, but axis 1 of the input of shape (2, 3, 4) has 3": (
        lambda: act.prelu(X, weight=torch.ones(5))
    ),
    "prelu: `weight` of shape (5, 1) does not broadcast to the input's (2, 3, 4)": (
        lambda: act.prelu(X, weight=torch.ones(5, 1))
    ),
    "prelu: `weight` of shape (2,) does not broadcast to the input's ()": (
        lambda: act.prelu(torch.tensor(1.0), weight=torch.ones(2))
    ),
    "gelu: `bias` of shape (3,) does not broadcast to the input's (2, 3, 4)": lambda: act.gelu(X, bias=torch.ones(3)),
    "swiglu: `bias` of shape (7, 2, 3, 4) does not broadcast": lambda: act.swiglu(*PAIR, bias=torch.ones(7, 2, 3, 4)),
    "softmax takes no `bias`; add it to the input": lambda: act.softmax(X, bias=torch.ones(4)),
    "swiglu: inputs of shapes (2, 3, 4) and (2, 3, 3) do not broadcast": lambda: act.swiglu(X, X[..., :3]),
    "softmax: axis 3 does not exist in a tensor of 3 dimensions": lambda: act.softmax(X, axis=3),
    "softmax: axis -4 does not exist in a tensor of 3 dimensions": lambda: act.softmax(X, axis=-4),
    "softmax: axis -1 does not exist in a tensor of 0 dimensions": lambda: act.softmax(torch.tensor(1.0)),
    "softmax: axis None does not exist in a tensor of 3 dimensions": lambda: act.softmax(X, axis=None),
    "maxout: axis 5 does not exist": lambda: act.maxout(X, axis=5),
    "glu: axis 3 does not exist in a tensor of 3 dimensions": lambda: act.glu(X, axis=3),
    "glu takes two inputs, glu(a, b), or one tensor to cut in halves, but got a single number": (
        lambda: act.glu(torch.tensor(1.0))
    ),
    "glu cuts its input in halves along axis 1, but that has an odd size, 3; pass an even one, or two tensors": (
        lambda: act.glu(X, axis=1)
    ),
    "maxout takes groups of 3 along its axis, but that has 4; pass a multiple, or another number of `pieces`": (
        lambda: act.maxout(X, pieces=3)
    ),
    # Counts and kinds of inputs, devices.
    "swiglu takes two inputs, but got 3": lambda: act.swiglu(X, X, X),
    "swiglu got a tensor together with float for `b`; pass torch.as_tensor(b)": lambda: act.swiglu(X, 2.0),
    "gelu takes torch tensors here, but got ndarray for `x`; pass torch.as_tensor(x), or call act.gelu(x), which": (
        lambda: act.nn.GELU()(np.ones(3))
    ),
    "swiglu takes torch tensors here, but got float for `a`; pass torch.as_tensor(a)": lambda: act.nn.SwiGLU()(
        1.0, 2.0
    ),
    "bent takes torch tensors here, but got list for `x`; pass torch.as_tensor(x), or call bent(x) itself": (
        lambda: act.nn.module(act.define("bent", "x*tanh(x)"))([1.0])
    ),
    "gelu takes one input, and parameters of which it has none": lambda: act.gelu(X, X),
    "relu takes one input, but got 2": lambda: functional.apply("relu", X, X),
    "swiglu needs its tensors on one device, but `a` is on cpu and `b` on meta; call b.to('cpu')": (
        lambda: act.swiglu(X, X.to("meta"))
    ),
    "prelu needs its tensors on one device, but `x` is on cpu and `weight` on meta; call weight.to('cpu')": (
        lambda: act.prelu(X, weight=torch.ones(3, device="meta"))
    ),
    "gelu needs its tensors on one device, but `x` is on meta and `bias` on cpu; call bias.to('meta')": (
        lambda: act.gelu(X.to("meta"), bias=torch.ones(4))
    ),
    "relu takes each number by itself, so no `axis`": lambda: act.relu(X, axis=3),
    "relu takes each number by itself, so no `dim`": lambda: act.relu(X, dim=-1),
    "softmax: `dim` is PyTorch's word for `axis`; give one of them, not dim=0 and axis=1": (
        lambda: act.softmax(X, dim=0, axis=1)
    ),
    "softmax: axis 3 does not exist": lambda: act.softmax(X, dim=3),
    "`out` is for NumPy arrays": lambda: act.gelu(X, out=X),
    # Slopes.
    "softmax has no slope of one number: its derivative is a matrix; call backward()": lambda: act.softmax.slope(X),
    "swiglu has no slope of one number: it has one for each of its inputs": lambda: act.swiglu.slope(X),
    "swiglu has no slope of one number: it has one for each of its inputs;": lambda: act.swiglu.slope(*PAIR),
    "leaky_relu takes one input, and parameters by name, as in leaky_relu(x, negative_slope=0.2)": (
        lambda: act.leaky_relu.slope(X, 0.2)
    ),
}


@pytest.mark.parametrize("told", REFUSED)
def test_the_error_says_what_was_met_and_what_is_expected(told):
    with pytest.raises((ArrayTypeError, ParameterError)) as error:
        REFUSED[told]()
    assert told in str(error.value)


@pytest.mark.parametrize("told", [told for told in REFUSED if "takes" not in told][:12])
def test_nothing_changes_by_an_error(told):
    before = X.clone()
    with pytest.raises(act.ActscopeError):
        REFUSED[told]()
    assert torch.equal(X, before)


@each(GATED)
def test_every_gate_refuses_what_does_not_fit(activation):
    for other in (X[..., :3], torch.ones(5, 1, 1, 1)[:, 0, 0, 0]):
        with pytest.raises(ArrayTypeError, match=f"{activation.name}: inputs of shapes .* do not broadcast"):
            functional.apply(activation, X, other)
