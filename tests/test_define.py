"""A user's own activation has equal rights: accurate, differentiable, a module, compared; and errors that help."""

import builtins
import itertools
import math
import os
import pickle
import time
import warnings

import mpmath as mp
import numpy as np
import pytest
import torch

import actscope as act
from actscope import kernels, lab
from actscope.bench.by_mpmath import TABLE
from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter
from actscope.catalogue.defining import define, lost_digits_of, name_of, named, warning_of
from actscope.catalogue.definition import defined_by, definition_of
from actscope.errors import (
    ActscopeWarning,
    ArrayTypeError,
    DeclarationError,
    FormulaError,
    ParameterError,
    SettingError,
    UnknownActivationError,
)
from actscope.formula import Const, Expr, Symbol, derivative, fold, parse, simplify, substitute
from actscope.report import commands
from naive import LOSSY, OTHERS, SPELLINGS
from truth import ulps

# Of each scale, both signs, none at a kink.
X = np.array([1e-30, 1e-8, 1e-3, 0.3, 0.9, 1.4, 4.1, 9.2, 17.0, 37.0, 88.0], np.float32)
X = np.concatenate([-X[::-1], X])


def exactly(expr: Expr, x: float) -> mp.mpf:
    def join(op, args):
        return (args[1] if args[0] else args[2]) if op == "where" else TABLE[op](*args)

    with mp.workdps(400):
        return fold(expr, lambda n: mp.mpf(repr(n.value) if isinstance(n, Const) else x), join)


def filled(activation: Activation) -> Expr:
    return simplify(substitute(activation.formula, dict(activation.defaults)))


@pytest.mark.parametrize(
    ("name", "written"), [(name, written) for name, spelled in SPELLINGS.items() for written in spelled]
)
def test_as_articles_print_it_it_is_as_accurate_as_the_catalogue(name, written):
    mine = define("mine", written)
    if filled(mine) != filled(CATALOGUE[name]):
        # With 0.7978845608028654 in place of sqrt(2/pi) the exponent is what it is rounded to.
        check_accuracy(mine, parse(written), float64=6.0 if name == "gelu_tanh" else 4.0)
    assert not warning_of(mine)


def test_most_spellings_become_the_formula_of_the_catalogue():
    every = [(name, written) for name, spelled in SPELLINGS.items() for written in spelled]
    same = [written for name, written in every if filled(define("mine", written)) == filled(CATALOGUE[name])]
    assert len(same) >= 65
    for name in ("sigmoid", "tanh", "bipolar_sigmoid", "gelu", "silu", "quick_gelu", "mish", "logsigmoid", "softsign"):
        assert set(SPELLINGS[name]) <= set(same)


@pytest.mark.parametrize("written", OTHERS)
def test_what_overflows_or_cancels_as_written_is_accurate(written):
    # Sums of two terms of opposite sign, and quotients of four roundings.
    check_accuracy(define("mine", written), parse(written), float64=8.0)


def check_accuracy(mine: Activation, naive: Expr, float64: float = 4.0) -> None:
    """Hold value and slope to what the naive formula gives with hundreds of digits."""
    for kind, formula in (("value", naive), ("slope", derivative(naive))):
        x = X[X > -1] if "sqrt(x + 1)" in str(naive) else X
        true = [exactly(formula, float(at)) for at in x]
        for dtype, limit, near_root in ((np.float32, 2.0, 2.0**-24), (np.float64, float64, 2.0**-51)):
            got = getattr(kernels, kind)(mine, x.astype(dtype))
            away = np.array([abs(t) > 1e-2 for t in true]) | (np.abs(x) > 2) | (np.abs(x) < 1e-2)
            errors = np.where(away, ulps(got, true), ulps(got, true, near_root))
            worst = int(np.argmax(errors))
            assert errors[worst] <= limit, f"{kind} {errors[worst]:.3g} ulp of {dtype.__name__} at {x[worst]}"


def test_the_oracle_of_accuracy_bites():
    with pytest.raises(AssertionError, match=r"value .* ulp of float32"):
        check_accuracy(act.softplus, parse("log(1 + exp(1.00001*x))"))
    naive = Activation(
        **{fact: getattr(act.mish, fact) for fact in ("title", "introduced", "story")},
        name="mine",
        formula=parse("log(1 + exp(x))"),
    )
    with pytest.raises(AssertionError, match=r"value .* ulp"):
        check_accuracy(naive, parse("log(1 + exp(x))"))


