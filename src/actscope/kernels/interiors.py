"""For which formulas float32 arithmetic is accurate enough for float32 data.

Everything else is computed in float64 and rounded once. Each formula here was walked over all float32 numbers by
`actscope bench accuracy --exhaustive`, and stays within 2 units in the last place; docs/accuracy.md has the figures.
"""

FLOAT32_SUFFICES = frozenset(
    {
        "where(x > 0, x, 0.01*x)",
        "where(x > 0, 1, 0.01)",
        "where(x > 0, x, 0.25*x)",
        "where(x > 0, x, 0.22916666666666666*x)",
        "where(x > 0, 1, 0.22916666666666666)",
        "where(x > -3, where(3 > x, (x + 3)/6, 1), 0)",
        "where(x > -3, where(3 > x, 0.16666666666666666, 0), 0)",
        "sigmoid(x)",
        "sigmoid(-x)",
        "logistic_pdf(x)",
        "tanh(x)",
        "sech2(x)",
        "tanh(0.5*x)",
        "0.5*sech2(0.5*x)",
        "cauchy(x)",
        "softsign(x)",
        "where(x > 0, 0.5 + 0.5*softsign(x), 0.5/(1 - x))",
        "softplus(x)",
        "-softplus(-x)",
        "where(x > 0, x**2, 0)",
        "where(x > 0, 2*x, 0)",
        "where(x > 0, x, expm1(x))",
        "where(x > 0, 1, exp(x))",
        "where(x > 0, 1.0507009873554805*x, 1.7580993408473766*expm1(x))",
        "where(x > 0, 1.0507009873554805, 1.7580993408473766*exp(x))",
        "x*sigmoid(2*(sqrt(2/pi)*(x + 0.044715*x**3)))",
        "x*sigmoid(1.702*x)",
        "x*sigmoid(x)",
        "x*normal_cdf(x)",
        "where(x > -3, where(3 > x, x*(x + 3)/6, x), 0)",
        "where(x > -3, where(3 > x, (x + 3 + x)/6, 1), 0)",
        "where(x > 0.5, x - 0.5, where(-0.5 > x, x + 0.5, 0))",
        "share(x, row_max(x), 1)/row_sum(share(x, row_max(x), 1))",
        "share(-x, row_max(-x), 1)/row_sum(share(-x, row_max(-x), 1))",
        "tempered(x, row_max(x), 1) - "
        "log1p(row_sum(where(row_max(x) > x, share(x, row_max(x), 1), share(x, row_max(x), 1) - 1)) + "
        "row_sum(where(row_max(x) > x, 0, 1)) - 1)",
        "y*(g - row_sum(g*y))",
        "-y*(g - row_sum(g*y))",
        "g - exp(y)*row_sum(g)",
    }
)
"""Formulas as `text` writes them, with all parameters filled in."""
