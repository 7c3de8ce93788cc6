"""Where float32 arithmetic is used: only for formulas of the catalogue that were walked over all numbers."""

import numpy as np
import pytest

from actscope import kernels
from actscope.catalogue import CATALOGUE, get
from actscope.formula import simplify, substitute, text
from actscope.kernels import sources
from actscope.kernels.interiors import FLOAT32_SUFFICES


def formulas():
    for activation in CATALOGUE:
        exprs = [activation.formula]
        exprs += [activation.by_output] if activation.by_output is not None else []
        exprs += [activation.slope_formula] if activation.pointwise else []
        for expr in exprs:
            yield text(simplify(substitute(expr, dict(activation.defaults))))


def test_every_listed_formula_is_one_of_the_catalogue():
    # A formula that is written otherwise since would be computed in float64 without a word.
    assert set(FLOAT32_SUFFICES) - set(formulas()) == set()


@pytest.mark.parametrize("name", ["sigmoid", "gelu", "softplus", "leaky_relu"])
def test_other_parameters_and_float64_are_computed_in_float64(name):
    activation = get(name)
    assert sources.source(activation, "value", "float32", activation.defaults).interior == "float"
    assert sources.source(activation, "value", "float64", activation.defaults).interior == "double"
    others = tuple((parameter, default * 1.5) for parameter, default in activation.defaults)
    if others:
        assert sources.source(activation, "value", "float32", others).interior == "double"


def test_a_formula_that_is_not_listed_is_computed_in_float64():
    assert sources.source(get("mish"), "value", "float32", ()).interior == "double"
    assert sources.source(get("silu"), "slope", "float32", ()).interior == "double"


def test_float32_arithmetic_is_what_the_walk_found_it_to_be():
    # A few million numbers of the walk, where its largest errors were.
    for name, low, high in (("sigmoid", -20.0, 2.0), ("gelu", -13.0, 0.0), ("tanh", 0.0, 9.0), ("silu", -95.0, 2.0)):
        x = np.linspace(low, high, 1_000_003).astype(np.float32)
        got, true = kernels.value(get(name), x), kernels.value(get(name), x.astype(np.float64))
        error = np.abs(got - true) / np.spacing(np.abs(true).astype(np.float32))
        assert error.max() <= 2.0