BENT = "(sqrt(x**2 + 1) - 1)/2 + x"


def bent() -> act.Function:
    return act.define("bent", BENT)


def test_it_is_called_like_any_other():
    f = bent()
    assert isinstance(f, act.Function)
    assert f(3.0) == pytest.approx((math.sqrt(10) - 1) / 2 + 3, rel=1e-15)
    assert f.slope(3.0) == pytest.approx(3 / (2 * math.sqrt(10)) + 1, rel=1e-15)
    x = np.linspace(-5, 5, 101, dtype=np.float32)
    assert f(x).dtype == np.float32
    tensor = torch.linspace(-3, 3, 31, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(f, tensor)
    assert torch.autograd.gradgradcheck(f, tensor)
    assert repr(f) == f"<actscope.bent: {f.formula}>"
    assert f.written == BENT
    assert r"\sqrt" in f.latex()
    assert f.slope_latex()
    p = f.properties
    assert p.increasing
    assert p.kinks == ()
    assert p.largest_slope == pytest.approx(1.5, abs=1e-6)
    assert p.range.low == -math.inf
    assert act.get(f) is f
    assert pickle.loads(pickle.dumps(f)) == f
    assert bent() == f
    with pytest.raises(UnknownActivationError):
        act.get("bent")


def test_it_is_a_module_and_replaces_others():
    f = bent()
    x = torch.randn(5, 4)
    module = act.nn.module(f)
    assert repr(module) == "Bent()"
    torch.testing.assert_close(module(x), f(x))
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    assert act.nn.replace(model, "relu", f).swapped == ("1",)
    model(x).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert act.nn.gain(f) == f.properties.gain
    steep = act.define("steep", "x*sigmoid(beta*x)", beta=Parameter("beta", 2.0, "steepness", learnable=True))
    layer = act.nn.module(steep)
    layer(x).sum().backward()
    (beta,) = layer.parameters()
    assert beta.item() == 2.0
    assert beta.grad.item() != 0.0


def test_it_is_compared_with_others():
    comparison = act.compare("xor", [bent(), "relu"], depth=2, width=16, seeds=2, epochs=3)
    assert comparison.activations == ("bent", "relu")
    experiment = next(run.experiment for run in comparison.runs if run.experiment.activation == "bent")
    assert experiment.defined == definition_of(bent())
    assert next(run.experiment for run in comparison.runs if run.experiment.activation == "relu").defined is None
    again = lab.compare("xor", [bent(), "relu"], depth=2, width=16, seeds=2, epochs=3)
    assert [run.history for run in again.runs] == [run.history for run in comparison.runs]
    assert "bent" in str(comparison)
    assert comparison.as_dict()["runs"][0]["experiment"]["defined"]["written"] == BENT


def test_the_report_shows_it_and_can_be_repeated(tmp_path):
    steep = act.define("steep", "x*sigmoid(beta*x)", beta=Parameter("beta", 2.0, "steepness", above=0.0))
    half = act.define("half", "max(0, a*x)", a=1.0, slope_at={0: 0.5})
    comparison = act.compare("xor", [steep, half, "relu"], depth=2, width=8, seeds=1, epochs=1)
    page = comparison.save(tmp_path / "report").read_text(encoding="utf-8")
    assert "defined by you" in page
    assert (tmp_path / "report" / "figures" / "curve-steep.svg").exists()
    assert commands.command_line(comparison) == ""
    session: dict[str, object] = {}
    call = commands.python(comparison)
    exec(call.rpartition("act.compare")[0], session)
    assert (session["steep"], session["half"]) == (steep, half)
    assert "[steep, half, 'relu']" in call


def test_a_linear_one_and_a_flat_one_are_told_of():
    line, flat = act.define("line", "2*x"), act.define("flat", "where(x > 0, 1, -1)")
    notes = " ".join(act.compare("xor", [line, flat], depth=2, width=8, seeds=1, epochs=1).notes)
    assert "line is linear" in notes
    assert "the slope of flat is 0 everywhere" in notes


def test_a_false_one_is_not_compared_as_the_catalogues():
    false = Activation(
        name="relu", title="Mine", formula=Symbol("x") * 2, introduced=act.relu.introduced, story=act.relu.story
    )
    with pytest.raises(SettingError, match="relu is not the catalogue's, but is called as one"):
        act.compare("xor", [false])


def test_the_definition_makes_the_same_activation():
    for f in (
        bent(),
        act.define("q", "where(x >= 0, x + a, x/2)", a=0.0),
        act.define("steep", "x*sigmoid(beta*x)", beta=Parameter("beta", 2.0, "steepness", above=0.0)),
    ):
        assert act.get(defined_by(definition_of(f))) == f or defined_by(definition_of(f)).formula == f.formula


def test_it_flows():
    flow = act.flow([bent(), "relu"], depth=4, width=32, seeds=1)
    assert "bent" in str(flow)


def test_parameters_have_defaults_bounds_and_partial_derivatives():
    beta = Parameter("beta", 1.5, "steepness", above=0.0)
    f = act.define("steep", "x/(1 + exp(-beta*x))", beta=beta)
    assert str(f.formula) == "x*sigmoid(beta*x)"
    assert f.parameters == (beta,)
    assert f(2.0) == pytest.approx(2 / (1 + math.exp(-3)), rel=1e-15)
    assert f(2.0, beta=0.5) == pytest.approx(2 / (1 + math.exp(-1)), rel=1e-15)
    with pytest.raises(ParameterError, match="steep: `beta` must be a number > 0, but got -1"):
        f(2.0, beta=-1)
    plain = act.define("plain", "alpha*x", alpha=2)
    assert plain.defaults == (("alpha", 2.0),)
    assert plain.parameters[0].meaning
    short = act.define("short", "alpha*x", alpha=Parameter("alpha", default=2.0, at_most=3.0))
    assert short.parameters == (Parameter("alpha", 2.0, "alpha in the formula", at_most=3.0),)
    x = torch.tensor([0.5, 2.0], dtype=torch.float64)
    b = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda b: f(x, beta=b), b)


