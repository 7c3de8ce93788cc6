"""The graph of a loss is read by names that PyTorch has, without a trace, in little time; what is hidden is told."""

import gc
import time
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint

import actscope.nn as our
from actscope.catalogue import CATALOGUE
from actscope.probe.graph import examined, nodes
from actscope.probe.graph.activations import acting
from actscope.probe.graph.chains import ends
from actscope.probe.graph.walking import read, short

X = torch.linspace(-2, 2, 24).reshape(4, 6).requires_grad_()
IMAGE = torch.linspace(-1, 1, 2 * 4 * 8 * 8).reshape(2, 4, 8, 8).requires_grad_()
CLASSES = torch.tensor([0, 1, 2, 0])
W = torch.ones(6, 6, requires_grad=True)

BUILT: dict[str, Callable[[], Tensor]] = {
    "Relu": lambda: torch.relu(X),
    "Sigmoid": lambda: torch.sigmoid(X),
    "Tanh": lambda: torch.tanh(X),
    "LeakyRelu": lambda: F.leaky_relu(X),
    "RreluWithNoise": lambda: F.rrelu(X),
    "PreluKernel": lambda: F.prelu(X, torch.ones(1)),
    "Elu": lambda: F.elu(X),
    "Celu": lambda: F.celu(X),
    "Gelu": lambda: F.gelu(X),
    "Silu": lambda: F.silu(X),
    "Mish": lambda: F.mish(X),
    "Softplus": lambda: F.softplus(X),
    "LogSigmoid": lambda: F.logsigmoid(X),
    "Hardtanh": lambda: F.hardtanh(X),
    "Hardswish": lambda: F.hardswish(X),
    "Hardsigmoid": lambda: F.hardsigmoid(X),
    "Softshrink": lambda: F.softshrink(X),
    "Hardshrink": lambda: F.hardshrink(X),
    "Softmax": lambda: X.softmax(1),
    "LogSoftmax": lambda: X.log_softmax(1),
    "Clamp": lambda: X.clamp(0, 1),
    "ClampMin": lambda: X.clamp_min(0),
    "Logsumexp": lambda: X.logsumexp(1),
    "Log": lambda: X.log(),
    "Exp": lambda: X.exp(),
    "Pow": lambda: X**2,
    "Abs": lambda: X.abs(),
    "View": lambda: X.view(6, 4),
    "UnsafeView": lambda: F.linear(X.view(2, 2, 6), W),
    "T": lambda: X.t(),
    "Transpose": lambda: X.transpose(0, 1),
    "Permute": lambda: X.permute(1, 0),
    "Unsqueeze": lambda: X[None],
    "Squeeze": lambda: X[:, :1].squeeze(1),
    "Expand": lambda: X[None].expand(2, 4, 6),
    "Clone": lambda: X.clone(),
    "ToCopy": lambda: X.to(torch.float64),
    "Select": lambda: X[0],
    "Slice": lambda: X[:2],
    "Index": lambda: X[torch.arange(2)],
    "IndexSelect": lambda: X.index_select(0, torch.arange(2)),
    "Gather": lambda: X.gather(1, CLASSES[:, None]),
    "Split": lambda: X.split(2)[0],
    "SplitWithSizes": lambda: X.split([1, 3])[0],
    "Unbind": lambda: X.unbind()[0],
    "Cat": lambda: torch.cat([X, X]),
    "Stack": lambda: torch.stack([X, X]),
    "Mul": lambda: X * 2,
    "Div": lambda: X / 2,
    "Neg": lambda: -X,
    "Add": lambda: X + 1,
    "Sub": lambda: X - 1,
    "Rsub": lambda: 1 - X,
    "MaskedFill": lambda: X.masked_fill(X > 1, 0.0),
    "Mean": lambda: X.mean(),
    "Sum": lambda: X.sum(),
    "Sqrt": lambda: X.sqrt(),
    "AvgPool2D": lambda: F.avg_pool2d(IMAGE, 2),
    "AdaptiveAvgPool2D": lambda: F.adaptive_avg_pool2d(IMAGE, 2),
    "NativeBatchNorm": lambda: F.batch_norm(X, None, None, training=True),
    "Addmm": lambda: F.linear(X, W, torch.ones(6)),
    "Mm": lambda: X @ W,
    "Addmv": lambda: torch.addmv(torch.ones(4), X, torch.ones(6)),
    "Mv": lambda: X @ torch.ones(6),
    "Convolution": lambda: F.conv2d(IMAGE, torch.ones(4, 4, 3, 3)),
    "Bmm": lambda: torch.bmm(X[None], W[None]),
    "Baddbmm": lambda: torch.baddbmm(torch.ones(1, 4, 6), X[None], W[None]),
    "WeightNormInterface": lambda: torch._weight_norm(W, torch.ones(6, 1), 0),
    "Sign": lambda: X.sign(),
    "Sgn": lambda: X.sgn(),
    "Round": lambda: X.round(),
    "Floor": lambda: X.floor(),
    "Ceil": lambda: X.ceil(),
    "Trunc": lambda: X.trunc(),
    "Bernoulli": lambda: X.sigmoid().bernoulli(),
    "NllLoss": lambda: F.nll_loss(X, CLASSES),
    "NllLoss2D": lambda: F.nll_loss(IMAGE, torch.zeros(2, 8, 8).long()),
    "BinaryCrossEntropy": lambda: F.binary_cross_entropy(X.sigmoid(), torch.ones(4, 6)),
    "BinaryCrossEntropyWithLogits": lambda: F.binary_cross_entropy_with_logits(X, torch.ones(4, 6)),
    "MseLoss": lambda: F.mse_loss(X, torch.ones(4, 6)),
    "SmoothL1Loss": lambda: F.smooth_l1_loss(X, torch.ones(4, 6)),
    "HuberLoss": lambda: F.huber_loss(X, torch.ones(4, 6)),
}
# What other devices, other shapes or wrappers of several processes make.
ELSEWHERE = {
    "ReshapeAlias", "AsStrided", "Alias", "_DDPSink", "UnsafeSplit", "NativeDropout", "AvgPool3D", "CudnnBatchNorm",
    "MiopenBatchNorm", "Linear", "MkldnnLinear", "MkldnnConvolution", "MkldnnAdaptiveAvgPool2D", "AdaptiveAvgPool3D",
}  # fmt: skip
USED = (
    set(nodes.ACTIVATIONS) | nodes.LAYOUT | nodes.PICKING | nodes.JOINING | nodes.SCALING | nodes.SHIFTING
    | nodes.AVERAGING | nodes.NORMALISING | set(nodes.AFFINE) | nodes.PRODUCTS | nodes.FLAT | set(nodes.LOSSES)
    | nodes.REDUCING | nodes.WEIGHT_THROUGH
)  # fmt: skip


