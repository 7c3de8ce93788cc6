"""The public face: functions that take any kind of array, and one's own."""

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from .catalogue import CATALOGUE, Activation, Catalogue, Paper, Parameter
from .catalogue import get as declared
from .errors import ActscopeWarning, ArrayTypeError, ParameterError

if TYPE_CHECKING:
    from .formula import Expr
    from .formula.precision import Lost


class _Made:
    """An attribute that is made for each activation when it is asked for; the class has its own."""

    def __init__(self, make: Callable[[Activation], Any], of_class: str | None = None) -> None:
        self._make, self._of_class = make, of_class

    def __get__(self, instance: Activation | None, owner: type[Activation]) -> Any:
        return self._of_class if instance is None else self._make(instance)


def _signature(activation: Activation) -> Any:
    from .catalogue import usage

    return usage.signature_of(activation)


def _text(activation: Activation) -> str:
    from .catalogue import usage

    return usage.text_of(activation)


class Function(Activation):
    """An activation that can be called: on Python numbers, NumPy arrays and torch tensors alike.

    >>> import actscope as act
    >>> act.gelu(0.0), act.gelu.slope(0.0)
    (0.0, 0.5)
    >>> act.leaky_relu
    <actscope.leaky_relu: where(x > 0, x, negative_slope*x)>
    """

    __slots__ = ("__weakref__",)  # jax.jit keeps a weak reference to what it compiles
    __signature__ = _Made(_signature)

    def __call__(
        self,
        x: Any,
        *others: Any,
        axis: int = -1,
        out: Any = None,
        bias: Any = None,
        training: bool = False,
        **parameters: Any,
    ) -> Any:
        """Return f(x), with the type, dtype and shape of `x`; a torch or JAX result is differentiable.

        A gated activation takes two inputs, `swiglu(a, b)`, or one that is cut in halves along `axis`. `axis` is also
        the one along which a row-wise activation such as softmax acts; `dim`, PyTorch's word for it, means the same.
        `out` is a NumPy array for the result. `bias` is added to x first, in the same pass over memory. Parameters are
        given by name, as in `leaky_relu(x, negative_slope=0.2)`; they are numbers, or arrays that broadcast to x. With
        `training=True` RReLU draws its slopes from PyTorch's generator.
        """
        torch = sys.modules.get("torch")
        # Who holds a tensor has loaded torch; who has not must not pay for it.
        on_torch = torch is not None and isinstance(x, torch.Tensor)
        if on_torch and not (parameters or training) and out is None and bias is None:
            if not others and (axis == -1 or not self.pointwise):
                return (_loaded or _load())[0].quick(self, x, axis)
            if len(others) == 1 and self.gated:
                return (_loaded or _load())[0].quick_pair(self, x, *others)
        if "dim" in parameters:
            along = self._axis_of(axis, parameters.pop("dim"))
            return self(x, *others, axis=along, out=out, bias=bias, training=training, **parameters)
        if axis != -1 and self.pointwise:
            raise ParameterError(f"{self.name} takes each number by itself, so no `axis`")
        self._check_count(others)
        if on_torch:
            _refuse_out(self.name, out)
            return _for_torch().apply(self, x, *others, dim=axis, bias=bias, training=training, **parameters)
        if _is_jax(x, *others, bias, *parameters.values()):
            _refuse_out(self.name, out)
            return _for_jax().apply(self, x, *others, axis=axis, bias=bias, training=training, **parameters)
        if type(x).__module__ == "torch.fx.proxy":
            return _recorded(self, x, *others, dim=axis, bias=bias, training=training, **parameters)
        if training and self.drawn:
            raise ArrayTypeError(f"{self.name} draws random numbers on torch tensors only; pass torch.as_tensor(x)")
        return _for_numpy().value(self, x, *others, axis=axis, out=out, bias=bias, **parameters)

    def _axis_of(self, axis: int, dim: int) -> int:
        if self.pointwise:
            raise ParameterError(f"{self.name} takes each number by itself, so no `dim`")
        if axis != -1:
            raise ParameterError(
                f"{self.name}: `dim` is PyTorch's word for `axis`; give one of them, not dim={dim!r} and axis={axis!r}"
            )
        return dim

    def _check_count(self, others: tuple[Any, ...]) -> None:
        if len(others) < len(self.inputs):
            return
        if self.gated:
            raise ParameterError(f"{self.name} takes two inputs, but got {1 + len(others)}")
        own = [parameter.name for parameter in self.parameters]
        told = f"by name, as in {self.name}(x, {own[0]}={others[0]!r})" if own else "of which it has none"
        raise ParameterError(f"{self.name} takes one input, and parameters {told}")

    def slope(self, x: Any, *others: Any, out: Any = None, **parameters: Any) -> Any:
        """Return f'(x) by the exact formula, with the type, dtype and shape of `x`.

        An activation of rows or of two inputs has no slope of one number, which is an ArrayTypeError.
        """
        if others and not self.gated:  # what a gated one is told below holds for any number of inputs
            self._check_count(others)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(x, torch.Tensor):
            _refuse_out(self.name, out)
            return _for_torch().slope(self, x, **parameters)
        if _is_jax(x, *parameters.values()):
            _refuse_out(self.name, out)
            return _for_jax().slope(self, x, **parameters)
        return _for_numpy().slope(self, x, out=out, **parameters)

    def __repr__(self) -> str:
        return f"<actscope.{self.name}: {self.formula}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


