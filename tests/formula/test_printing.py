"""How formulas are written: as text that is read back, as LaTeX that a journal prints."""

import copy
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actscope.catalogue import CATALOGUE
from actscope.formula import Apply, Const, Symbol, latex, nodes, parse, text
from actscope.formula.printing import latex_name, latex_number, number


@pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
def test_formulas_of_the_catalogue_read_back_and_print_balanced(activation):
    by = [*activation.inputs, *(p.name for p in activation.parameters if p.learnable)]
    for expr in (activation.formula, *(() if activation.rowwise else map(activation.partial, by))):
        assert text(parse(text(expr))) == text(expr)
        written = latex(expr)
        assert written.count("{") == written.count("}")
        assert written.count(r"\left") == written.count(r"\right")
        for parameter in activation.parameters:
            if Symbol(parameter.name) in nodes(expr):
                assert latex_name(parameter.name) in written


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("alpha", r"\alpha"),
        ("lambda", r"\lambda"),
        ("negative_slope", r"\mathrm{negative\_slope}"),
        ("min_val", r"\mathrm{min\_val}"),
        ("a_b_c", r"\mathrm{a\_b\_c}"),
        ("Alpha", r"\mathrm{Alpha}"),
    ],
)
def test_names_in_latex(name, expected):
    assert latex(Symbol(name)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("x*sigmoid(x)", r"x \sigma\left(x\right)"),
        ("(x + 1)*x", r"\left(x + 1\right) x"),
        ("(x + 1)/(x - 1)", r"\frac{x + 1}{x - 1}"),
        ("x - (x - 1)", r"x - \left(x - 1\right)"),
        ("2*3", r"2 \cdot 3"),
        ("x*-1", r"x \cdot -1"),
        ("(x + 1)**2", r"\left(x + 1\right)^{2}"),
        ("(-x)**2", r"\left(-x\right)^{2}"),
        ("(x/2)**2", r"\left(\frac{x}{2}\right)^{2}"),
        ("x**-2", "x^{-2}"),
        ("exp(-x**2)", "e^{-x^{2}}"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("abs(x)", r"\left|x\right|"),
        ("1e-30*x", "10^{-30} x"),
        ("2.5e30*x", r"2.5 \cdot 10^{30} x"),
        ("pi*x", r"\pi x"),
        ("erf(x)", r"\operatorname{erf}\left(x\right)"),
        ("gaussian(2*x)", r"e^{-\left(2 x\right)^2}"),
        ("softsign(x)", r"\frac{x}{1 + \left|x\right|}"),
        ("tanhshrink(x - 1)", r"\left(x - 1 - \tanh\left(x - 1\right)\right)"),
        ("2*cauchy(x)", r"2 \frac{1}{1 + x^2}"),
        ("squareplus(x, b)", r"\frac{x + \sqrt{x^2 + b}}{2}"),
        ("tempered(x, row_max(x), T)/2", r"\frac{\frac{x - \max_j x}{T}}{2}"),
        ("share(-x, row_max(-x), T)", r"e^{\left(-x - \max_j \left(-x\right)\right) / T}"),
        ("where(x > 0, x, 0)", r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"),
    ],
)
def test_latex_as_a_mathematician_writes_it(written, expected):
    assert latex(parse(written)) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_to_the_last_bit(value):
    back = parse(number(value))
    assert isinstance(back, Const)
    assert math.copysign(1.0, back.value) == math.copysign(1.0, value)
    assert back.value == value
    assert "{" not in latex_number(value) or latex_number(value).endswith("}")


@pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
def test_formulas_are_values(activation):
    expr = activation.formula
    for twin in (copy.deepcopy(expr), copy.copy(expr), pickle.loads(pickle.dumps(expr)), parse(text(expr))):
        assert text(twin) == text(expr)
    twin = pickle.loads(pickle.dumps(expr))
    assert twin == expr
    assert hash(twin) == hash(expr)
    assert str(expr) == text(expr)
    assert eval(repr(expr), {"Apply": lambda op, *args: Apply(op, args), "Const": Const, "Symbol": Symbol}) == expr


def test_formulas_cannot_be_changed():
    for node in (Const(1.0), Symbol("x"), parse("x*x")):
        with pytest.raises((AttributeError, TypeError)):
            node.value = 3.0
