"""For which formulas float32 arithmetic is accurate enough for float32 data.

Everything else is computed in float64 and rounded once. Each formula here was walked over all float32 numbers by
`actscope bench accuracy --exhaustive`, and stays within 2 units in the last place; docs/accuracy.md has the figures.
"""

FLOAT32_SUFFICES = frozenset(
    {
        "sigmoid(x)",
        "logistic_pdf(x)",
        "tanh(x)",
        "sech2(x)",
        "x*sigmoid(x)",
        "where(x > 0, x, expm1(x))",
        "where(x > 0, 1, exp(x))",
        "softplus(x)",
    }
)
"""Formulas as `text` writes them, with all parameters filled in."""
