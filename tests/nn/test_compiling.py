"""torch.compile: one graph, the numbers of eager calls, gradients, open shapes, errors that say the same there."""

import shutil

import pytest
import torch
from torch import nn

import actscope as act
from actscope.catalogue import Activation, Paper, Parameter
from actscope.formula import parse
from actscope.nn import functional
from tensors import (
    GATED,
    LEARNABLE,
    POINTWISE,
    ROWWISE,
    assert_all_close,
    called,
    each,
    given,
    weights,
    with_gradients,
)

pytestmark = [
    # torch's own, of any Function, and in forward mode.
    pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning"),
]


def compiled(function, backend="aot_eager", **options):
    torch._dynamo.reset()
    return torch.compile(function, backend=backend, fullgraph=True, **options)


def check(function, tensors, rtol=2e-6, atol=1e-6):
    grad = weights(function(*tensors))
    got, expected = with_gradients(compiled(function), tensors, grad), with_gradients(function, tensors, grad)
    assert_all_close(got, expected, rtol=rtol, atol=atol)


# Many in one graph, which costs little more than a single one.
GROUPS = {
    "of one number": [activation for activation in POINTWISE if activation not in LEARNABLE],
    "learnable": LEARNABLE,
    "gated": GATED,
    "of rows": ROWWISE,
}


def in_one_graph(activations, dtype, **options):
    """Return a function that applies each activation to tensors of its own, and these tensors."""
    tensors = [given(f, 2, 4, 6, dtype=dtype, seed=k) for k, f in enumerate(activations)]
    stacks = tuple(torch.stack(column) for column in zip(*tensors, strict=True))

    def function(*stacks):
        rows = zip(activations, *stacks, strict=True)
        return torch.cat([called(f, **options)(*row).flatten() for f, *row in rows])

    return function, stacks


@pytest.mark.parametrize("group", GROUPS)
def test_one_graph_gives_values_and_gradients(group):
    function, tensors = in_one_graph(GROUPS[group], torch.float32)
    if group == "of one number":  # limits where there are any, nan elsewhere
        tensors[0][..., 0, 0, :4] = torch.tensor([torch.inf, -torch.inf, torch.nan, -95.0])
    check(function, tensors)


def test_half_precision_is_rounded_once_there_too():
    names = ["gelu", "tanh", "hardswish", "leaky_relu", "prelu", "swish", "glu", "geglu", "softmax", "maxout"]
    for some in (names[:4], names[4:6], names[6:8], names[8:]):
        function, tensors = in_one_graph([act.get(name) for name in some], torch.bfloat16)
        # The gradient of a parameter is a sum of many that were rounded.
        check(function, tensors, rtol=2**-7, atol=0.1 if some[0] == "prelu" else 1e-6)


def test_the_oracle_bites():
    with pytest.raises(AssertionError, match="not close"):
        check(lambda x: act.gelu(x) if torch.compiler.is_compiling() else act.gelu_tanh(x), given(act.gelu, 9))


OWN = Activation(
    name="bent",
    title="Bent",
    formula=parse("alpha*(sqrt(x**2 + b) - sqrt(b))/2 + x"),
    parameters=(Parameter("alpha", 1.0, "bend"), Parameter("b", 2.0, "roundness")),
    introduced=Paper("Nobody", 2020, "A title", "A journal"),
    story="It was made to be tested. It bends.",
)
# Axes, parameters, a bias, the slope, a formula of one's own.
CALLS = [
    lambda x, _: act.softmax(x, axis=1, temperature=0.5),
    lambda x, _: act.log_softmax(x, axis=0, temperature=3.0),
    lambda x, _: act.maxout(x, axis=2, pieces=3),
    lambda x, _: act.glu(x, axis=1),
    lambda x, _: act.threshold(x, threshold=-0.5, value=7.0),
    lambda x, _: act.hardtanh(x, min_val=-0.3, max_val=2.0),
    lambda x, _: act.swish(x, beta=-0.5),
    lambda x, bias: act.gelu(x, bias=bias),
    lambda x, bias: act.swiglu(x, x + 1, bias=bias),
    lambda x, bias: act.prelu(x, bias=bias),
    lambda x, _: act.gelu.slope(x),
    lambda x, bias: functional.slope("swish", x, beta=bias[:4] + 2),
    lambda x, _: functional.apply(OWN, x, alpha=0.5),
    lambda x, _: torch.func.vmap(act.gelu)(x),
]


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_calls_of_every_kind(dtype):
    """By the public face, which adds no second graph and no warning."""
    x, bias = given(act.elu, 2, 4, 6, dtype=dtype)[0], torch.linspace(-1, 1, 6, dtype=dtype)
    tight = {"rtol": 1e-11, "atol": 1e-13} if dtype == torch.float64 else {"rtol": 2**-6, "atol": 0.1}
    calls = CALLS if dtype == torch.float64 else CALLS[7:10]
    xs, biases = (torch.stack([tensor] * len(calls)) for tensor in (x, bias))

    def function(xs, biases):
        return torch.cat([call(x, b).flatten() for call, x, b in zip(calls, xs, biases, strict=True)])

    check(function, (xs, biases), **tight)


