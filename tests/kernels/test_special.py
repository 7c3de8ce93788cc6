"""Each primitive by compiled code against mpmath, wherever it is defined and not just where the catalogue uses it."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch

from actscope.formula import Apply, Symbol
from actscope.formula.evaluate import NUMPY
from actscope.formula.ops import OPS
from actscope.kernels.codegen import Source
from actscope.kernels.compiler import compiled
from actscope.kernels.threads import run
from actscope.nn.operations import TORCH
from edges import edges
from primitives import FROM, MORE, REAL, REAL_OF_MORE
from truth import ulps

LIMIT = {np.float32: 1.0, np.float64: 5.0}
# Largest arguments: beyond, mpmath takes its time, and the tests of the catalogue go there.
FAR = 1e5


def in_machine_code(name, x, *others):
    """Return a primitive of `x` by compiled code; its other arguments are parameters."""
    source = Source(
        ("x",), (Apply(name, tuple(map(Symbol, "xbt"[: 1 + len(others)]))),), ("b", "t")[: len(others)], x.dtype.name
    )
    x, result = np.ascontiguousarray(x), np.empty_like(x)
    run(compiled(source), [x.ctypes.data, result.ctypes.data], x.size, 1, others)
    return result


def check(name, function, x, *others):
    with mp.workdps(60):
        true = [function(mp.mpf(float(v)), *map(mp.mpf, others)) for v in x]
    found = ulps(in_machine_code(name, x, *others), true)
    worst = int(np.argmax(found))
    assert found[worst] <= LIMIT[x.dtype.type], f"{name} at {x[worst]!r}, {others} is {found[worst]:.3g} ulp off"


@pytest.mark.parametrize("name", [name for name in REAL if OPS[name].llvm is None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_primitives_of_one_number(name, dtype):
    x = edges(dtype)[::5]
    check(name, REAL[name], x[(FROM.get(name, -FAR) <= x) & (x < FAR)])


@pytest.mark.parametrize("name", REAL_OF_MORE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_primitives_of_more_numbers(name, dtype):
    for others in MORE[len(OPS[name].arguments)]:
        x = edges(dtype)[::9]
        # Scores are tried below the largest, and where their shares are no subnormal number.
        check(
            name, REAL_OF_MORE[name], x[(x <= others[0]) & (x > -FAR)] if name in ("tempered", "share") else x, *others
        )


def test_the_oracle_bites():
    with pytest.raises(AssertionError, match=r"arctan at .* ulp off"):
        check("arctan", lambda u: mp.atan(u) * (1 + mp.mpf(2) ** -48), np.linspace(-3.0, 3.0, 7))


INFINITE = [
    # u, v, t, tempered(u, v, t)
    (1.0, 3.0, 2.0, -1.0),
    (1.0, 3.0, 0.0, -math.inf),
    (3.0, 3.0, 0.0, 0.0),
    (1.0, 3.0, math.inf, 0.0),
    (-math.inf, 3.0, 1.0, -math.inf),
    (-math.inf, 3.0, 0.0, -math.inf),
    (-math.inf, 3.0, math.inf, -math.inf),
    (3.0, math.inf, 1.0, -math.inf),
    (3.0, math.inf, math.inf, -math.inf),
    (math.inf, math.inf, 1.0, 0.0),
    (math.inf, math.inf, 0.0, 0.0),
    (math.inf, math.inf, math.inf, 0.0),
    (-math.inf, -math.inf, 1.0, math.nan),
    (math.nan, 3.0, 1.0, math.nan),
]


@pytest.mark.parametrize(("u", "v", "t", "expected"), INFINITE)
@pytest.mark.parametrize("way", ["numpy", "torch", "float32", "float64"])
def test_scores_apart_at_every_temperature(u, v, t, expected, way):
    for name, wanted in (("tempered", expected), ("share", math.exp(expected))):
        if way == "numpy":
            with np.errstate(all="ignore"):
                got = float(NUMPY[name](np.float64(u), v, t))
        elif way == "torch":
            got = float(TORCH[name](torch.tensor([u], dtype=torch.float64), v, t))
        else:
            got = float(in_machine_code(name, np.array([u], way), v, t)[0])
        np.testing.assert_allclose(got, wanted, rtol=2**-24, atol=0)
