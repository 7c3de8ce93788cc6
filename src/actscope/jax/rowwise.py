"""Activations of whole rows on JAX arrays, with their derivatives as formulas of rows.

A small step t of the row moves a formula f of it by A_0*t + sum_k A_k * row_sum(C_k*t), where A and C are formulas of
the row themselves: one pair for each way on which f sees the row. Which those are, `kernels/rows.py` knows.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from ..catalogue import Activation
from ..errors import ArrayTypeError, ParameterError
from ..formula import Apply, Const, Expr, derivative, simplify, substitute
from ..formula.ops import row_sum, where
from ..kernels.rows import acting, move_of, named_reductions, renamed, share_of
from .operations import Array, by_jax

Functional = tuple[Expr, Expr]
"""A and C of A*row_sum(C*t)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A formula of the last axis, and the parameters that arrays stand for."""

    formula: Expr
    parameters: tuple[str, ...]


def apply(activation: Activation, x: Array, axis: int, parameters: dict[str, Any]) -> Array:
    """Return a row-wise activation along `axis`; a pooled one keeps a number of each group of inputs."""
    from .functional import parted

    if not -x.ndim <= axis < x.ndim:
        raise ArrayTypeError(f"{activation.name}: axis {axis} does not exist in an array of {x.ndim} dimensions")
    known, arrays = parted(activation, parameters)
    values: dict[str, Any] = {**dict(known), **arrays}
    length = values.pop(activation.row_length, None) if activation.row_length else None
    rows = jnp.moveaxis(x, axis, -1)
    if activation.pooled:
        rows = _grouped(activation, rows, length)
    for name, value in values.items():
        if jnp.ndim(value):
            raise ParameterError(f"{activation.name}: `{name}` must be a single number, but its shape is {value.shape}")
    numbers = [jnp.asarray(value, x.dtype) for value in values.values()]
    result: Array = _applied(Rows(activation.formula, tuple(values)), (rows, *numbers))
    return jnp.moveaxis(result[..., 0] if activation.pooled else result, -1, axis)


def _grouped(activation: Activation, rows: Array, length: Any) -> Array:
    if isinstance(length, jax.core.Tracer):
        raise ParameterError(f"{activation.name}: `{activation.row_length}` shapes the result, so it cannot be traced")
    size = max(rows.shape[-1], 1) if length is None else int(length)
    if rows.shape[-1] % size:
        raise ArrayTypeError(
            f"{activation.name} takes groups of {size} along its axis, but that has {rows.shape[-1]}; "
            f"pass a multiple, or another number of `{activation.row_length}`"
        )
    return rows.reshape(*rows.shape[:-1], rows.shape[-1] // size, size)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _applied(of: Rows, arrays: tuple[Array, ...]) -> Array:
    result: Array = _compiled(of.formula, of.parameters, arrays)
    return result


def _tangent(of: Rows, primals: tuple[Any], tangents: tuple[Any]) -> tuple[Array, Any]:
    (arrays,), (moves,) = primals, tangents
    result = _applied(of, arrays)

    def value(formula: Expr, given: tuple[Array, ...] = arrays) -> Any:
        return _applied(Rows(formula, of.parameters), given)

    total = jnp.zeros_like(result)
    move, *others = moves
    if not isinstance(move, SymbolicZero):
        direct, functionals = _differential(of.formula)
        if direct != Const(0.0):
            total = total + value(direct) * move
        for outer, inner in functionals:
            total = total + value(outer) * jnp.sum(value(inner) * move, axis=-1, keepdims=True)
    for name, change in zip(of.parameters, others, strict=True):
        if not isinstance(change, SymbolicZero):
            total = total + value(_by_parameter(of.formula, name), (_unmasked(arrays[0]), *arrays[1:])) * change
    return result, total


_applied.defjvp(_tangent, symbolic_zeros=True)


@partial(jax.jit, static_argnums=(0, 1))
def _compiled(formula: Expr, parameters: tuple[str, ...], arrays: tuple[Array, ...]) -> Array:
    x, *numbers = arrays
    result = jnp.asarray(by_jax(formula, x=x, **dict(zip(parameters, numbers, strict=True))), x.dtype)
    # A formula of sums alone has one number for the row, a constant none.
    return result if result.ndim == x.ndim else jnp.broadcast_to(result, (*x.shape[:-1], 1))


def _unmasked(x: Array) -> Array:
    # exp(-inf/t) is 0 at every t, but its derivative is 0 * inf; a score that is merely far away has the slope 0.
    return jnp.where(x == -jnp.inf, -1e18, x)


@lru_cache(maxsize=256)
def _differential(formula: Expr) -> tuple[Expr, tuple[Functional, ...]]:
    """Return A_0 and the pairs A_k, C_k."""
    if isinstance(formula, Apply) and formula.op == "row_max":
        inside = formula.args[0]
        winner = where(formula > inside, 0, 1)
        return Const(0.0), ((1 / row_sum(winner), simplify(winner * derivative(inside))),)
    names = named_reductions(formula)
    back: dict[str, Expr | float] = {symbol.name: node for node, symbol in names.items()}

    def whole(expr: Expr) -> Expr:
        return simplify(substitute(expr, back))

    # How each reduction moves: a factor for the sum over the row of each C_k*t, those inside it before those around it.
    moves: dict[Apply, dict[Expr, Expr]] = {}
    flat = renamed(formula, names)
    for node in acting(formula):
        own: dict[Expr, Expr] = {whole(move_of(node, names)): Const(1.0)}
        for inside, functionals in moves.items():
            through = simplify(move_of(node, names, names[inside].name))
            for functional, factor in functionals.items() if through != Const(0.0) else ():
                own[functional] = simplify(own.get(functional, Const(0.0)) + whole(row_sum(through)) * factor)
        moves[node] = own
    totals: dict[Expr, Expr] = {}
    for node, functionals in moves.items():
        through = whole(derivative(flat, names[node].name))
        for functional, factor in functionals.items() if through != Const(0.0) else ():
            totals[functional] = simplify(totals.get(functional, Const(0.0)) + through * factor)
    pairs = tuple((outer, inner) for inner, outer in totals.items() if inner != Const(0.0))
    return whole(derivative(flat)), pairs


@lru_cache(maxsize=256)
def _by_parameter(formula: Expr, name: str) -> Expr:
    """Return the derivative with respect to a parameter, which is the same along the row."""
    names = named_reductions(formula)
    back: dict[str, Expr | float] = {symbol.name: node for node, symbol in names.items()}
    flat = renamed(formula, names)
    total = derivative(flat, name)
    for node in acting(formula):
        through = derivative(flat, names[node].name)
        inner = _by_parameter(node.args[0], name)
        if Const(0.0) not in (through, inner):
            total = total + through * row_sum(simplify(share_of(node, names) * inner))
    return simplify(substitute(total, back))