Function.__doc__ = _Made(_text, Function.__doc__)  # type: ignore[assignment]
"""So that `help(act.gelu)` tells of gelu."""

_loaded: list[Any] = []
"""What serves tensors, once it is imported. torch.compile warns of a cache, and looks through a list."""


def _load() -> list[Any]:
    from .nn import functional

    _loaded.append(functional)
    return _loaded


def _for_torch() -> Any:
    return (_loaded or _load())[0]


@cache
def _for_jax() -> Any:
    from .jax import functional

    return functional


@cache
def _for_numpy() -> Any:
    from . import kernels

    return kernels


def _recorded(activation: Activation, x: Any, *others: Any, **options: Any) -> Any:
    """Return the stand-in for the result that torch.fx follows through a model's code."""
    defaults = {"dim": -1, "bias": None, "training": False}
    given = {name: value for name, value in options.items() if name not in defaults or value != defaults[name]}
    if activation.name in CATALOGUE and CATALOGUE[activation.name].formula == activation.formula:
        return x.tracer.create_proxy("call_function", _for_torch().apply, (activation.name, x, *others), given)
    given = {"axis" if name == "dim" else name: value for name, value in given.items()}
    return x.tracer.create_proxy("call_function", activation.__call__, (x, *others), given)  # type: ignore[operator]


def _is_jax(*arrays: Any) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and any(isinstance(x, jax.Array) for x in arrays)


def _refuse_out(name: str, out: Any) -> None:
    if out is not None:
        raise ArrayTypeError(f"{name}: `out` is for NumPy arrays; a torch or JAX result is a new array")


@lru_cache(maxsize=256)
def function(activation: Activation) -> Function:
    """Return the callable for an activation."""
    return Function(**{field.name: getattr(activation, field.name) for field in fields(Activation) if field.init})


catalogue: Catalogue[Function] = Catalogue(map(function, CATALOGUE))
"""Every activation, callable: iterate, filter by property, or look one up."""


def get(name: str | Activation) -> Function:
    """Return the activation called `name` (or one of its aliases) as a callable.

    Raises UnknownActivationError, which suggests the nearest name.

    >>> get("sin")
    <actscope.sine: sin(x)>
    """
    return name if isinstance(name, Function) else function(declared(name))


def define(
    name: str,
    formula: "str | Expr",
    /,
    *,
    inputs: tuple[str, ...] = ("x",),
    slope_at: Mapping[float, float] | None = None,
    convention: str = "",
    title: str = "",
    story: str = "",
    introduced: Paper | None = None,
    aliases: tuple[str, ...] = (),
    **parameters: float | Parameter,
) -> Function:
    """Return a user's own activation, from its formula in ordinary notation; it goes wherever a name goes.

    The formula is in x and in parameters, each given its default: a number, or a `Parameter` with bounds and a meaning.
    What overflows or cancels in it is rewritten where a rule is known; where digits are lost all the same, an
    ActscopeWarning says so, and `lost_digits` tells more. `slope_at` sets the slope at a kink, which is otherwise the
    one from the left. Raises FormulaError with the place marked, or DeclarationError. See docs/defining.md.

    >>> bent = define("bent", "(sqrt(x**2 + 1) - 1)/2 + x")
    >>> bent(3.0), bent.slope(0.0)
    (4.081138830084189, 1.0)
    >>> define("steep", "x*sigmoid(beta*x)", beta=2.0)(1.0, beta=0.0)
    0.5
    """
    from .catalogue import defining

    record = defining.define(
        name,
        formula,
        inputs=inputs,
        slope_at=slope_at,
        convention=convention,
        title=title,
        story=story,
        introduced=introduced,
        aliases=aliases,
        **parameters,
    )
    if message := defining.warning_of(record):
        warnings.warn(message, ActscopeWarning, stacklevel=2)
    return function(record)


def lost_digits(activation: str | Activation, **parameters: float) -> "dict[str, tuple[Lost, ...]]":
    """Return the stretches of x where value and slope of an activation may lose digits of a float32, or are nan.

    They are found by interval arithmetic, at some two thousand inputs; see docs/defining.md for what that can tell.

    >>> lost_digits("gelu")
    {'value': (), 'slope': ()}
    """
    from .catalogue import defining

    found = get(activation)
    return defining.lost_digits_of(found, tuple(found.bind(**parameters).items()))