@each(LEARNABLE)
@pytest.mark.parametrize("channels", [1, 4])
def test_modules_learn(activation, channels):
    module = act.nn.module(activation, channels=channels)
    x = given(activation, 2, 4, 6, dtype=torch.float32)[0]
    gradients = []
    for run in (compiled(module), module):
        run(x).square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in module.parameters()])
        module.zero_grad()
    assert_all_close(*gradients, rtol=1e-5, atol=1e-6)


def test_gates_broadcast_and_promote():
    a, b = given(act.glu, 4, 6, dtype=torch.float32)
    pairs = {"broadcast": (a[:, :1], b[:1]), "promoted": (a.bfloat16(), b), "a number": (a, b[0, 0].double())}

    def function(*tensors):
        pairwise = zip(tensors[::2], tensors[1::2], strict=True)
        return torch.stack([functional.apply(f, *pair) for pair in pairwise for f in ("glu", "swiglu")])

    tensors = tuple(tensor for pair in pairs.values() for tensor in pair)
    check(function, tensors, rtol=2**-7, atol=1e-2)  # of which one has a gradient in bfloat16


def test_nan_stays_where_a_parameter_is_learned():
    x = torch.tensor([[torch.nan, -1.0, 2.0]])
    for f in LEARNABLE:
        value, dx, _ = with_gradients(compiled(called(f)), (x, torch.tensor([0.5])))
        assert value.isnan().tolist() == dx.isnan().tolist() == [[True, False, False]]


def test_random_slopes_lie_within_their_bounds():
    module = act.nn.RReLU(0.1, 0.4)
    x = (-torch.rand(1000) - 0.1).requires_grad_()
    y = compiled(module)(x)
    y.sum().backward()
    assert ((x.grad >= 0.1) & (x.grad <= 0.4)).all()
    assert x.grad.std() > 0.05
    torch.testing.assert_close(y, x * x.grad)
    check(module.eval(), (x.detach(),))


def test_shapes_and_numbers_may_stay_open():
    def network(x, b, alpha):
        return act.softmax(act.elu(act.swiglu(x, b), alpha=alpha))

    run = compiled(network, dynamic=True)
    for rows, alpha in ((3, 0.5), (7, 0.9)):
        x, b = given(act.glu, rows, 4, dtype=torch.float32)
        torch.testing.assert_close(run(x, b, alpha), network(x, b, alpha))


def test_autocast_inside():
    weight = torch.ones(4, 4)

    def step(x):
        with torch.autocast("cpu"):
            hidden = nn.functional.linear(x, weight)
            return act.gelu(hidden), act.swiglu(hidden, x)

    x = torch.randn(3, 4)
    for got, expected in zip(compiled(step)(x), step(x), strict=True):
        torch.testing.assert_close(got, expected, rtol=2**-7, atol=1e-6)


REFUSED = {
    "axis 1, but that has an odd size, 3": lambda x: act.glu(x),
    "axis 5 does not exist": lambda x: act.softmax(x, axis=5),
    "takes groups of 2": lambda x: act.maxout(x),
    "`alpha` must be a number > 0": lambda x: act.elu(x, alpha=-1.0),
    "has no parameter 'alfa', did you mean 'alpha'": lambda x: act.elu(x, alfa=1.0),
    "`x` is a tensor of torch.int64": lambda x: act.gelu(x.long()),
    "`weight` has 7 numbers": lambda x: act.prelu(x, weight=torch.ones(7)),
    "(2, 3) and (2, 2) do not broadcast": lambda x: act.glu(x, x[:, :2]),
    "`bias` of shape (2,) does not broadcast": lambda x: act.gelu(x, bias=torch.ones(2)),
}


@pytest.mark.parametrize("told", REFUSED)
def test_errors_say_there_what_they_say_elsewhere(told):
    x = torch.ones(2, 3)
    with pytest.raises(act.ActscopeError) as plain:
        REFUSED[told](x)
    with pytest.raises(Exception) as inside:
        compiled(REFUSED[told])(x)
    assert told.replace("axis 1,", "axis -1,") in str(plain.value)
    assert str(plain.value) in str(inside.value).replace("\\'", "'")


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile's own backend needs a C++ compiler")
def test_by_the_usual_backend():
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Linear(3, 8), act.nn.GELU(), nn.Linear(8, 8), act.nn.PReLU(8), act.nn.SwiGLU(), act.nn.Softmax(-1))
    )
    x, goal = torch.randn(5, 3), torch.rand(5, 4)
    gradients = []
    for run in (compiled(model, "inductor"), model):
        nn.functional.mse_loss(run(x), goal).backward()
        gradients.append([parameter.grad.clone() for parameter in model.parameters()])
        model.zero_grad()
    assert_all_close(*gradients, rtol=1e-4, atol=1e-6)
