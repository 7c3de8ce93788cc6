"""Speed of the kernels on NumPy arrays, beside what NumPy and SciPy users write, and beside a plain copy.

    python -m benchmarks.speed [--threads]

One thread each, unless --threads lets actscope use its own; calls interleaved in one process; medians. A ratio above 1
means that actscope is faster.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import geometric_mean, median

import numpy as np
import scipy.special

from actscope import kernels
from actscope.catalogue import CATALOGUE
from actscope.kernels import threads

Array = np.ndarray
ROUNDS = 15
SIZES = (4_096, 65_536, 1_048_576)


def gelu_tanh(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x**3)))


def normal_pdf(x: Array) -> Array:
    return np.exp(-0.5 * x * x) * np.float32(0.3989422804)


# What is usually written, in the dtype of x throughout.
PLAIN: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype)),
    "leaky_relu": (
        lambda x: np.where(x > 0, x, np.float32(0.01) * x),
        lambda x: np.where(x > 0, np.float32(1), np.float32(0.01)),
    ),
    "step": (lambda x: np.heaviside(x, np.float32(0)), lambda x: np.zeros_like(x)),
    "sigmoid": (scipy.special.expit, lambda x: (s := scipy.special.expit(x)) * (1 - s)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, np.float32(1), np.exp(x))),
    "selu": (
        lambda x: np.float32(1.050701) * np.where(x > 0, x, np.float32(1.6732632) * np.expm1(x)),
        lambda x: np.float32(1.050701) * np.where(x > 0, np.float32(1), np.float32(1.6732632) * np.exp(x)),
    ),
    "softplus": (lambda x: np.logaddexp(x, np.float32(0)), scipy.special.expit),
    "gelu": (lambda x: x * scipy.special.ndtr(x), lambda x: scipy.special.ndtr(x) + x * normal_pdf(x)),
    "gelu_tanh": (
        gelu_tanh,
        lambda x: (
            0.5 * (1 + (t := np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x**3))))
            + 0.5 * x * (1 - t * t) * np.float32(0.7978845608) * (1 + np.float32(0.134145) * x * x)
        ),
    ),
    "silu": (
        lambda x: x * scipy.special.expit(x),
        lambda x: (s := scipy.special.expit(x)) * (1 + x * (1 - s)),
    ),
    "mish": (
        lambda x: x * np.tanh(np.logaddexp(x, np.float32(0))),
        lambda x: (t := np.tanh(np.logaddexp(x, np.float32(0)))) + x * (1 - t * t) * scipy.special.expit(x),
    ),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "softmax": (partial(scipy.special.softmax, axis=-1), np.zeros_like),
}


def medians(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median seconds of each call, the calls taking turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in calls.items():
        call()
        repeat = max(1, int(2e-3 / _once(call)))
        calls[name] = lambda call=call, repeat=repeat: _repeated(call, repeat)
        times[name].append(repeat)
    for _ in range(ROUNDS):
        for name, call in calls.items():
            times[name].append(_once(call))
    return {name: median(found[1:]) / found[0] for name, found in times.items()}


def _repeated(call: Callable[[], object], repeat: int) -> None:
    for _ in range(repeat):
        call()


def _once(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--threads", action="store_true", help="let actscope use its threads")
    if not options.parse_args().threads:
        threads.PYTHON_THREADS_FROM = 1 << 62
    for dtype in (np.float32, np.float64):
        for size in SIZES:
            table(np.random.default_rng(0).normal(0, 3, size).astype(dtype))


def table(x: Array) -> None:
    """Print every activation's time an element on `x`, beside what is usually written."""
    copy = medians({"copy": x.copy})["copy"]
    print(f"\n{x.dtype}, {x.size} elements; a copy takes {copy / x.size * 1e9:.3f} ns an element")
    print(f"{'':12}{'value ns':>10}{'NumPy/SciPy':>13}{'ratio':>8}{'slope ns':>11}{'NumPy/SciPy':>13}{'ratio':>8}")
    ratios: dict[str, list[float]] = {"value": [], "slope": []}
    for activation in (a for a in CATALOGUE if a.name in PLAIN):
        line = f"{activation.name:12}"
        for kind, plain in zip(("value", "slope"), PLAIN[activation.name], strict=True):
            if kind == "slope" and activation.rowwise:
                continue
            given = x.reshape(-1, 1024) if activation.rowwise else x
            ours = partial(getattr(kernels, kind), activation, given)
            found = medians({"ours": ours, "plain": partial(plain, given)})
            ratio = found["plain"] / found["ours"]
            ratios[kind].append(ratio)
            line += f"{found['ours'] / x.size * 1e9:10.3f}{found['plain'] / x.size * 1e9:13.3f}{ratio:8.2f} "
        print(line)
    print(f"{'geometric mean':31}{geometric_mean(ratios['value']):.2f}{geometric_mean(ratios['slope']):32.2f}")


if __name__ == "__main__":
    main()
