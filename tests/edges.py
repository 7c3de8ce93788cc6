"""Inputs that hurt: both sides of each kink, tails, overflow and underflow of exp, subnormals, huge, infinite, nan."""

import numpy as np

# Where exp, sigmoid, tanh, the normal tail and their slopes leave or enter the range of float32 and of float64.
TURNS = (88.722839, -87.33654, -103.97208, 44.0, -52.0, 9.0109, 16.635, 17.3287, 0.3466, 0.6931472, -5.5, -6.8)
FAR_TURNS = (
    709.782712893384,
    -708.3964,
    -745.1332191019411,
    -14.1666,
    -13.06,
    -38.5,
    -37.5,
    18.36,
    37.43,
    354.9,
    -372.5,
)
# Where exp(-x*x), 1/(1 + x*x), x*x and their slopes leave the range of float32 and of float64, or lose their 1; where
# one piece of a kernel gives way to the next; the kinks of those with straight pieces.
SQUARE_TURNS = (
    *(10.19687, 9.345, 26.6157, 27.297, 4096.0, 94906265.6),
    *(1.3407807929942596e154, 1.8446744e19, 1.0842022e-19),
)
PIECES = (0.5, 0.7, 0.75, 1.5, 2.0, 1.0, 6.0, 3.0, 0.9, 40.0, 2.0**30, 61.088, 51.314, 437.8, 416.2)
ROOTS_OF_SLOPES = (
    *(-1.2784645, -0.7517916, -1.1924312, -0.7524614, -1.5, -0.7511, -1.1949, -1.3781, -1.0862, -1.1943),
    *(-0.7853982, 0.8603336, 3.4256185, 6.4372982, 2.0287578, 4.9131804),
)


def edges(dtype: type, kinks: tuple[float, ...] = (), seed: int = 0) -> np.ndarray:
    """Return a few thousand finite inputs of `dtype`, sorted, each once."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(seed)
    waves = [np.pi / 2 * k for k in range(1, 12)]
    exponents = np.arange(info.minexp - info.nmant, info.maxexp, 1 if dtype == np.float32 else 7)
    turns = [*TURNS, *FAR_TURNS, *SQUARE_TURNS, *PIECES, *ROOTS_OF_SLOPES, *waves, *np.ldexp(1.0, exponents[::3])]
    turns += [info.max, info.tiny, info.smallest_subnormal, np.nextafter(info.tiny, dtype(0))]
    between = np.ldexp(1.0 + rng.random(len(exponents)), exponents - 1)
    with np.errstate(over="ignore", under="ignore"):
        centres = np.asarray([*turns, *np.negative(turns), 0.0, *kinks]).astype(dtype)
        neighbours = [np.nextafter(centres, dtype(side * np.inf)) for side in (-1, 1)]
        others = np.concatenate([between, -between]).astype(dtype)
    spread = [rng.uniform(-a, a, 200).astype(dtype) for a in (1e-3, 1.0, 10.0, 30.0, 120.0, 800.0)]
    together = np.concatenate([centres, *neighbours, others, *spread])
    return np.unique(together[np.isfinite(together)])
