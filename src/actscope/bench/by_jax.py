"""JAX's own functions under the catalogue's names, compiled by XLA; slopes by its grad."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from .formats import Array, Format

Function = Callable[..., Any]
FUNCTIONS: Mapping[str, Function] = {
    "step": lambda x: jnp.heaviside(x, 0),
    "sign": jnp.sign,
    "absolute": jnp.abs,
    "sigmoid": lambda x, gain: jax.nn.sigmoid(x if gain == 1.0 else gain * x),
    "tanh": jnp.tanh,
    "arctan": jnp.arctan,
    "softsign": jax.nn.soft_sign,
    "logsigmoid": jax.nn.log_sigmoid,
    "hardsigmoid": jax.nn.hard_sigmoid,
    "hardtanh": lambda x, min_val, max_val: jnp.clip(x, min_val, max_val),
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "relu6": jax.nn.relu6,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "celu": jax.nn.celu,
    "softplus": lambda x, beta: jax.nn.softplus(x if beta == 1.0 else beta * x),
    "squareplus": jax.nn.squareplus,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "hardswish": jax.nn.hard_swish,
    "sine": jnp.sin,
    "sin": jnp.sin,
    "cosine": jnp.cos,
    "cos": jnp.cos,
    "glu": lambda a, b: a * jax.nn.sigmoid(b),
    "swiglu": lambda a, b: jax.nn.silu(a) * b,
    "geglu": lambda a, b: jax.nn.gelu(a, approximate=False) * b,
    "reglu": lambda a, b: jax.nn.relu(a) * b,
    "bilinear": lambda a, b: a * b,
    "softmax": lambda x, temperature: jax.nn.softmax(x if temperature == 1.0 else x / temperature, -1),
    "log_softmax": lambda x, temperature: jax.nn.log_softmax(x if temperature == 1.0 else x / temperature, -1),
}
"""Called with the array, and the catalogue's default parameters by name."""
WITHOUT_SLOPE: frozenset[str] = frozenset()


def value(function: Function, form: Format) -> Callable[..., Array]:
    """Return what computes f on arrays; compiled anew for each length."""
    return _on_arrays(jax.jit(function), form)


def slope(function: Function, form: Format, which: int = 0) -> Callable[..., Array]:
    """Return what computes the derivative with respect to one of the inputs, by grad, on arrays."""
    return _on_arrays(jax.jit(jax.vmap(jax.grad(function, which))), form)


def _on_arrays(compiled: Function, form: Format) -> Callable[..., Array]:
    held = ml_dtypes.bfloat16 if form.name == "bfloat16" else form.stored

    def compute(*inputs: Array) -> Array:
        with _precision(form):
            found = np.asarray(compiled(*(each.view(held) for each in inputs)))
        return found.view(form.stored)

    return compute


def _precision(form: Format) -> AbstractContextManager[Any]:
    # JAX makes float32 of float64 unless it is told not to.
    return jax.enable_x64(True) if form.name == "float64" else nullcontext()
