"""Formulas as data: three immutable nodes and the operators that join them.

An `Apply` holds the name of a primitive; what the name means (value, slope, LaTeX, bounds, machine code)
is its row in `ops.py`. Nothing here computes.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

T = TypeVar("T")
WIDEST = 32
"""Terms or factors that stand in one chain; more are joined by halves."""


class Expr:
    """A formula. Ordinary operators build larger ones; `str` gives text that `parse` reads back.

    >>> x = Symbol("x")
    >>> str(2 * x + 1)
    '2*x + 1'
    """

    __slots__ = ()

    def __add__(self, other: "Expr | float") -> "Expr":
        return apply("add", self, other)

    def __radd__(self, other: float) -> "Expr":
        return apply("add", other, self)

    def __sub__(self, other: "Expr | float") -> "Expr":
        return apply("sub", self, other)

    def __rsub__(self, other: float) -> "Expr":
        return apply("sub", other, self)

    def __mul__(self, other: "Expr | float") -> "Expr":
        return apply("mul", self, other)

    def __rmul__(self, other: float) -> "Expr":
        return apply("mul", other, self)

    def __truediv__(self, other: "Expr | float") -> "Expr":
        return apply("div", self, other)

    def __rtruediv__(self, other: float) -> "Expr":
        return apply("div", other, self)

    def __neg__(self) -> "Expr":
        return apply("neg", self)

    def __pow__(self, exponent: int) -> "Expr":
        return apply("pow", self, exponent)

    def __gt__(self, other: "Expr | float") -> "Expr":
        return apply("greater", self, other)

    def __lt__(self, other: "Expr | float") -> "Expr":
        return apply("greater", other, self)

    def __abs__(self) -> "Expr":
        return apply("abs", self)

    def __deepcopy__(self, memo: object) -> "Expr":
        return self

    def __bool__(self) -> bool:
        raise TypeError("a formula is neither true nor false; choose between two formulas with where(condition, a, b)")

    def __str__(self) -> str:
        from .printing import text

        return text(self)


@dataclass(frozen=True, slots=True, repr=False)
class Const(Expr):
    """A number."""

    value: float

    def __repr__(self) -> str:
        return f"Const({self.value!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Symbol(Expr):
    """The input `x`, or a parameter."""

    name: str

    def __repr__(self) -> str:
        return f"Symbol({self.name!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Apply(Expr):
    """A primitive of `ops.py` applied to formulas."""

    op: str
    args: tuple[Expr, ...]
    _hash: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Formulas are keys of every cache; hashing a tree anew at each look-up would cost its size each time.
        object.__setattr__(self, "_hash", hash((self.op, self.args)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Apply"], tuple[str, tuple[Expr, ...]]]:
        # Built anew where it lands: hashes of strings differ from process to process.
        return Apply, (self.op, self.args)

    def __repr__(self) -> str:
        return f"Apply({self.op!r}, {', '.join(map(repr, self.args))})"


def apply(op: str, *args: Expr | float) -> Apply:
    """Return the primitive `op` applied to `args`; plain numbers become constants."""
    return Apply(op, tuple(a if isinstance(a, Expr) else Const(float(a)) for a in args))


def fold(
    expr: Expr,
    leaf: Callable[["Const | Symbol"], T],
    join: Callable[[str, list[T]], T],
    known: dict[Expr, T] | None = None,
) -> T:
    """Return `expr` with each leaf replaced by `leaf(node)` and each primitive by `join(op, results of its arguments)`.

    Equal parts are computed once; `known` keeps what they gave from one call to the next. Evaluation, bounds, printing
    and code generation are all folds.

    >>> fold(Symbol("x") * 2 + 1, leaf=lambda node: 1, join=lambda op, sizes: 1 + sum(sizes))
    5
    """
    known = {} if known is None else known
    for node in arguments_first(expr, known):
        if isinstance(node, Apply):
            known[node] = join(node.op, [known[arg] for arg in node.args])
        elif isinstance(node, Const | Symbol):
            known[node] = leaf(node)
        else:
            raise TypeError(f"not a formula: {node!r}")
    return known[expr]


def arguments_first(expr: Expr, known: Collection[Expr]) -> Iterator[Expr]:
    """Yield the nodes of `expr` that are not `known`, arguments first; who asks adds each to `known` before the next.

    With a list of what waits, not by recursion: a formula may be deeper than Python's stack.
    """
    waiting: list[tuple[Expr, bool]] = [(expr, False)]
    while waiting:
        node, ready = waiting.pop()
        if node in known:
            continue
        if ready or not isinstance(node, Apply):
            yield node
        else:
            waiting.append((node, True))
            waiting.extend((arg, False) for arg in reversed(node.args))


def nodes(expr: Expr) -> list[Expr]:
    """Return every distinct node of `expr`, arguments before the node that uses them.

    >>> [str(node) for node in nodes(Symbol("x") * 2)]
    ['x', '2', 'x*2']
    """
    found: dict[Expr, None] = {}
    for node in arguments_first(expr, found):
        found[node] = None
    return list(found)


def size(expr: Expr, known: dict[Expr, int] | None = None) -> int:
    """Return how many parts `expr` has when written out, equal parts counted each time they are written.

    >>> x = Symbol("x")
    >>> size(x * x + 1)
    5
    """
    return fold(expr, lambda _: 1, lambda _, sizes: 1 + sum(sizes), known)


def chain(op: str, parts: Sequence[Expr]) -> Expr:
    """Return the sum or product of `parts` from left to right; of many, the two halves joined.

    So no formula is as deep as a sum is long.

    >>> str(chain("add", [Symbol("x"), Const(1.0), Symbol("y")]))
    'x + 1 + y'
    """
    if len(parts) <= WIDEST:
        return reduce(lambda left, right: Apply(op, (left, right)), parts)
    middle = len(parts) // 2
    return Apply(op, (chain(op, parts[:middle]), chain(op, parts[middle:])))


def symbols(expr: Expr) -> frozenset[str]:
    """Return the names of all symbols in `expr`.

    >>> sorted(symbols(Symbol("x") * Symbol("beta")))
    ['beta', 'x']
    """
    return frozenset(node.name for node in nodes(expr) if isinstance(node, Symbol))


def substitute(expr: Expr, values: Mapping[str, Expr | float]) -> Expr:
    """Return `expr` with the named symbols replaced.

    >>> str(substitute(Symbol("x") * Symbol("beta"), {"beta": 2}))
    'x*2'
    """

    def leaf(node: Const | Symbol) -> Expr:
        value = values.get(node.name, node) if isinstance(node, Symbol) else node
        return value if isinstance(value, Expr) else Const(float(value))

    return fold(expr, leaf, lambda op, args: Apply(op, tuple(args)))


def is_const(expr: Expr, value: float) -> bool:
    """Return whether `expr` is the number `value`; nan is never equal, and 0 is +0 or -0."""
    return isinstance(expr, Const) and expr.value == value and not math.isnan(value)