def test_two_inputs_make_a_gated_activation():
    f = act.define("tanh_glu", "a*tanh(b)", inputs=("a", "b"))
    assert f.gated
    assert f(2.0, 0.5) == pytest.approx(2 * math.tanh(0.5), rel=1e-15)
    assert str(f.partial("b")) == "a*sech2(b)"


def test_a_formula_of_rows_is_stable_too():
    f = act.define("mine", "exp(x)/row_sum(exp(x))")
    x = np.array([[1e4, 1e4 - 1, 0.0]])
    np.testing.assert_allclose(f(x), act.softmax(x), rtol=1e-14)
    logs = act.define("logs", "x - log(row_sum(exp(x)))")
    np.testing.assert_allclose(logs(x), act.log_softmax(x), rtol=1e-14)
    tensor = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(f, tensor)
    assert torch.autograd.gradcheck(logs, tensor)


@pytest.mark.parametrize(
    ("written", "slopes"),
    [
        ("max(0, x)", {0.0: 0.0}),
        ("max(x, 0)", {0.0: 0.0}),
        ("max(x, 0.1*x)", {0.0: 0.1}),
        ("max(0.1*x, x)", {0.0: 0.1}),
        ("|x|", {0.0: -1.0}),
        ("|1 - x|", {1.0: -1.0}),
        ("min(max(x, 0), 6)", {0.0: 0.0, 6.0: 1.0}),
        ("max(min(x, 6), 0)", {0.0: 0.0, 6.0: 1.0}),
        ("where(x >= 0, x + 1, x/2)", {0.0: 0.5}),
        ("where(x**2 > 1, x, x**3)", {-1.0: 1.0, 1.0: 3.0}),
        ("max(x, -x, 1)", {-1.0: -1.0, 1.0: 0.0}),
        ("max(0, x) + min(0, exp(x) - 1)", {0.0: 1.0}),
        ("max(0, 2*x) + min(0, exp(x) - 1)", {0.0: 1.0}),
        ("x*min(max(x + 3, 0), 6)/6", {-3.0: 0.0, 3.0: 1.5}),
    ],
)
def test_at_a_kink_the_slope_is_the_one_from_the_left(written, slopes):
    f = define("mine", written)
    for kink, slope in slopes.items():
        assert kernels.slope(f, kink) == pytest.approx(slope, abs=1e-12)
        assert kernels.slope(f, math.nextafter(kink, -math.inf)) == pytest.approx(slope, abs=1e-12)
        before, there = (kernels.value(f, x) for x in (math.nextafter(kink, -9), kink))
        assert there == pytest.approx(before, abs=1e-9) or ">=" in written
    if f.properties.kinks:
        assert f.convention == "the slope from the left, which is taken unless another is given"


