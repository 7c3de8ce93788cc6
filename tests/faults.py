"""Planted faults: activations and functions on tensors, each with one thing wrong, and the law that must see it."""

import dataclasses

import numpy as np
import torch

import actscope as act
from actscope.catalogue.properties import Properties
from actscope.face import Function
from actscope.testing.candidates import Candidate


def copied(kind: type[Function], source: str | Function) -> Function:
    """Return an activation as an instance of a subclass that has something wrong."""
    record = act.get(source)
    facts = {fact.name: getattr(record, fact.name) for fact in dataclasses.fields(record) if fact.init}
    return kind(**facts)


def calling(value, source="silu") -> Function:
    """Return an activation whose call is `value(true, x, ...)`, where `true` is the call as it should be."""

    class Wrong(Function):
        __slots__ = ()

        def __call__(self, x, *others, **options):
            return value(super().__call__, x, *others, **options)

    return copied(Wrong, source)


def sloping(slope, source="silu") -> Function:
    class Wrong(Function):
        __slots__ = ()

        def slope(self, x, **options):
            return slope(super().slope, x, **options)

    return copied(Wrong, source)


def deriving(factor: float, source="silu") -> Function:
    """Return an activation whose slope is not the derivative of its formula."""

    class Wrong(Function):
        __slots__ = ()

        @property
        def slope_formula(self):
            return super().slope_formula * factor

        def partial(self, name):
            return super().partial(name) * factor

    return copied(Wrong, source)


def claiming(source: str, **facts) -> Function:
    """Return an activation with other properties than its formula has."""

    class Wrong(Function):
        __slots__ = ()

        @property
        def properties(self) -> Properties:
            return dataclasses.replace(super().properties, **facts)

    return copied(Wrong, source)


def only(dtype, factor):
    """Return a call whose results are off in one dtype alone."""

    def value(true, x, *others, **options):
        y = true(x, *others, **options)
        name = str(getattr(x, "dtype", "")).removeprefix("torch.")
        return y * y.dtype.type(factor) if name == dtype and isinstance(y, np.ndarray) else y

    return value


def of_bfloat16(true, x, **_):
    return true(x) * 1.01 if isinstance(x, torch.Tensor) and x.dtype is torch.bfloat16 else true(x)


def loud(true, x, **_):
    return true(x) if isinstance(x, torch.Tensor) else np.where(x > 0, true(x), np.log(np.abs(x)) * 0)


def careless(true, x, **_):
    if isinstance(x, np.ndarray):
        x[~np.isfinite(x)] = 0
    return true(x)


def strict(true, x, **_):
    if np.isnan(x).any():
        raise ValueError("nan met")
    return true(x)


def forgetful(true, x, **_):
    return np.where(np.isnan(x), np.float32(0), true(x)) if isinstance(x, np.ndarray) else true(x)


def limited(true, x, **_):
    return true(np.clip(x, -1e30, 1e30)) if isinstance(x, np.ndarray) else true(x)


def flat(true, x, **_):
    return true(np.ravel(x)) if isinstance(x, np.ndarray) else true(x)


def lowering(true, x, **_):
    return true(x).astype(np.float32) if isinstance(x, np.ndarray) else true(x)


def other_on_tensors(true, x, **_):
    return true(x) * 1.001 if isinstance(x, torch.Tensor) else true(x)


def other_in_jax(true, x, **_):
    return true(x) if isinstance(x, np.ndarray | torch.Tensor) else true(x) * 1.001


def everywhere_in_jax(true, x, **_):
    import jax.numpy as jnp

    return true(x) if isinstance(x, np.ndarray | torch.Tensor) else jnp.nan_to_num(true(x))


def undefined_along_the_first(true, x, axis=-1):
    return true(x, axis=axis) * (np.nan if axis == 0 else 1.0)


def along_the_last(true, x, **_):
    return true(x)


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return act.silu(x)

    @staticmethod
    def backward(ctx, grad):
        # As it is when s*(1 - s) is taken for the slope of x*s.
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad * s * (1 + x * (1 - s)) * 1.00001


