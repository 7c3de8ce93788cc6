"""The laws for users' activations: sound ones of every kind keep all of them, and every law sees its planted fault."""

import dataclasses
import importlib.util
import json
import math

import numpy as np
import pytest
import torch

import actscope as act
from actscope.catalogue.properties import Properties
from actscope.cli import run
from actscope.errors import SettingError, UnknownActivationError
from actscope.face import Function
from actscope.formula import latex, parse
from actscope.testing import LAWS, Finding, check_activation, checking, formulas
from actscope.testing.candidates import Candidate

ROWS = {law.name: law for law in LAWS}


def copied(kind: type[Function], source: str | Function) -> Function:
    """Return an activation as an instance of a subclass that has something wrong."""
    record = act.get(source)
    facts = {fact.name: getattr(record, fact.name) for fact in dataclasses.fields(record) if fact.init}
    return kind(**facts)


def calling(value, source="silu") -> Function:
    """Return an activation whose call is `value(true, x, ...)`, where `true` is the call as it should be."""

    class Wrong(Function):
        __slots__ = ()

        def __call__(self, x, *others, **options):
            return value(super().__call__, x, *others, **options)

    return copied(Wrong, source)


def sloping(slope, source="silu") -> Function:
    class Wrong(Function):
        __slots__ = ()

        def slope(self, x, **options):
            return slope(super().slope, x, **options)

    return copied(Wrong, source)


def deriving(factor: float, source="silu") -> Function:
    """Return an activation whose slope is not the derivative of its formula."""

    class Wrong(Function):
        __slots__ = ()

        @property
        def slope_formula(self):
            return super().slope_formula * factor

        def partial(self, name):
            return super().partial(name) * factor

    return copied(Wrong, source)


def claiming(source: str, **facts) -> Function:
    """Return an activation with other properties than its formula has."""

    class Wrong(Function):
        __slots__ = ()

        @property
        def properties(self) -> Properties:
            return dataclasses.replace(super().properties, **facts)

    return copied(Wrong, source)


def only(dtype, factor):
    """Return a call whose results are off in one dtype alone."""

    def value(true, x, *others, **options):
        y = true(x, *others, **options)
        name = str(getattr(x, "dtype", "")).removeprefix("torch.")
        return y * y.dtype.type(factor) if name == dtype and isinstance(y, np.ndarray) else y

    return value


def of_bfloat16(true, x, **_):
    return true(x) * 1.01 if isinstance(x, torch.Tensor) and x.dtype is torch.bfloat16 else true(x)


def loud(true, x, **_):
    return true(x) if isinstance(x, torch.Tensor) else np.where(x > 0, true(x), np.log(np.abs(x)) * 0)


def careless(true, x, **_):
    if isinstance(x, np.ndarray):
        x[~np.isfinite(x)] = 0
    return true(x)


def strict(true, x, **_):
    if np.isnan(x).any():
        raise ValueError("nan met")
    return true(x)


def forgetful(true, x, **_):
    return np.where(np.isnan(x), np.float32(0), true(x)) if isinstance(x, np.ndarray) else true(x)


def limited(true, x, **_):
    return true(np.clip(x, -1e30, 1e30)) if isinstance(x, np.ndarray) else true(x)


def flat(true, x, **_):
    return true(np.ravel(x)) if isinstance(x, np.ndarray) else true(x)


def lowering(true, x, **_):
    return true(x).astype(np.float32) if isinstance(x, np.ndarray) else true(x)


def other_on_tensors(true, x, **_):
    return true(x) * 1.001 if isinstance(x, torch.Tensor) else true(x)


def other_in_jax(true, x, **_):
    return true(x) if isinstance(x, np.ndarray | torch.Tensor) else true(x) * 1.001


def along_the_last(true, x, **_):
    return true(x)


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return act.silu(x)

    @staticmethod
    def backward(ctx, grad):
        # As it is when s*(1 - s) is taken for the slope of x*s.
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad * s * (1 + x * (1 - s)) * 1.00001


