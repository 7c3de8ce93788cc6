"""The table of primitives is complete, and every library's table of them computes the same functions."""

import inspect
import math
from dataclasses import fields

import mpmath as mp
import numpy as np
import pytest
import torch

from actscope.catalogue import CATALOGUE
from actscope.formula import Apply, Interval, Symbol, derivative, evaluate, nodes, parse
from actscope.formula.evaluate import NUMPY
from actscope.formula.ops import ATOM, COMPARISON, OPS, Op, maximum, minimum, where
from actscope.formula.printing import Printed
from actscope.nn.operations import TORCH
from primitives import FROM, MORE, REAL, REAL_OF_MORE


def arity(op: Op) -> int:
    return len(inspect.signature(op.slope).parameters) // 2


@pytest.mark.parametrize("name", OPS)
def test_every_row_has_every_column(name):
    op = OPS[name]
    assert op.name == name
    assert [field.name for field in fields(Op)][:5] == ["name", "numpy", "slope", "bounds", "latex"]
    assert COMPARISON <= op.level <= ATOM
    printed = [Printed(letter, ATOM, ("(", ")")) for letter in "uvw"[: arity(op)]]
    shown = op.latex(*printed)
    assert all(letter in shown for letter in printed)
    if op.text:
        assert all(letter in op.text(*printed) for letter in printed)
    else:
        assert op.level == ATOM
    if op.llvm:
        assert all(f"{{{k}}}" in op.llvm for k in range(arity(op)))
    assert len(op.arguments) == arity(op)
    assert not op.meaning or all(argument in op.meaning for argument in op.arguments)
    bound = op.bounds(*[Interval(0.5, 0.5 if name == "pow" else 0.75)] * arity(op))
    assert isinstance(bound, Interval)
    assert bound.low <= bound.high


def test_the_table_of_torch_is_complete():
    assert set(TORCH) == set(OPS) == set(NUMPY)


POINTS = np.array([-30.0, -3.5, -1.0, -1e-3, 0.0, 1e-8, 0.7, 2.0, 25.0])


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("table", ["numpy", "torch"])
def test_each_primitive_is_the_function_of_its_name(name, table):
    lowest = FROM.get(name, -np.inf)
    x = POINTS[lowest <= POINTS]
    got = NUMPY[name](x) if table == "numpy" else TORCH[name](torch.from_numpy(x)).numpy()
    with mp.workdps(40):
        true = np.array([float(REAL[name](mp.mpf(v))) for v in x])
    np.testing.assert_allclose(got, true, rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", REAL_OF_MORE)
@pytest.mark.parametrize("table", ["numpy", "torch"])
def test_each_primitive_of_more_arguments_is_the_function_of_its_name(name, table):
    for others in MORE[arity(OPS[name])]:
        got = (
            NUMPY[name](POINTS, *others) if table == "numpy" else TORCH[name](torch.from_numpy(POINTS), *others).numpy()
        )
        with mp.workdps(60):
            true = np.array([float(REAL_OF_MORE[name](mp.mpf(v), *map(mp.mpf, others))) for v in POINTS])
        np.testing.assert_allclose(got, true, rtol=1e-12, atol=0)


def test_every_primitive_of_numbers_is_tested_above():
    of_one = {name for name in OPS if arity(OPS[name]) == 1} - {"isnan", "row_sum", "row_max"}
    of_more = {name for name in OPS if arity(OPS[name]) > 1} - {"add", "sub", "mul", "div", "pow", "greater", "where"}
    assert set(REAL) == of_one
    assert set(REAL_OF_MORE) == of_more


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "greater", "pow"])
def test_torch_and_numpy_agree_on_two_arguments(name):
    a, b = np.array([-2.0, 0.5, 3.0, np.inf]), np.array([0.5, 0.5, -2.0, 1.0])
    if name == "pow":
        b = 3.0
        got = TORCH[name](torch.from_numpy(a), b)
    else:
        got = TORCH[name](torch.from_numpy(a), torch.from_numpy(b))
    np.testing.assert_array_equal(got.numpy(), NUMPY[name](a, b))


def test_torch_compares_with_numbers_that_its_precision_cannot_hold():
    x = torch.tensor([-math.inf, -3e38, 0.0, 3e38, math.inf, math.nan])
    assert TORCH["greater"](x, 1e300).tolist() == [False, False, False, False, True, False]
    assert TORCH["greater"](-1e300, x).tolist() == [True, False, False, False, False, False]
    assert TORCH["greater"](x.half(), 1e5).tolist() == [False, False, False, True, True, False]


@pytest.mark.parametrize("table", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_a_choice_selects_and_never_masks(table):
    kind = torch.tensor if table is TORCH else np.array
    x = kind([-math.inf, -1.0, 1.0, math.inf])
    chosen = evaluate(parse("where(x > 0, 1, exp(-x)*0)"), table, x=x)
    assert [float(v) for v in chosen][2:] == [1.0, 1.0]
    assert math.isnan(float(chosen[0]))  # the selected arm may be nan: the unselected one never shows


CHOOSING = [
    a for a in CATALOGUE if a.pointwise and any(isinstance(n, Apply) and n.op == "where" for n in nodes(a.formula))
]


@pytest.mark.parametrize("activation", CHOOSING, ids=lambda a: a.name)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_no_nan_comes_from_the_arm_that_was_not_selected(activation, order):
    slope = activation.slope_formula
    for _ in range(order - 1):
        slope = derivative(slope)
    for x in (1e4, -1e4, 1e300, -1e300, math.inf, -math.inf):
        # Of x*g(x) at -inf, itself nan in plain arithmetic, nothing is asked.
        if not math.isnan(float(evaluate(activation.formula, x=x, **activation.bind()))):
            assert not math.isnan(float(evaluate(slope, x=x, **activation.bind())))


def test_a_mask_would_have_been_caught():
    masked = parse("1*where(x > 0, 1, 0) + exp(x)*where(x > 0, 0, 1)")
    assert math.isnan(float(evaluate(masked, x=1e4)))


def test_the_slope_of_a_row_is_refused_with_the_reason():
    with pytest.raises(TypeError, match="joined with the rest of its row"):
        derivative(parse("x/row_sum(x)"))


def test_a_condition_has_no_slope():
    x = Symbol("x")
    for name in ("greater", "isnan"):
        args = (x, x * x) if name == "greater" else (x,)
        assert float(evaluate(derivative(Apply(name, args)), x=2.0)) == 0.0


def test_the_larger_and_the_smaller():
    x = Symbol("x")
    for a in (-1.0, 0.0, 1.0):
        assert float(evaluate(maximum(x, 0), x=a)) == max(a, 0)
        assert float(evaluate(minimum(x, 0), x=a)) == min(a, 0)


def test_a_formula_is_neither_true_nor_false():
    x = Symbol("x")
    with pytest.raises(TypeError, match=r"neither true nor false; choose .* where"):
        bool(x > 0)
    with pytest.raises(TypeError):
        max(x, x)
    assert where(x > 0, 1, 0) is not None


@pytest.mark.parametrize("name", ["where", "isnan", "greater"])
def test_nan_goes_through_quietly(name):
    expr = {"where": "where(x > 0, x, 2*x)", "isnan": "x*sigmoid(x)", "greater": "where(x > 1, x, x)"}[name]
    assert math.isnan(float(evaluate(parse(expr), x=math.nan)))
