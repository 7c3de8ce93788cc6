"""Laws of calls: nothing warns or raises on a value, and layouts, types and libraries make no difference."""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..bench.formats import FLOAT32, FLOAT64, Array, Format
from ..bench.points import few, sample
from ..bench.scoring import ulps
from .candidates import Candidate, apart, by_formula, installed, sizes
from .records import Finding, exactly, failed, number, passed

APART = 2.0
"""Units in the last place between two ways to the same result."""
JAX_SHARE, JAX_REST = 3e-5, 2e-6
"""The share of a result by which XLA's arithmetic may be off, and what is small for it."""
_BASE = np.random.default_rng(0).normal(size=(6, 8, 10))
LAYOUTS: Mapping[str, Callable[[Array], Array]] = {
    "transposed": lambda x: x.T,
    "strided": lambda x: x[::2, 1:7, ::-3],
    "Fortran's order": np.asfortranarray,
    "empty": lambda x: x[:0],
    "broadcast": lambda x: np.broadcast_to(x[0, 0], (4, 10)),
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "read-only": lambda x: np.lib.stride_tricks.as_strided(x, writeable=False),
    "0-d": lambda x: x[0, 0, 0],
}


def hostile(form: Format, kinks: tuple[float, ...] = ()) -> Array:
    """Return nan, the infinities, the ends of the format and of exp, and the kinks.

    >>> from ..bench.formats import FLOAT16
    >>> bool(np.isinf(hostile(FLOAT16)).any())
    True
    """
    positive = [math.inf, form.largest, form.smallest_normal, form.smallest_normal * 2.0**-form.digits, 0.0]
    positive += [1.0, 20.0, 89.0, 104.0, 710.0, 746.0, 1e4, 1e19, 1e30]
    return form.rounded([math.nan, *positive, *(-x for x in positive), *kinks])


def is_quiet(candidate: Candidate) -> Finding:
    """Compute value, slope and gradient of all that is hostile: nothing may warn, raise, or change the input."""
    activation = candidate.activation
    kinks = activation.properties.kinks[:20] if activation.pointwise else ()
    count = 0
    for form in (FLOAT32, FLOAT64):
        # Of a row that is cut in groups each is a group of its own.
        x = np.repeat(hostile(form, kinks), int(dict(activation.defaults).get(activation.row_length or "", 1)))
        for way, call, make in _calls(candidate):
            told = _trouble(call, make, x)
            if told:
                alone = next((one for one in x if _trouble(call, make, np.full(12, one, x.dtype))), math.nan)
                at = (float(alone),)
                return failed(f"{way} of {form.name} at {exactly(at[0])}: {told}", at, math.inf)
            count += x.size
    return passed(f"nothing warned, raised or changed its input at {count} hostile inputs")


def _calls(candidate: Candidate) -> Iterator[tuple[str, Callable[..., Any], Callable[[Array], Any]]]:
    """Yield the ways to compute, each with what makes its input of an array."""
    others: Callable[[Any], tuple[Any, ...]] = lambda x: (x[::-1],) if candidate.activation.gated else ()  # noqa: E731
    if candidate.function is None:
        yield "the value of an array", lambda x: candidate.value(x, *others(x)), np.copy
        if candidate.activation.pointwise:
            yield "the slope of an array", candidate.slope, np.copy
    if not installed("torch"):
        return
    import torch

    def gradient(x: Any) -> Any:
        leaf = x.detach().requires_grad_()
        return candidate.value(leaf, *([leaf.flip(0)] if candidate.activation.gated else [])).sum().backward()

    yield "value and gradient of a tensor", gradient, lambda x: torch.from_numpy(x.copy())


def _trouble(call: Callable[..., Any], make: Callable[[Array], Any], x: Array) -> str:
    """Return what went wrong, or nothing."""
    given = make(x)
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        try:
            call(given)
        except Exception as problem:  # noqa: BLE001  (whatever the user's code raises is what is told)
            kind = "warned" if isinstance(problem, Warning) else f"raised {type(problem).__name__}"
            return f"it {kind}: {problem}"
    after = given if isinstance(given, np.ndarray) else given.detach().numpy()
    return "" if np.array_equal(after, x, equal_nan=True) else "it changed its input"


def layouts_make_no_difference(candidate: Candidate) -> Finding:
    """Compute arrays of every layout; shape, dtype and numbers must be those of a plain array."""
    worst = 0.0
    for form in (FLOAT32, FLOAT64):
        base = form.rounded(_BASE)
        for name, made in LAYOUTS.items():
            x = made(base)
            if x.ndim == 0 and candidate.activation.rowwise:
                continue
            plain = np.array(x, form.stored, order="C")
            given, wanted = _doubled(candidate, x), candidate.value(*_doubled(candidate, plain))
            got = np.asarray(candidate.value(*given))
            if got.shape != np.shape(wanted) or got.dtype != form.stored:
                told = f"{got.dtype} of shape {got.shape} came out, not {form.name} of {np.shape(wanted)}"
                return failed(f"{name} {form.name}: {told}")
            worst = max(worst, _apart(got, wanted, form))
            if worst > APART:
                return failed(f"{name} {form.name}: {number(worst)} ulp from a plain array", miss=worst)
    return passed(f"{', '.join(LAYOUTS)} give the numbers of a plain array, in its shape and dtype", miss=worst)