def test_another_slope_may_be_given():
    f = act.define("half", "max(0, x)", slope_at={0: 0.5})
    assert f.slope(0.0) == 0.5
    assert f.slope(-1e-300) == 0.0
    assert f.convention.startswith("as its author gave it")
    g = act.define("near", "max(x**2 - 2, 0)", slope_at={1.41421: 7.0}, convention="for a test")
    assert g.slope(max(g.properties.kinks)) == 7.0
    assert g.convention == "for a test"
    with pytest.raises(DeclarationError, match="mine: `slope_at` names 1, but the formula's kinks are: 0"):
        define("mine", "max(x, 0)", slope_at={1.0: 0.0})
    with pytest.raises(DeclarationError, match="kinks are: none"):
        define("mine", "tanh(x)", slope_at={0.0: 0.0})


def test_what_is_told_of_it():
    paper = Paper("Doe", 2024, "Bending", "arXiv:2401.00001")
    f = act.define("bent", BENT, title="Bent identity", story="For a test. It bends.", introduced=paper, aliases=("b",))
    assert (f.title, f.class_name, f.introduced, f.aliases) == ("Bent identity", "Bentidentity", paper, ("b",))
    assert str(bent().introduced).startswith("defined by you (20")
    assert BENT in bent().story


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: define("gelu", "x"), DeclarationError, "has an activation called 'gelu'; call yours 'my_gelu'"),
        (lambda: define("swish_1", "x"), DeclarationError, "has an activation called 'swish_1'"),
        (lambda: define("mine", "x", aliases=("relu",)), DeclarationError, "has an activation called 'relu'"),
        (lambda: define("Bent!", "x"), DeclarationError, "lower-case letters, digits and underscores"),
        (lambda: define("", "x"), DeclarationError, "such as 'bent', not ''"),
        (lambda: define(3, "x"), DeclarationError, "such as 'bent', not 3"),
        (lambda: define("mine", 3), FormulaError, "a formula is a text such as"),
        (
            lambda: define("mine", "x*beta"),
            FormulaError,
            r"unknown symbol 'beta'; a parameter needs a value, as in bet",
        ),
        (lambda: define("mine", "bta*x", beta=1.0), FormulaError, "unknown symbol 'bta', did you mean 'beta'"),
        (lambda: define("mine", "x", beta=1.0), DeclarationError, "beta is given a value, but the formula x has no"),
        (lambda: define("mine", "2"), DeclarationError, "`formula` does not use x"),
        (lambda: define("mine", "x*k", k="a"), ParameterError, "mine: `k` must be a finite number or a Parameter"),
        (lambda: define("mine", "x*k", k=True), ParameterError, "`k` must be a finite number or a Parameter"),
        (lambda: define("mine", "x*k", k=math.inf), ParameterError, "`k` must be a finite number or a Parameter"),
        (lambda: define("mine", "x*k", k=Parameter("j", 1.0, "m")), DeclarationError, "k calls itself 'j'"),
        (lambda: define("mine", "x*dim", dim=1.0), DeclarationError, "`parameters` cannot call one 'dim'"),
        # A parameter called g would stand for the gradient in compiled code.
        (
            lambda: define("mine", "x*g", g=1.0),
            DeclarationError,
            "`parameters` cannot call one 'g'; formulas, calls or",
        ),
        (lambda: define("mine", "x*bias", bias=1.0), DeclarationError, "`parameters` cannot call one 'bias'"),
        (lambda: define("mine", "x*training", training=1.0), DeclarationError, "cannot call one 'training'"),
        (lambda: define("mine", "a*g", inputs=("a", "g")), DeclarationError, "`inputs` cannot call one 'g'; formulas"),
        (
            lambda: define("mine", "max(x, 0)", slope_at=0.5),
            DeclarationError,
            r"mine: `slope_at` must give slopes by kink, as \{0.0: 0.5\}, but got 0.5",
        ),
        (lambda: define("mine", "|x|", slope_at={0.0: "a"}), DeclarationError, r"slopes by kink, as \{0.0: 0.5\}, but"),
        (lambda: define("mine", "|x|", slope_at=[0.5]), DeclarationError, r"as \{0.0: 0.5\}, but got \[0.5\]"),
        (lambda: define("mine", "x*tanh", tanh=1.0), FormulaError, "tanh is a function"),
        (
            lambda: define("mine", "x", title="ReLU"),
            DeclarationError,
            "a module class ReLU already; give another `title`",
        ),
        (lambda: define("mine", "x", title="2 much"), DeclarationError, "`title` must begin with a letter"),
        (lambda: define("mine", "x", story="Short."), DeclarationError, "`story` must tell in two sentences"),
        (lambda: define("mine", "a*b", inputs=("a", "c")), FormulaError, "unknown symbol 'b'"),
        (lambda: define("mine", "a", inputs=("a", "b")), DeclarationError, "`formula` does not use b"),
        (lambda: define("mine", "x*(1"), FormulaError, "is never closed"),
    ],
)
def test_errors_say_what_to_type(call, error, message):
    with pytest.raises(error, match=message):
        call()


