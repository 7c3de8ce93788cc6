"""Formulas of arrays whose derivatives JAX is told: each is a formula in its turn, so that any order is exact."""

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from ..catalogue.activation import Parameter, within_bounds
from ..formula import Apply, Const, Expr, Symbol, derivative, fold
from ..formula.ops import where
from ..kernels.settle import FAR, LARGEST, settled, settled_in
from ..kernels.sources import Bound
from .operations import Array, by_jax

# Where a parameter's value is known only when the code runs, its sign must do to tell a limit.
_TRIED: tuple[tuple[float, float], ...] = ((0.75, 1.5), (-0.75, -1.5), (0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Joint:
    """A formula of several arrays: data, and parameters, of which some have a value that is known beforehand."""

    formula: Expr
    data: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    known: Bound = ()
    declared: tuple[tuple[str, Expr], ...] = ()
    """Slopes that are not simply the formula's derivative, by symbol."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """What the arrays stand for, in their order."""
        return (*self.data, *(parameter.name for parameter in self.parameters))

    def partial(self, symbol: str) -> "Joint":
        """Return the derivative with respect to one of the arrays."""
        return _partial(self, symbol)

    def settled(self) -> Expr:
        """Return the formula with its limits where data are infinite."""
        return _settled(self)


@lru_cache(maxsize=1024)
def _partial(of: Joint, symbol: str) -> Joint:
    declared = dict(of.declared)
    formula = declared[symbol] if symbol in declared else derivative(of.formula, symbol)
    return Joint(formula, of.data, of.parameters, of.known)


@lru_cache(maxsize=1024)
def _settled(of: Joint) -> Expr:
    unknown = tuple(parameter for parameter in of.parameters if parameter.name not in dict(of.known))
    return _for_unknown(of.formula, of.data, of.known, unknown)


def _for_unknown(formula: Expr, data: tuple[str, ...], known: Bound, unknown: tuple[Parameter, ...]) -> Expr:
    """Return the formula settled for each sign that an unknown parameter may have, as a choice by that sign.

    If the limit depends on more than the sign, the formula stays as it is.
    """
    if not unknown:
        return settled(formula, known) if data == ("x",) else settled_in(formula, data, known)
    first, *rest = unknown
    by_sign: list[Expr] = []
    for values in _TRIED:
        tried = [
            _for_unknown(formula, data, (*known, (first.name, value)), tuple(rest))
            for value in values
            if within_bounds(first, value)
        ]
        if len({_everywhere_at_infinity(one) for one in tried}) > 1:
            return formula
        # From where on a limit is put in can depend on the parameter: the nearer place serves all. A sign that the
        # parameter may not have needs no choice.
        nearer = [one for one in tried if one != _everywhere_at_infinity(one)] or tried
        by_sign.append(nearer[0] if nearer else by_sign[0] if by_sign else formula)
    above, below, zero = by_sign
    symbol = Symbol(first.name)
    not_above = below if below == zero else where(symbol < 0, below, zero)
    return above if above == not_above else where(symbol > 0, above, not_above)


def _everywhere_at_infinity(expr: Expr) -> Expr:
    """Return a settled formula with its limits put in at infinity only, not already far away."""

    def leaf(node: Const | Symbol) -> Expr:
        if isinstance(node, Const) and abs(node.value) == FAR:
            return Const(math.copysign(LARGEST, node.value))
        return node

    return fold(expr, leaf, lambda op, args: Apply(op, tuple(args)))


def applied(of: Joint, *arrays: Array) -> Array:
    """Return the formula at arrays of one dtype, broadcast together; differentiable any number of times."""
    result: Array = _applied(of, arrays)
    return result


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _applied(of: Joint, arrays: tuple[Array, ...]) -> Array:
    result: Array = _compiled(of.settled(), of.symbols, arrays)
    return result


def _tangent(of: Joint, primals: tuple[Any], tangents: tuple[Any]) -> tuple[Array, Any]:
    (arrays,), (moves,) = primals, tangents
    result = _applied(of, arrays)
    total = None
    for symbol, move in zip(of.symbols, moves, strict=True):
        if not isinstance(move, SymbolicZero):
            term = jnp.broadcast_to(move * _applied(of.partial(symbol), arrays), result.shape)
            total = term if total is None else total + term
    return result, jnp.zeros_like(result) if total is None else total


_applied.defjvp(_tangent, symbolic_zeros=True)


@partial(jax.jit, static_argnums=(0, 1))
def _compiled(formula: Expr, symbols: tuple[str, ...], arrays: tuple[Array, ...]) -> Array:
    result = by_jax(formula, **dict(zip(symbols, arrays, strict=True)))
    shape = jnp.broadcast_shapes(*(array.shape for array in arrays))
    return jnp.broadcast_to(jnp.asarray(result, arrays[0].dtype), shape)