@pytest.mark.parametrize("name", BUILT)
def test_pytorch_calls_the_node_by_this_name(name: str) -> None:
    node = BUILT[name]().grad_fn
    assert node is not None
    assert short(node.name()) == name


def test_every_name_of_the_table_is_built_or_made_elsewhere() -> None:
    assert USED - set(BUILT) - ELSEWHERE == set()


def test_attention_is_called_as_the_table_says() -> None:
    q = torch.ones(1, 2, 3, 4, requires_grad=True)
    node = F.scaled_dot_product_attention(q, q, q).grad_fn
    assert node is not None
    assert node.name().startswith(nodes.ATTENTION)


BOUNDED: dict[str, Callable[[Tensor], Tensor]] = {
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "Tanh": torch.tanh,
    "LogSigmoid": F.logsigmoid,
    "Elu": lambda x: F.elu(x, 2.0),
    "Celu": lambda x: F.celu(x, 2.0),
    "Softplus": F.softplus,
    "Hardtanh": lambda x: F.hardtanh(x, -3.0, 2.0),
    "Gelu": F.gelu,
    "Silu": F.silu,
    "Mish": F.mish,
    "Hardswish": F.hardswish,
    "Hardsigmoid": F.hardsigmoid,
    "Softmax": lambda x: (99 * x).softmax(0),
    "LogSoftmax": lambda x: (99 * x).log_softmax(0),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_an_activation_has_the_range_that_its_values_show(name: str) -> None:
    out = BOUNDED[name](torch.linspace(-60, 60, 2400).reshape(400, 6).requires_grad_())
    act = acting(read(out.sum(), nn.Identity()), 1)
    assert act is not None
    low, high = float(out.detach().min()), float(out.detach().max())
    assert act.low - 1e-6 <= low
    assert high <= act.high + 1e-6
    assert act.low in (-torch.inf, pytest.approx(low, abs=1e-3))
    assert act.high in (torch.inf, pytest.approx(high, abs=1e-3))


@pytest.mark.parametrize("name", ["relu", "gelu", "sigmoid", "tanh", "elu", "softmax", "log_softmax", "mish"])
def test_our_activations_are_known_by_their_formulas(name: str) -> None:
    out = getattr(our, CATALOGUE[name].class_name)()(X)
    act = acting(read(out.sum(), nn.Identity()), 1)
    assert act is not None
    assert act.name == name


def test_an_axis_is_followed_through_views_and_permutations() -> None:
    x = torch.ones(2, 3, 5, 7, requires_grad=True)
    for change, axis, expected in (
        (lambda t: t.permute(0, 2, 3, 1), 3, 1),
        (lambda t: t.transpose(-1, 1), 1, 3),
        (lambda t: t.reshape(2, 3, 35), 1, 1),
        (lambda t: t.reshape(6, 5, 7), 0, None),
        (lambda t: t[:, 1], 1, 2),
        (lambda t: t.unbind(2)[0], 2, 3),
        (lambda t: torch.stack([t, t], 1), 2, 1),
        (lambda t: (3 * t + 1)[:, :, 1:], 2, 2),
    ):
        out = change(torch.tanh(x)).log_softmax(axis)
        graph = read(out.sum(), nn.Identity())
        assert {end.axis for end in ends(graph, 1, axis)} == {expected}


def planted() -> tuple[Tensor, nn.Module]:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 16), nn.Linear(16, 3), nn.Softmax(dim=1)
    )
    model.train()
    return F.cross_entropy(model(X.detach()), CLASSES), model