HOSTILE = {
    "import": "__import__('os').system('touch intruder')",
    "attribute": "x.__class__.__bases__",
    "exec": "exec('raise SystemExit')",
    "a million characters": "x+" * 500_000 + "x",
    "parentheses": "(" * 100_000 + "x" + ")" * 100_000,
    "powers": "x**64**64",
    "terms": " + ".join(f"sin({k}*x)" for k in range(1, 2_001)),
    "choices": "where(x > 0, " * 500 + "x" + ", 1)" * 500,
    "maxima": "max(" * 50 + "x" + ", 1)" * 50,
    "maxima of many": "max(x" + "".join(f", {k}*x" for k in range(100)) + ")",
    "absolute values": "|1 + " * 55 + "x" + "|" * 55,
    "quotients whose slope grows": "(x + " * 50 + "x" + "".join(f")/({k} + x*|x - {k}|)" for k in range(50)),
    "squares": "(1 + " * 30 + "x" + ")**2" * 30,
    "repeated squaring": "(x - 1" + ")**2*tanh(x)" * 1 + " + sinh(" * 20 + "x" + ")" * 20,
}


@pytest.mark.parametrize("written", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_or_read_within_a_second(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("eval", "exec"):
        monkeypatch.setattr(builtins, name, lambda *_: pytest.fail("something was run"))
    started = time.perf_counter()
    try:
        found = define("mine", written)
        warning_of(found)
    except FormulaError:
        pass
    # A second on a quiet machine.
    assert time.perf_counter() - started < 2.5
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("written", LOSSY)
def test_lost_digits_are_said_once_when_it_is_defined(written):
    with pytest.warns(ActscopeWarning, match=r"^mine: the (value|slope) (loses digits|is nan) ") as caught:
        f = act.define("mine", written)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert any(act.lost_digits(f).values())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(np.array([0.0, math.nan, 1e300, -1e300]))


def test_what_is_sound_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for written in itertools.chain(["x*sin(x)", "x**3 - x", BENT], *SPELLINGS.values()):
            assert act.lost_digits(act.define("mine", written)) == {"value": (), "slope": ()}
    assert act.lost_digits("swiglu") == {"value": (), "slope": ()}


def test_lost_digits_depend_on_parameters():
    f = define("mine", "x - a*sin(x)", a=0.5)
    assert not lost_digits_of(f)["value"]
    (lost,) = act.lost_digits(f, a=1.0)["value"]
    assert lost.low < 1e-6 < lost.high
    with pytest.raises(ParameterError, match="mine has no parameter 'b'"):
        act.lost_digits(f, b=1.0)


def test_a_text_is_a_name_or_a_formula():
    assert named("gelu") is CATALOGUE["gelu"]
    assert named(" relu ") is CATALOGUE["relu"]
    assert named("LeakyReLU") is CATALOGUE["leaky_relu"]
    f = named("x*tanh(x)")
    assert (f.name, f.title, f.written) == ("x_tanh_x", "x*tanh(x)", "x*tanh(x)")
    assert named("x").name == "f_x" or named("x").formula == Symbol("x")
    assert named("2*x**2").title == "f(x) = 2*x**2"
    assert named("beta*tanh(x)", beta=2.0).defaults == (("beta", 2.0),)
    with pytest.raises(UnknownActivationError, match="did you mean 'gelu'"):
        named("gleu")
    with pytest.raises(FormulaError, match="no function is called 'sigmod'"):
        named("x*sigmod(x)")
    names = {name_of(text) for text in ("x + 1", "x - 1", "x*1", "x/1", "x**1", "(x)", "+x", "relu(x)")}
    assert len(names) >= 7
    for text in [*OTHERS, "(((", "²", "relu", "x" * 500]:
        assert name_of(text).isidentifier()
        assert name_of(text) == name_of(text).lower()
        assert name_of(text) not in CATALOGUE
        assert len(name_of(text)) <= 34


def test_arrays_that_are_refused_name_it():
    with pytest.raises(ArrayTypeError, match="bent is defined on real numbers"):
        bent()("text")