class OnceOnly(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return act.silu(x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        return grad * act.silu.slope(ctx.saved_tensors[0])


class Unkeepable(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.function = lambda x: act.silu(x)

    def forward(self, x):
        return self.function(x)


class LostInCopies(torch.nn.Module):
    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * act.silu(x)

    def __deepcopy__(self, _):
        return LostInCopies(float("nan"))


FAULTS = {
    "a formula that was rewritten wrongly": (
        "as written",
        lambda: dataclasses.replace(act.define("own", "x*tanh(x)"), written="x*tanh(1.0001*x)"),
    ),
    "a slope that is not the derivative": ("slope", lambda: deriving(1 + 1e-8)),
    "a partial derivative that is none": ("slope", lambda: deriving(1 + 1e-8, "swiglu")),
    "a slope that no side of the kink has": ("slope at kinks", lambda: act.define("own", "max(x, 0)", slope_at={0: 7})),
    "float32 off": ("float32", lambda: calling(only("float32", 1 + 2.0**-20))),
    "a slope that saturates": (
        "float32",
        lambda: sloping(lambda _, x: act.sigmoid(x) * (1 - act.sigmoid(x)), "sigmoid"),
    ),
    "a row off": ("float32", lambda: calling(only("float32", 1 + 2.0**-20), "softmax")),
    "float64 off": ("float64", lambda: calling(only("float64", 1 + 2.0**-48))),
    "float16 off": ("float16", lambda: calling(only("float16", 1 + 2.0**-10))),
    "bfloat16 off": ("bfloat16", lambda: calling(of_bfloat16)),
    "no limit": ("ends", lambda: calling(limited)),
    "a nan that is lost": ("ends", lambda: calling(forgetful)),
    "a nan that a row loses": ("ends", lambda: calling(forgetful, "softmax")),
    "a warning": ("quiet", lambda: calling(loud)),
    "an input that is changed": ("quiet", lambda: calling(careless)),
    "an error for a value": ("quiet", lambda: calling(strict)),
    "another shape": ("layouts", lambda: calling(flat)),
    "another dtype": ("layouts", lambda: calling(lowering)),
    "the wrong axis": ("axis", lambda: calling(along_the_last, "softmax")),
    "nan along an axis": ("axis", lambda: calling(undefined_along_the_first, "softmax")),
    "other numbers from tensors": ("tensors", lambda: calling(other_on_tensors)),
    "other numbers from JAX": ("JAX", lambda: calling(other_in_jax)),
    "numbers from JAX where there are none": (
        "JAX",
        lambda: calling(everywhere_in_jax, act.define("own", "sqrt(x)")),
    ),
    "a gradient that is not the slope": ("gradient", lambda: Candidate(act.silu, WrongBackward.apply)),
    "a gradient of rows that is none": (
        "gradient",
        lambda: Candidate(act.softmax, lambda x: torch.softmax(x.detach(), -1) + 0 * x),
    ),
    "a gradient without gradient": ("second derivative", lambda: Candidate(act.silu, OnceOnly.apply)),
    "a gradient with a wrong one": ("second derivative", lambda: Candidate(act.silu, WrongBackward.apply)),
    "other numbers by dimension": (
        "transforms",
        lambda: Candidate(act.silu, lambda x: act.silu(x) * (1 + 1e-6 * x.dim())),
    ),
    "nan by dimension": (
        "transforms",
        lambda: Candidate(act.silu, lambda x: act.silu(x) * (1.0 if x.dim() > 1 else float("nan"))),
    ),
    "a module whose copy is lost": ("module", lambda: Candidate(act.silu, LostInCopies())),
    "a module that cannot be kept": ("module", lambda: Candidate(act.silu, Unkeepable())),
    "a range that is too small": ("range", lambda: claiming("silu", range=act.sigmoid.properties.range)),
    "a kink that is not seen": ("kinks", lambda: claiming("relu", kinks=())),
    "a jump that is not seen": ("kinks", lambda: claiming("step", kinks=())),
    "a kink that is none": ("kinks", lambda: claiming("silu", kinks=(1.0,))),
    "a fall that is not seen": ("direction", lambda: claiming("silu", increasing=True)),
    "a rise that is not seen": ("direction", lambda: claiming("tanh", decreasing=True)),
    "a symmetry that is none": ("symmetry", lambda: claiming("silu", symmetry="odd")),
    "a symmetry of what one side has alone": (
        "symmetry",
        lambda: claiming(act.define("own", "log(x)"), symmetry="even"),
    ),
    "a symmetry that is not seen": ("symmetry", lambda: claiming("tanh", symmetry="none")),
    "a slope that is steeper": ("steepest slope", lambda: claiming("silu", largest_slope=1.0)),
    "a slope that is steepest elsewhere": ("steepest slope", lambda: claiming("silu", steepest_at=0.0)),
    "a bound of saturation too near": ("saturation", lambda: claiming("sigmoid", slopes=act.tanh.properties.slopes)),
    "a bound of saturation too far": ("saturation", lambda: claiming("tanh", slopes=act.sigmoid.properties.slopes)),
    "a mean that is none": ("moments", lambda: claiming("silu", mean=0.21)),
    "a gain that is none": ("moments", lambda: claiming("relu", gain=1.41)),
    "a fixed point that is none": ("fixed points", lambda: claiming("silu", fixed_points=(0.0, 1.0))),
    "a fixed point that is not seen": ("fixed points", lambda: claiming("cosine", fixed_points=())),
}