class OnceOnly(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return act.silu(x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        return grad * act.silu.slope(ctx.saved_tensors[0])


class Unkeepable(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.function = lambda x: act.silu(x)

    def forward(self, x):
        return self.function(x)


FAULTS = {
    "a formula that was rewritten wrongly": (
        "as written",
        lambda: dataclasses.replace(act.define("own", "x*tanh(x)"), written="x*tanh(1.0001*x)"),
    ),
    "a slope that is not the derivative": ("slope", lambda: deriving(1 + 1e-8)),
    "a partial derivative that is none": ("slope", lambda: deriving(1 + 1e-8, "swiglu")),
    "a slope that no side of the kink has": ("slope at kinks", lambda: act.define("own", "max(x, 0)", slope_at={0: 7})),
    "float32 off": ("float32", lambda: calling(only("float32", 1 + 2.0**-20))),
    "a slope that saturates": (
        "float32",
        lambda: sloping(lambda _, x: act.sigmoid(x) * (1 - act.sigmoid(x)), "sigmoid"),
    ),
    "a row off": ("float32", lambda: calling(only("float32", 1 + 2.0**-20), "softmax")),
    "float64 off": ("float64", lambda: calling(only("float64", 1 + 2.0**-48))),
    "float16 off": ("float16", lambda: calling(only("float16", 1 + 2.0**-10))),
    "bfloat16 off": ("bfloat16", lambda: calling(of_bfloat16)),
    "no limit": ("ends", lambda: calling(limited)),
    "a nan that is lost": ("ends", lambda: calling(forgetful)),
    "a nan that a row loses": ("ends", lambda: calling(forgetful, "softmax")),
    "a warning": ("quiet", lambda: calling(loud)),
    "an input that is changed": ("quiet", lambda: calling(careless)),
    "an error for a value": ("quiet", lambda: calling(strict)),
    "another shape": ("layouts", lambda: calling(flat)),
    "another dtype": ("layouts", lambda: calling(lowering)),
    "the wrong axis": ("axis", lambda: calling(along_the_last, "softmax")),
    "other numbers from tensors": ("tensors", lambda: calling(other_on_tensors)),
    "other numbers from JAX": ("JAX", lambda: calling(other_in_jax)),
    "a gradient that is not the slope": ("gradient", lambda: Candidate(act.silu, WrongBackward.apply)),
    "a gradient of rows that is none": (
        "gradient",
        lambda: Candidate(act.softmax, lambda x: torch.softmax(x.detach(), -1) + 0 * x),
    ),
    "a gradient without gradient": ("second derivative", lambda: Candidate(act.silu, OnceOnly.apply)),
    "a gradient with a wrong one": ("second derivative", lambda: Candidate(act.silu, WrongBackward.apply)),
    "other numbers by dimension": (
        "transforms",
        lambda: Candidate(act.silu, lambda x: act.silu(x) * (1 + 1e-6 * x.dim())),
    ),
    "a module that cannot be kept": ("module", lambda: Candidate(act.silu, Unkeepable())),
    "a range that is too small": ("range", lambda: claiming("silu", range=act.sigmoid.properties.range)),
    "a kink that is not seen": ("kinks", lambda: claiming("relu", kinks=())),
    "a jump that is not seen": ("kinks", lambda: claiming("step", kinks=())),
    "a kink that is none": ("kinks", lambda: claiming("silu", kinks=(1.0,))),
    "a fall that is not seen": ("direction", lambda: claiming("silu", increasing=True)),
    "a rise that is not seen": ("direction", lambda: claiming("tanh", decreasing=True)),
    "a symmetry that is none": ("symmetry", lambda: claiming("silu", symmetry="odd")),
    "a symmetry that is not seen": ("symmetry", lambda: claiming("tanh", symmetry="none")),
    "a slope that is steeper": ("steepest slope", lambda: claiming("silu", largest_slope=1.0)),
    "a slope that is steepest elsewhere": ("steepest slope", lambda: claiming("silu", steepest_at=0.0)),
    "a bound of saturation too near": ("saturation", lambda: claiming("sigmoid", slopes=act.tanh.properties.slopes)),
    "a bound of saturation too far": ("saturation", lambda: claiming("tanh", slopes=act.sigmoid.properties.slopes)),
    "a mean that is none": ("moments", lambda: claiming("silu", mean=0.21)),
    "a gain that is none": ("moments", lambda: claiming("relu", gain=1.41)),
    "a fixed point that is none": ("fixed points", lambda: claiming("silu", fixed_points=(0.0, 1.0))),
    "a fixed point that is not seen": ("fixed points", lambda: claiming("cosine", fixed_points=())),
}


def held(law: str, mine) -> Finding:
    return checking.finding(ROWS[law], mine if isinstance(mine, Candidate) else Candidate(mine))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_law_sees_its_fault(fault):
    law, planted = FAULTS[fault]
    finding = held(law, planted())
    assert finding.verdict == "failed"
    assert finding.told


def test_text_and_latex_that_are_wrong_are_seen(monkeypatch):
    monkeypatch.setattr(formulas, "parse", lambda written, known: parse(written.replace("x", "(2*x)"), known))
    assert held("text", act.silu).verdict == "failed"
    monkeypatch.undo()
    monkeypatch.setattr(formulas, "latex", lambda expr: latex(expr) + "{")
    assert "not balanced" in held("text", act.silu).told


def test_every_law_has_a_planted_fault():
    assert {law for law, _ in FAULTS.values()} | {"text"} == {law.name for law in LAWS}
    assert len(ROWS) == len(LAWS)


@pytest.mark.parametrize("name", ["gelu", "relu", "prelu", "swiglu", "softmax", "maxout"])
def test_the_catalogue_keeps_all_laws(name):
    report = check_activation(name)
    assert report.passed
    assert list(report.findings) == [law.name for law in LAWS]


@pytest.mark.parametrize(
    "own",
    [
        lambda: act.define("bent", "(sqrt(x**2 + 1) - 1)/2 + x"),
        lambda: act.define("crooked", "where(x > 1, x, where(x < -1, k*x, 0))", k=act.Parameter("k", 0.2, "slope")),
        lambda: act.define("opened", "a*tanh(b)", inputs=("a", "b")),
        lambda: act.define("shared", "x/(1 + row_sum(abs(x)))"),
    ],
    ids=["smooth", "with kinks", "of two inputs", "of rows"],
)
def test_formulas_of_ones_own_keep_them(own):
    check_activation(own(), skip=["JAX"])


def test_ours_as_a_module_is_what_its_formula_says():
    assert check_activation(act.nn.SiLU(), like="silu").passed


def test_pytorchs_known_faults_are_found_with_the_worst_input():
    report = check_activation(torch.nn.functional.silu, like="silu", raise_exception=False)
    assert report.activation == "silu (like silu)"
    assert {"float32", "ends", "gradient"} <= set(report.failed)
    finding = report.findings["float32"]
    assert finding.miss > 1e6
    (x,) = finding.at
    true = x / (1 + math.exp(-x))
    got = float(torch.nn.functional.silu(torch.tensor(x)))
    assert abs(got - true) > 1e-3 * abs(true)
    assert f"value is {finding.miss:.3g} ulp off at {x!r}: {got!r}" in finding.told


def test_a_broken_law_fails_a_test_with_its_evidence():
    wrong = act.define("own", "max(x, 0)", slope_at={0: 7})
    left = [law.name for law in LAWS if law.name != "slope at kinks"]
    with pytest.raises(
        AssertionError, match=r"(?s)own: 0 laws passed, 1 failed.*at the kink 0.0 the slope is 7, not betw"
    ):
        check_activation(wrong, skip=left)
    report = check_activation(wrong, skip=left, raise_exception=False)
    assert (report.passed, report.failed) == (False, ("slope at kinks",))
    assert report.findings["slope at kinks"].at == (0.0,)
    assert report.findings["slope at kinks"].miss == 6.0


def test_a_report_prints_every_law_within_its_width():
    report = check_activation("relu", skip=["JAX", "float64"])
    lines = report.text(60).splitlines()
    assert lines[0].startswith("relu: ")
    assert lines[0].count("0 failed")
    assert max(map(len, lines[1:])) <= 60
    for law in LAWS:
        assert any(line.split("  ")[2:] and law.name in line for line in lines)
    assert "it was left out" in str(report)
    assert report.complaint == ""
    assert json.dumps(report.as_dict()).count("verdict") == len(LAWS)


def test_an_error_in_a_law_is_a_finding_and_others_go_on():
    def broken(*_, **__):
        raise RuntimeError("out of order")

    report = check_activation(calling(broken), skip=["JAX"], raise_exception=False)
    assert report.findings["float32"].told == "RuntimeError: out of order"
    assert report.findings["slope"].verdict == "passed"


def test_without_the_libraries_what_needs_them_says_so(monkeypatch):
    find = importlib.util.find_spec
    missing = ("torch", "jax", "mpmath")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in missing else find(name, *rest))
    findings = check_activation("tanh").findings
    assert findings["gradient"].told == "PyTorch is not installed: pip install 'actscope[torch]'"
    assert findings["JAX"].told.startswith("JAX is not installed")
    assert findings["slope"].told.startswith("mpmath is not installed")
    assert "mpmath is not installed" in findings["float32"].told
    assert findings["range"].verdict == "passed"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: check_activation("gleu"), UnknownActivationError, "did you mean 'gelu'"),
        (
            lambda: check_activation("gelu", skip=["flaot32"]),
            SettingError,
            "no law is called 'flaot32', did you mean 'float32'",
        ),
        (lambda: check_activation(torch.relu), SettingError, "name it, as in check_activation"),
        (
            lambda: check_activation("relu", like="relu"),
            SettingError,
            "a function or module on torch tensors is checked",
        ),
        (lambda: check_activation(3), UnknownActivationError, "not 3"),
    ],
)
def test_mistakes_are_answered(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_the_command_tells_and_exits_with_1_for_a_broken_law(capsys):
    assert run(["check", "relu"]) == 0
    assert "slope at kinks" in capsys.readouterr().out
    quick = [argument for name in ROWS if name not in ("text", "float32") for argument in ("--skip", name)]
    assert run(["check", "(1 - cos(x))/x**2", *quick]) == 1
    assert "FAILED  float32" in capsys.readouterr().out
    assert run(["check", "x*sigmoid(b*x)", "--set", "b=1.5", *quick]) == 0
    for arguments, text in (
        (["check", "gleu"], "did you mean 'gelu'"),
        (["check", "elu", "--set", "alpha=2"], "to check it with others give its formula"),
        (["check", "relu", "--skip", "range2"], "did you mean 'range'"),
        (["check", "x*sigmod(x)"], "did you mean 'sigmoid'"),
    ):
        assert run(arguments) == 2
        told = capsys.readouterr()
        assert text in told.err
        assert "Traceback" not in told.err
