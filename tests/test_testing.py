"""The laws for users' activations: sound ones of every kind keep all of them, and every law sees its planted fault."""

import dataclasses
import importlib.util
import itertools
import json
import math

import pytest
import torch

import actscope as act
import naive
from actscope.cli import run
from actscope.errors import SettingError, UnknownActivationError
from actscope.formula import latex, parse
from actscope.testing import LAWS, Finding, check_activation, checking, formulas
from actscope.testing.candidates import Candidate
from faults import FAULTS, calling, claiming

ROWS = {law.name: law for law in LAWS}


def held(law: str, mine) -> Finding:
    return checking.finding(ROWS[law], mine if isinstance(mine, Candidate) else Candidate(mine))


# What is not defined everywhere is defined all the same, with a warning.
PARTLY = pytest.mark.filterwarnings("ignore::actscope.errors.ActscopeWarning")


@PARTLY
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


def test_the_gap_that_is_known_is_seen():
    assert check_activation("phish", skip=["JAX"], raise_exception=False).failed == ("float64",)


@pytest.mark.parametrize(
    "own",
    [
        lambda: act.define("bent", "(sqrt(x**2 + 1) - 1)/2 + x"),
        lambda: act.define("crooked", "where(x > 1, x, where(x < -1, k*x, 0))", k=act.Parameter("k", 0.2, "slope")),
        lambda: act.define("opened", "a*tanh(b)", inputs=("a", "b")),
        lambda: act.define("centred", "x - row_max(x)"),
        lambda: act.define("pooled", "row_max(x) + log(row_sum(exp(x - row_max(x))))"),
    ],
    ids=["smooth", "with kinks", "of two inputs", "of rows", "one of a row"],
)
def test_formulas_of_ones_own_keep_them(own):
    check_activation(own(), skip=["JAX"])


@PARTLY
@pytest.mark.parametrize("written", [*itertools.chain(*naive.SPELLINGS.values()), *naive.OTHERS, *naive.LOSSY])
def test_every_spelling_is_what_was_written(written):
    finding = held("as written", act.define("own", written))
    assert finding.verdict == "passed", finding.told
    assert int(finding.told.rpartition(" at ")[2].removesuffix(" inputs")) >= 90


def test_a_rewriting_that_is_wrong_far_away_alone_is_seen():
    own = act.define("own", "log(1 + exp(x))")
    wrong = dataclasses.replace(own, formula=parse("where(x < -600, 2*softplus(x), softplus(x))"))
    finding = held("as written", wrong)
    assert finding.verdict == "failed"
    assert finding.at[0] < -600


@PARTLY
def test_a_formula_without_values_cannot_be_compared():
    finding = held("as written", act.define("own", "log(-1 - x**2)"))
    assert (finding.verdict, finding.told) == (
        "not applicable",
        "log(-1 - x**2) has no value at any input that was tried",
    )


@PARTLY
@pytest.mark.parametrize("written", ["log(x)", "sqrt(x)", "log(|x|)"])
def test_where_a_formula_is_not_defined_nothing_is_missed(written):
    report = check_activation(act.define("own", written), raise_exception=False)
    assert report.complaint == ""
    assert "nan and" not in report.findings["saturation"].told
    assert report.findings["JAX"].verdict == "passed"


def test_rounding_makes_no_fixed_points():
    # From 3 on it is x, which 6 and its sixth may miss by a bit.
    assert held("fixed points", act.define("own", "x*min(max(x + 3, 0), 6)/6")).verdict == "passed"
    # The crossings at -1, 0 and 1 are points of the grid.
    own = act.define("own", "x**3")
    assert held("fixed points", own).verdict == "passed"
    seen = held("fixed points", claiming(own, fixed_points=(-1.0, 0.0)))
    assert (seen.verdict, seen.at) == ("failed", (pytest.approx(0.98),))


@PARTLY
def test_rows_that_are_partly_undefined_keep_the_laws():
    own = act.define("own", "log(x) - row_max(x)")
    for law in ("axis", "gradient", "transforms"):
        finding = held(law, own)
        assert finding.verdict in ("passed", "not applicable"), finding.told


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