def _doubled(candidate: Candidate, x: Array) -> tuple[Array, ...]:
    return (x, x) if candidate.activation.gated else (x,)


def _apart(got: Any, wanted: Any, form: Format) -> float:
    """Return how many units in the last place are between two results."""
    one, other = (np.asarray(each, np.float64).ravel() for each in (got, wanted))
    return float(ulps(one, other, form).max(initial=0.0))


def tensors_are_arrays(candidate: Candidate) -> Finding:
    """Compute the same numbers from tensors as from arrays: contiguous, and in strides."""
    import torch

    worst = 0.0
    for form in (FLOAT32, FLOAT64):
        x = _numbers(candidate, form)
        wanted = np.asarray(candidate.value(*_doubled(candidate, x)))
        ways: dict[str, Callable[[Any], Any]] = {
            "a tensor": lambda t: candidate.value(*_doubled(candidate, t)),
            "a transposed tensor": lambda t: _turned(candidate, t),
        }
        for name, way in ways.items():
            got = way(torch.from_numpy(x))
            if got.dtype != getattr(torch, form.name) or tuple(got.shape) != wanted.shape:
                return failed(f"{name} of {form.name} gives {got.dtype} of shape {tuple(got.shape)}")
            found = ulps(got.numpy().astype(np.float64).ravel(), wanted.astype(np.float64).ravel(), form)
            worst = max(worst, float(found.max()))
            if worst > APART:
                k = int(found.argmax())
                at = (float(x.ravel()[k]),) if wanted.shape == x.shape else ()
                return failed(f"{name} of {form.name} is {number(worst)} ulp from an array", at, worst)
    return passed(f"tensors give the numbers of arrays, to {number(worst)} ulp", miss=worst)


def _turned(candidate: Candidate, t: Any) -> Any:
    """Return the result through a tensor whose memory lies the other way round."""
    if t.dim() == 1:
        wide = t.new_empty((t.shape[0], 2))
        wide[:, 0] = t
        return candidate.value(*_doubled(candidate, wide[:, 0]))
    return candidate.value(*_doubled(candidate, t.t().contiguous().t()))


def _numbers(candidate: Candidate, form: Format) -> Array:
    """Return numbers of every size, or rows of plain ones."""
    if candidate.activation.rowwise:
        return form.rounded(np.random.default_rng(1).normal(0, 5, (7, 12)))
    kinks = candidate.activation.properties.kinks if candidate.activation.pointwise else ()
    return few(sample(form, lambda x: x, kinks, 2_000), 4_000)


def jax_agrees(candidate: Candidate) -> Finding:
    """Compute value and slope by JAX under jit, and hold them to ours, as closely as XLA's arithmetic allows."""
    import jax
    import jax.numpy as jnp

    activation = candidate.activation
    x = np.linspace(-12.0, 12.0, 144, dtype=np.float32)
    x = x.reshape(12, 12) if activation.rowwise else x
    given = _doubled(candidate, x)
    kinds: dict[str, tuple[Any, Any]] = {"value": (candidate.value, given)}
    if activation.pointwise:
        kinds["slope"] = (candidate.slope, given)
        kinds["gradient"] = (jax.vmap(jax.grad(candidate.value)), given)
    worst, at = 0.0, 0.0
    for kind, (compute, arrays) in kinds.items():
        got = np.asarray(jax.jit(compute)(*map(jnp.asarray, arrays)), np.float64)
        ours = candidate.slope if kind == "gradient" else compute
        wanted = np.asarray(ours(*(each.astype(np.float64) for each in arrays)))
        off = apart(got, wanted) / (sizes(wanted) + JAX_REST / JAX_SHARE)
        k = int(np.argmax(off))
        if off.ravel()[k] > JAX_SHARE:
            where = (float(x.ravel()[k]),) if got.shape == x.shape else ()
            return failed(
                f"JAX's {kind} is {exactly(got.ravel()[k])}, ours {exactly(wanted.ravel()[k])}",
                where,
                float(off.ravel()[k]),
            )
        worst, at = max((worst, at), (float(off.ravel()[k]), float(x.ravel()[min(k, x.size - 1)])))
    return passed(f"{', '.join(kinds)} under jit as ours, to {number(worst)} of the result", (at,), worst)


def rows_follow_the_axis(candidate: Candidate) -> Finding:
    """Compute a row-wise activation along each axis; it must be the formula of those rows."""
    activation = candidate.activation
    worst = 0.0
    for axis in (-2, 0, 1):
        got = np.moveaxis(np.asarray(candidate.value(_BASE, axis=axis)), axis, -1)
        wanted = by_formula(activation, np.moveaxis(_BASE, axis, -1))
        if got.shape != wanted.shape:
            return failed(f"along axis {axis} the shape is {got.shape}, not {wanted.shape}")
        worst = max(worst, float(apart(got, wanted).max() / (sizes(wanted).max() or 1.0)))
        if worst > 1e-12:
            return failed(f"along axis {axis} it is off by {number(worst)} of the largest result", miss=worst)
    return passed("along every axis it is the formula of those rows", miss=worst)