def names(loss: Tensor, model: nn.Module) -> set[str]:
    return {one.name for one in examined(loss, model)[0] if one.weight == "finding"}


def test_nothing_is_changed_and_nothing_kept() -> None:
    loss, model = planted()
    state = torch.get_rng_state()
    modes = [module.training for module in model.modules()]
    gc.collect()
    gc.disable()
    try:
        assert names(loss, model) == {"softmax-twice", "missing-activation"}
        kept = weakref.ref(model(X.detach()))
        inner = model(X.detach())
        watched = weakref.ref(inner)
        second = F.cross_entropy(inner, CLASSES)
        torch.set_rng_state(state)
        examined(second, model)
        del inner, second
        assert watched() is None
        assert kept() is None
    finally:
        gc.enable()
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    loss.backward()
    once = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    again, twin = planted()
    again.backward()
    for mine, theirs in zip(once, twin.parameters(), strict=True):
        assert theirs.grad is not None
        assert torch.equal(mine, theirs.grad)


def test_a_graph_of_a_thousand_nodes_takes_milliseconds() -> None:
    model = nn.Sequential(
        *(part for _ in range(125) for part in (nn.Linear(8, 8), nn.GELU(), nn.LayerNorm(8))), nn.Linear(8, 3)
    )
    loss = F.cross_entropy(model(torch.ones(4, 8)), CLASSES)
    assert len(read(loss, model).names) > 1000
    times = []
    for _ in range(7):
        start = time.perf_counter()
        examined(loss, model)
        times.append(time.perf_counter() - start)
    # 3.4 ms on an idle core; the bound leaves room for a machine that does other things too.
    assert min(times) < 0.02


