"""Fit the polynomials of src/actscope/kernels/coefficients.py and print that file, with the error of each.

    python tools/fit_polynomials.py > src/actscope/kernels/coefficients.py

Each is the interpolant at Chebyshev nodes, computed with 60 digits and rounded once to float64; it is within a factor
of about 2 of the best polynomial of its degree. The error printed is that of the whole primitive, relative, in bits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp

mp.mp.dps = 60
Real = mp.mpf


@dataclass(frozen=True)
class Fit:
    """A polynomial for `target` on [low, high]; `whole(x, p)` is the primitive made of it, `truth(x)` its truth."""

    name: str
    meaning: str
    degree: int
    low: Real
    high: Real
    target: Callable[[Real], Real]
    whole: Callable[[Real, Real], Real]
    truth: Callable[[Real], Real]
    places: tuple[str, ...] = ()
    """Where in [-1, 1] to interpolate instead of at Chebyshev's nodes, as decimals."""


def normal_tail(y: Real) -> Real:
    """Return Phi(-a) exp(a^2/2) / t with a = 4 (1/t - 1), y = (9 t - 5)/4: powers of t itself would cancel."""
    t = (4 * y + 5) / 9
    a = 4 * (1 / t - 1)
    return mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2) / t


def normal_centre(z: Real) -> Real:
    u = mp.sqrt(z)
    return mp.erf(u / mp.sqrt(2)) / (2 * u)


def sine_rest(z: Real) -> Real:
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / r**3


def cosine_rest(z: Real) -> Real:
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def log_rest(z: Real) -> Real:
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) - 2 * s) / s**3


def erf_ratio(z: Real) -> Real:
    return mp.erf(mp.sqrt(z)) / mp.sqrt(z)


def arctan_rest(z: Real) -> Real:
    q = mp.sqrt(z)
    return (mp.atan(q) - q) / q**3


def tanhshrink_ratio(y: Real, far: float) -> Real:
    """Return (u - tanh(u))/u^3 with u*u = (y + 1) far^2/2: powers of u*u itself would cancel."""
    u = far * mp.sqrt((y + 1) / 2)
    return mp.one / 3 if u < 1e-15 else (u - mp.tanh(u)) / u**3


def fits(suffix: str, degrees: dict[str, int], far: Real) -> list[Fit]:
    half_log2 = mp.log(2) / 2 * Real("1.0001")
    quarter_pi = (mp.pi / 4 * Real("1.0001")) ** 2
    third = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * Real("1.0001")) ** 2
    tiny = Real("1e-12")
    found = [
        Fit(f"EXPM1_{suffix}", "exp(r) = 1 + r + r*r*P(r), |r| <= log(2)/2", degrees["expm1"], -half_log2, half_log2,
            lambda r: (mp.expm1(r) - r) / r**2, lambda r, p: r + r * r * p, mp.expm1),
        Fit(f"LOG1P_{suffix}", "log(1 + e) = e - e*e*P(e), 0 <= e <= 1", degrees["log1p"], tiny, Real(1),
            lambda e: (e - mp.log1p(e)) / e**2, lambda e, p: e - e * e * p, mp.log1p),
        Fit(f"NORMAL_TAIL_{suffix}",
            f"Phi(-a) = exp(-a*a/2)*t*P((9*t - 5)/4), t = 1/(1 + a/4), 0 <= a <= {mp.nstr(far, 4)}",
            degrees["normal"], (9 / (1 + far / 4) - 5) / 4, Real(1), normal_tail, lambda _, p: p, normal_tail),
        Fit(f"LOG_{suffix}", "log((1 + s)/(1 - s)) = 2*s + s*z*P(z), z = s*s", degrees["log"], tiny, third,
            log_rest, lambda z, p: 2 * mp.sqrt(z) + z * mp.sqrt(z) * p,
            lambda z: mp.log((1 + mp.sqrt(z)) / (1 - mp.sqrt(z)))),
        Fit(f"SIN_{suffix}", "sin(r) = r + r*z*P(z), z = r*r, |r| <= pi/4", degrees["sin"], tiny, quarter_pi,
            sine_rest, lambda z, p: mp.sqrt(z) + z * mp.sqrt(z) * p, lambda z: mp.sin(mp.sqrt(z))),
        Fit(f"COS_{suffix}", "cos(r) = 1 - z/2 + z*z*P(z), z = r*r, |r| <= pi/4", degrees["cos"], tiny, quarter_pi,
            cosine_rest, lambda z, p: 1 - z / 2 + z * z * p, lambda z: mp.cos(mp.sqrt(z))),
        Fit(f"ERF_{suffix}", "erf(u) = u + u*P(z), z = u*u, |u| <= 1", degrees["erf"], tiny, Real(1),
            lambda z: erf_ratio(z) - 1, lambda _, p: 1 + p, erf_ratio),
        Fit(f"ARCTAN_{suffix}", "arctan(q) = q + q*z*P(z), z = q*q, |q| <= 1/2", degrees["arctan"], tiny, Real("0.25"),
            arctan_rest, lambda z, p: mp.sqrt(z) + z * mp.sqrt(z) * p, lambda z: mp.atan(mp.sqrt(z))),
        Fit(f"TANHSHRINK_{suffix}", f"u - tanh(u) = u*z*P(y), z = u*u = {SHRINK_TO[suffix] ** 2}*(y + 1)/2, |y| <= 1",
            degrees["tanhshrink"], Real(-1), Real(1), lambda y: tanhshrink_ratio(y, SHRINK_TO[suffix]),
            lambda _, p: p, lambda y: tanhshrink_ratio(y, SHRINK_TO[suffix])),
    ]  # fmt: skip
    if "tail" in degrees:
        found.append(
            Fit(
                f"NORMAL_TAIL_BY_W_{suffix}",
                "Phi(-a) = exp(-a*a/2)*(w/a)*P(w - 15/8), w = a/(1 + a/4), 0 <= a <= 14.5",
                degrees["tail"],
                Real("-1.875"),
                Real("14.5") / (1 + Real("14.5") / 4) - Real("1.875"),
                lambda z: normal_tail((16 - 9 * (z + Real("1.875"))) / 16),
                lambda _, p: p,
                lambda z: normal_tail((16 - 9 * (z + Real("1.875"))) / 16),
            )
        )
    if "exp" in degrees:
        found.append(
            Fit(
                f"EXP_{suffix}",
                "exp(r) = 1 + r + r*r*P(r), |r| <= log(2)/2",
                degrees["exp"],
                -half_log2,
                half_log2,
                lambda r: (mp.expm1(r) - r) / r**2,
                lambda r, p: 1 + r + r * r * p,
                mp.exp,
                # The error is that of P times r*r: these make its four lobes equal.
                ("1e-9", "0.7416", "-0.7416", "0.9721", "-0.9721"),
            )
        )
    if "centre" in degrees:
        found.append(
            Fit(
                f"NORMAL_CENTRE_{suffix}",
                "Phi(u) = 1/2 + u*P(z), z = u*u, |u| <= 1",
                degrees["centre"],
                tiny,
                Real(1),
                normal_centre,
                lambda _, p: p,
                normal_centre,
            )
        )
    return found


