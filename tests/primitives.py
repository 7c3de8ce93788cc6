"""What each primitive is, by mpmath: one number to one number, and those of more arguments."""

from collections.abc import Callable

import mpmath as mp

Function = Callable[..., mp.mpf]

REAL: dict[str, Function] = {
    "neg": lambda u: -u,
    "abs": abs,
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "tanh": mp.tanh,
    "sech2": lambda u: 1 / mp.cosh(u) ** 2,
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "normal_cdf": lambda u: mp.erfc(-u / mp.sqrt(2)) / 2,
    "normal_pdf": mp.npdf,
    "logistic_pdf": lambda u: mp.sech(u / 2) ** 2 / 4,
    "tanh2": lambda u: mp.tanh(u) ** 2,
    "tanh_softplus": lambda u: mp.tanh(mp.log1p(mp.exp(u))),
    "tanh_softplus_slope": lambda u: mp.sech(mp.log1p(mp.exp(u))) ** 2 / (1 + mp.exp(-u)),
    "erf": mp.erf,
    "gaussian": lambda u: mp.exp(-u * u),
    "arctan": mp.atan,
    "cauchy": lambda u: 1 / (1 + u * u),
    "softsign": lambda u: u / (1 + abs(u)),
    "tanhshrink": lambda u: u - mp.tanh(u) if abs(u) > 1e-9 else u**3 / 3 - 2 * u**5 / 15 + 17 * u**7 / 315,
    "cos": mp.cos,
    "sin": mp.sin,
}
REAL_OF_MORE: dict[str, Function] = {
    "hyperbola": lambda u, b: mp.sqrt(u * u + b),
    "squareplus": lambda u, b: (u + mp.sqrt(u * u + b)) / 2 if u > 0 else b / (2 * (mp.sqrt(u * u + b) - u)),
    "squareplus_slope": lambda u, b: REAL_OF_MORE["squareplus"](u, b) / mp.sqrt(u * u + b),
    "tempered": lambda u, v, t: (u - v) / t,
    "share": lambda u, v, t: mp.exp((u - v) / t),
}
# The other arguments that they are tried with, by how many they take.
MORE = {2: [(4.0,), (0.01,), (300.0,)], 3: [(30.0, 1.0), (25.0, 0.1), (40.0, 7.0)]}
# From where on they are defined.
FROM = {"sqrt": 0.0, "log": 1e-300, "log1p": -0.999}
