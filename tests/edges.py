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
ROOTS_OF_SLOPES = (-1.2784645, -0.7517916, -1.1924312, -0.7524614)


def edges(dtype: type, kinks: tuple[float, ...] = (), seed: int = 0) -> np.ndarray:
    """Return a few thousand finite inputs of `dtype`, sorted, each once."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(seed)
    points = [np.asarray([*TURNS, *FAR_TURNS, *ROOTS_OF_SLOPES, *(np.pi / 2 * k for k in range(1, 12))])]
    exponents = np.arange(info.minexp - info.nmant, info.maxexp, 1 if dtype == np.float32 else 7)
    points.append(np.ldexp(1.0, exponents))
    points.append(np.ldexp(1.0 + rng.random(len(exponents)), exponents - 1))
    points.append(np.asarray([info.max, info.tiny, info.smallest_subnormal, np.nextafter(info.tiny, dtype(0))]))
    positive = np.concatenate(points)
    centres = np.concatenate([positive, -positive, np.asarray([0.0, *kinks])]).astype(dtype)
    with np.errstate(over="ignore"):
        neighbours = [np.nextafter(centres, dtype(side * np.inf)) for side in (-1, 1)]
    spread = [rng.uniform(-a, a, 200).astype(dtype) for a in (1e-3, 1.0, 10.0, 30.0, 120.0, 800.0)]
    together = np.concatenate([centres, *neighbours, *spread])
    return np.unique(together[np.isfinite(together)])