def coefficients(fit: Fit) -> list[float]:
    """Return the interpolant's coefficients, constant first, rounded to float64."""
    n = fit.degree + 1
    places = [Real(place) for place in fit.places] or [mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    nodes = [(fit.low + fit.high) / 2 + (fit.high - fit.low) / 2 * place for place in places]
    with mp.workdps(200):
        solution = mp.lu_solve(
            mp.matrix([[x**j for j in range(n)] for x in nodes]), mp.matrix([fit.target(x) for x in nodes])
        )
    return [float(c) for c in solution]


def worst_bits(fit: Fit, found: list[float]) -> float:
    """Return the largest relative error of the primitive, as a power of two."""
    points = [fit.low + (fit.high - fit.low) * (Real(k) + Real("0.37")) / 1000 for k in range(1000)]
    errors = [abs(fit.whole(x, mp.polyval(found[::-1], x)) / fit.truth(x) - 1) for x in points]
    return float(mp.log(max(errors), 2))


NARROW = {"expm1": 5, "exp": 4, "log1p": 10, "normal": 10, "tail": 10, "log": 3, "sin": 3, "cos": 3} | {
    "erf": 6,
    "arctan": 5,
    "tanhshrink": 6,
}
WIDE = {"expm1": 11, "log1p": 22, "normal": 23, "centre": 11, "log": 8, "sin": 6, "cos": 6} | {
    "erf": 13,
    "arctan": 12,
    "tanhshrink": 22,
}
# As far as kernels/special.py uses them.
SHRINK_TO = {"NARROW": 0.75, "WIDE": 1.5}


def main() -> None:
    print('"""Polynomials of the primitives, constant term first. Printed by tools/fit_polynomials.py, not edited.\n')
    print("NARROW serves float32 (evaluated in float64, narrowed once), WIDE serves float64.\n" + '"""\n')
    for suffix, degrees, far in (("NARROW", NARROW, Real(20)), ("WIDE", WIDE, Real(40))):
        for fit in fits(suffix, degrees, far):
            found = coefficients(fit)
            print(f"# {fit.meaning}; relative error 2^{worst_bits(fit, found):.1f}")
            print(f"{fit.name} = (" + "".join(f"\n    {c!r}," for c in found) + "\n)")


if __name__ == "__main__":
    main()
