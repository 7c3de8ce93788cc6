"""Formulas of rows as users may write them, and their gradients by difference quotients."""

import numpy as np

from actscope.formula import Expr, evaluate

FORMULAS = (
    "x - row_max(x)",
    "x/row_max(abs(x))",
    "x*row_max(x)",
    "log(exp(x - row_max(x))) + row_max(x)",
    "exp(x - row_max(x))/row_sum(exp(x - row_max(x)))",
    "row_max(x) + log(row_sum(exp(x - row_max(x))))",
    "(x - row_sum(x)/8)/sqrt(1 + row_sum((x - row_sum(x)/8)**2))",
    "row_max(x*row_sum(x))*tanh(x)",
    "row_sum(x*row_max(x))",
    "x - row_sum(x)/row_sum(1)",
    "x*row_sum(0.1*row_max(x))",
)
"""Largest values that matter and that do not, sums within sums, a single number for the row, a sum
of what is the same all along it."""


def gradient_by_quotients(formula: Expr, x: np.ndarray, g: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Return how sum(g*f(x)) changes with each number of each row, seen from both sides."""

    def total(at: np.ndarray) -> np.ndarray:
        return (g * np.broadcast_to(evaluate(formula, x=at), g.shape)).sum(-1)

    steps = step * np.eye(x.shape[-1])
    return np.stack([(total(x + one) - total(x - one)) / (2 * step) for one in steps], axis=-1)
