"""torch.export, make_fx, torch.jit.trace: graphs that run without actscope; the operation that torch.compile gets."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

import actscope as act
from actscope.nn import functional
from tensors import EVERY, GATED, POINTWISE, ROWWISE, called, given, learned

# torch's own: of torch.jit, and of each look at a shape while it traces.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.torch.jit.:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]


class Everything(nn.Module):
    """A module of each activation, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.of_one = nn.ModuleList([act.nn.module(f) for f in POINTWISE])
        self.gates = nn.ModuleList([act.nn.module(f) for f in GATED])
        self.rows = nn.ModuleList([act.nn.module(f) for f in ROWWISE])

    def forward(self, x: torch.Tensor, b: torch.Tensor) -> list[torch.Tensor]:
        """Return what each makes of x, the gates with b."""
        return [*(f(x) for f in self.of_one), *(f(x, b) for f in self.gates), *(f(x) for f in self.rows)]


def test_an_exported_model_runs_where_actscope_is_not(tmp_path):
    torch.manual_seed(0)
    model = Everything().eval()
    x, b = given(act.glu, 3, 4, dtype=torch.float32)
    rows = torch.export.Dim("rows", min=2, max=64)
    program = torch.export.export(model, (x, b), dynamic_shapes=({0: rows}, {0: rows}))
    assert not [node for node in program.graph.nodes if "actscope" in str(node.target)]
    more = torch.cat([x, 3 * x]), torch.cat([b, -b])
    torch.export.save(program, tmp_path / "model.pt2")
    torch.save((*more, model(*more)), tmp_path / "data.pt")
    code = (
        "import sys, torch; sys.modules['actscope'] = None; x, b, y = torch.load('data.pt');"
        "got = torch.export.load('model.pt2').module()(x, b); torch.testing.assert_close(got, y, rtol=1e-5, atol=1e-6)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@EVERY
def test_a_traced_graph_has_steps_and_not_what_lay_in_memory(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    others = given(activation, 2, 4, seed=1)
    graph = make_fx(function)(*tensors)
    torch.testing.assert_close(graph(*others), function(*others), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["gelu", "swiglu", "softmax", "maxout", "prelu"])
def test_jit_trace_runs_in_the_same_process(name):
    f = act.get(name)
    traced = torch.jit.trace(called(f), given(f, 2, 4))
    others = given(f, 2, 4, seed=1)
    torch.testing.assert_close(traced(*others), called(f)(*others), rtol=1e-12, atol=1e-14)


def test_jit_script_is_refused_by_torch_itself():
    with pytest.raises(torch.jit.frontend.NotSupportedError):
        torch.jit.script(act.nn.GELU())


OPERATED = ["gelu", "relu", "leaky_relu", "hardtanh", "swish", "softplus", "rrelu"]
CHECKS = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")


@pytest.mark.parametrize("name", OPERATED)
@pytest.mark.parametrize("order", [0, 1])
def test_the_operation_keeps_torchs_rules(name, order):
    x = given(act.elu, 3, 4, dtype=torch.float32)[0]
    defaults = [value for _, value in act.get(name).defaults]
    for data in (x, x.t(), x[:, ::2], x.clone().requires_grad_()):
        torch.library.opcheck(torch.ops.actscope.pointwise, (data, name, order, defaults), test_utils=CHECKS)


def test_the_operation_gives_derivatives_of_any_order():
    x = given(act.elu, 8)[0].requires_grad_()
    first, second = (torch.ops.actscope.pointwise(x, "gelu", order, []) for order in (1, 2))
    torch.testing.assert_close(first, functional.slope("gelu", x), rtol=1e-15, atol=0)
    (derivative,) = torch.autograd.grad(first.sum(), x)
    torch.testing.assert_close(derivative, second.detach(), rtol=1e-15, atol=0)
    rows = torch.func.vmap(lambda t: torch.ops.actscope.pointwise(t, "gelu", 0, []))(x.detach()[:, None])
    torch.testing.assert_close(rows[:, 0], act.gelu(x.detach()), rtol=1e-12, atol=1e-15)


def test_learned_parameters_are_inputs_of_a_traced_graph():
    (name,) = learned(act.get("prelu"))
    graph = make_fx(lambda x, p: functional.apply("prelu", x, **{name: p}))(*given(act.get("prelu"), 2, 4))
    x, parameter = -torch.ones(2, 4, dtype=torch.float64), torch.arange(4, dtype=torch.float64)
    assert graph(x, parameter).tolist() == [(-parameter).tolist()] * 2