def test_depth_has_no_limit() -> None:
    model = nn.Sequential(*(part for _ in range(3000) for part in (nn.Linear(2, 2), nn.ReLU())), nn.Linear(2, 3))
    loss = F.cross_entropy(model(torch.ones(4, 2)), CLASSES)
    assert names(loss, model) == set()


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 6)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return F.dropout(self.last(torch.relu(self.first(x)) * torch.ones(16)), 0.5) / torch.full((6,), 2.0)


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointing_is_not_run_again(reentrant: bool) -> None:
    model = nn.ModuleDict({"block": Block(), "head": nn.Linear(6, 3)})
    h = checkpoint(model["block"], X, use_reentrant=reentrant)
    loss = F.cross_entropy(model["head"](h).softmax(1), CLASSES)
    findings, notes = examined(loss, model)
    assert [(one.name, one.where) for one in findings] == [("softmax-twice", "head")]
    assert model["block"].calls == 1
    assert len(notes) == reentrant
    loss.backward()
    assert model["block"].calls == 2


def test_a_loss_inside_a_checkpoint_keeps_its_target_to_itself() -> None:
    block, target = Block(), -torch.ones(4, 6)
    loss = checkpoint(lambda x: F.mse_loss(block(x).relu(), target), X, use_reentrant=False)
    assert names(loss, block) == set()
    assert block.calls == 1


def test_faults_are_seen_under_autocast() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        loss, model = planted()
    assert names(loss, model) == {"softmax-twice", "missing-activation"}


def test_a_function_of_the_models_own_is_told() -> None:
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(_: object, x: Tensor) -> Tensor:
            return x.sign()

        @staticmethod
        def backward(_: object, grad: Tensor) -> Tensor:
            return grad

    model = nn.ModuleList([nn.Linear(6, 16), nn.Linear(16, 3)])
    loss = F.cross_entropy(model[1](Own.apply(model[0](X))), CLASSES)
    findings, notes = examined(loss, model)
    assert findings == ()
    assert notes == ("Own is a function of the model's own: what it does inside is not checked",)


def test_a_compiled_graph_is_told() -> None:
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    loss = F.cross_entropy(torch.compile(model, backend="aot_eager")(X.detach()), CLASSES)
    findings, notes = examined(loss, model)
    assert findings == ()
    assert "torch.compile" in notes[0]


def test_targets_of_a_loss_by_hand_are_given() -> None:
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1), nn.ReLU())
    target = torch.linspace(-2, 2, 4)[:, None]
    for loss in (
        lambda out: ((out - target) ** 2).mean(),
        lambda out: (target - out).abs().sum(),
        lambda out: F.l1_loss(out, target),
        lambda out: F.mse_loss(out, target).sqrt(),
    ):
        met = examined(loss(model(X.detach())), model, targets=target)[0]
        assert [(one.name, one.where, one.measured) for one in met] == [("unreachable-targets", "2", 0.5)]
        assert "50.0%" in met[0].evidence
    positive = examined(((model(X.detach()) - target.abs()) ** 2).mean(), model, targets=target.abs())[0]
    assert [one.weight for one in positive] == ["hint"]


def test_what_a_collapse_saves_is_what_counting_gives() -> None:
    model = nn.Sequential(nn.Linear(6, 16), nn.Linear(16, 3))
    (finding,) = examined(F.cross_entropy(model(X.detach()), CLASSES), model)[0]
    now, then = (sum(p.numel() for p in part.parameters()) for part in (model, nn.Linear(6, 3)))
    assert f"Their {now} parameters do what {then} of one layer" in finding.evidence


def test_frozen_models_are_a_note() -> None:
    model = nn.Linear(6, 3).requires_grad_(False)
    findings, notes = examined(F.cross_entropy(model(X.detach()), CLASSES), model)
    assert findings == ()
    assert "requires a gradient" in notes[0]


def test_another_axis_is_no_second_softmax() -> None:
    model = nn.Conv2d(4, 3, 1)
    heat = model(IMAGE.detach()).flatten(2).softmax(2)
    loss = F.cross_entropy(heat, torch.zeros(2, 64).long())
    assert "softmax-twice" not in names(loss, model)
    assert "softmax-twice" in names(F.cross_entropy(heat.softmax(1), torch.zeros(2, 64).long()), model)
