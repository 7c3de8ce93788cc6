"""Formulas as sums of products with exact numbers, so that two spellings of one formula are equal.

`1/(exp(-x) + 1)` and `(1 + exp(-x))**-1` become the same `Terms`, in which a rule can be looked for. A sum is a bag of
products with a number each; a product is a bag of factors with a whole power each; a factor is a symbol, a primitive of
sums, or a sum. Numbers are fractions: a decimal counts as what was typed, 0.1 as 1/10.
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Generic, TypeVar

from .expr import Apply, Const, Expr, Symbol, arguments_first, chain
from .simplify import simplify_once

K = TypeVar("K")
V = TypeVar("V")
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow"})
# Decimals of up to six digits are meant exactly.
_DENOMINATOR = 10**6
_SIMPLE = 1000


class Bag(Generic[K, V]):
    """What occurs how often, in the order in which it came; equal bags hold the same in any order."""

    __slots__ = ("_hash", "_key", "items")

    def __init__(self, items: Iterable[tuple[K, V]]) -> None:
        self.items = tuple(items)
        self._key = frozenset(self.items)
        self._hash = hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bag) and self._hash == other._hash and self._key == other._key

    def __hash__(self) -> int:
        return self._hash

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"Bag({self.items})"


# ("symbol", name), ("sum", terms) or (primitive, terms, ...)
Factor = tuple["str | Terms", ...]
Product = Bag[Factor, int]
Terms = Bag[Product, Fraction]

ONE: Product = Bag(())
NOTHING: Terms = Bag(())


@lru_cache(maxsize=4096)
def exact(value: float) -> Fraction:
    """Return the number that a typed float means: the decimal of few digits if it is one.

    >>> exact(0.1), exact(1.702), float(exact(2**0.5)) == 2**0.5
    (Fraction(1, 10), Fraction(851, 500), True)
    """
    binary = Fraction(value)
    decimal = binary.limit_denominator(_DENOMINATOR)
    return decimal if float(decimal) == value else binary


def snapped(number: Fraction) -> Fraction:
    """Return the simple fraction that `number` is up to rounding, such as 1 for sqrt(2)*0.7071067811865476."""
    if number.denominator <= _SIMPLE:
        return number
    simple = number.limit_denominator(_SIMPLE)
    return simple if abs(number - simple) <= abs(simple) * Fraction(1, 2**50) else number


def number(value: Fraction) -> Terms:
    """Return a number as terms."""
    return Bag([(ONE, value)]) if value else NOTHING


def is_number(terms: Terms) -> bool:
    """Return whether no symbol and no primitive occurs."""
    return all(not product for product, _ in terms)


def only_factor(terms: Terms) -> Factor | None:
    """Return the factor that is all there is, if nothing else is."""
    if len(terms) == 1 and terms.items[0][1] == 1 and len(terms.items[0][0]) == 1:
        ((factor, n),) = terms.items[0][0]
        return factor if n == 1 else None
    return None


def plus(parts: Iterable[Terms]) -> Terms:
    """Return the sum."""
    total: dict[Product, Fraction] = {}
    for part in parts:
        for product, count in part:
            total[product] = total.get(product, Fraction(0)) + count
    return Bag([(product, count) for product, count in total.items() if count])


def scaled(terms: Terms, by: Fraction) -> Terms:
    """Return the terms times a number."""
    if by == 1:
        return terms
    return Bag([(product, snapped(count * by)) for product, count in terms]) if by else NOTHING


def as_product(terms: Terms) -> tuple[Product, Fraction]:
    """Return a product and a number whose product `terms` is; a sum of several terms is one factor.

    From 2 + 2*x the 2 is taken out, but not from 2 + x, which reads better whole.
    """
    if len(terms) == 1:
        return terms.items[0]
    if not terms:
        return ONE, Fraction(0)
    sizes = {abs(count) for _, count in terms}
    content = sizes.pop() if len(sizes) == 1 else Fraction(1)
    return Bag([(("sum", scaled(terms, 1 / content)), 1)]), content


def times(a: Terms, b: Terms) -> Terms:
    """Return the product; sums stay factors, unless the other factor is a number."""
    if is_number(a) or is_number(b):
        few, many = (a, b) if is_number(a) else (b, a)
        return scaled(many, as_product(few)[1])
    (left, m), (right, n) = as_product(a), as_product(b)
    return as_terms([*left, *right], m * n)


def power(terms: Terms, n: int) -> Terms:
    """Return a whole power; 0 has none below 1, for which it raises ZeroDivisionError."""
    product, count = as_product(terms)
    return as_terms([(factor, k * n) for factor, k in product], count**n)


def as_terms(factors: Iterable[tuple[Factor, int]], count: Fraction) -> Terms:
    """Return a product of factors as terms: equal ones joined, exponentials made one, squares of roots taken."""
    if not count:
        return NOTHING
    together: dict[Factor, int] = {}
    exponents: list[Terms] = []
    waiting = list(factors)
    while waiting:
        factor, n = waiting.pop(0)
        if factor[0] == "exp" and isinstance(factor[1], Bag):
            exponents.append(scaled(factor[1], Fraction(n)))
            # Its place among the factors is kept by a mark.
            together.setdefault(("exp",), 1)
            continue
        together[factor] = together.get(factor, 0) + n
        if factor[0] == "sqrt" and isinstance(factor[1], Bag) and abs(together[factor]) > 1:
            squares = int(together[factor] / 2)
            together[factor] -= 2 * squares
            inside, c = as_product(factor[1])
            count *= c**squares
            waiting = [(one, k * squares) for one, k in inside] + waiting
    exponent = plus(exponents)
    found = [
        (("exp", exponent), 1) if factor == ("exp",) else (factor, n)
        for factor, n in together.items()
        if n and (factor != ("exp",) or exponent)
    ]
    if len(found) == 1 and found[0][0][0] == "sum" and found[0][1] == 1 and isinstance(found[0][0][1], Bag):
        return scaled(found[0][0][1], count)
    return Bag([(Bag(found), snapped(count))])


def applied(op: str, args: list[Terms]) -> Terms:
    """Return a primitive that is no arithmetic, of terms; abs(-2*u) is 2*abs(u)."""
    if op != "abs":
        return _one((op, *args))
    product, count = as_product(args[0])
    return scaled(_one(("abs", as_terms(product, Fraction(1)))), abs(count)) if count else NOTHING


class Forms:
    """Formulas and their terms, both ways; what was a formula once is given back as it was written."""

    def __init__(self) -> None:
        self._terms: dict[Expr, Terms] = {}
        self._written: dict[Terms, Expr] = {}

    def terms(self, expr: Expr) -> Terms:
        """Return `expr` as terms."""
        for node in arguments_first(expr, self._terms):
            self._terms[node] = found = self._read(node)
            self._written.setdefault(found, node)
        return self._terms[expr]

    def _read(self, expr: Expr) -> Terms:
        match expr:
            case Const(value) if math.isfinite(value):
                return number(exact(value))
            case Symbol(name):
                return _one(("symbol", name))
            case Apply("add", (a, b)):
                return plus([self.terms(a), self.terms(b)])
            case Apply("sub", (a, b)):
                return plus([self.terms(a), scaled(self.terms(b), Fraction(-1))])
            case Apply("neg", (u,)):
                return scaled(self.terms(u), Fraction(-1))
            case Apply("mul", (a, b)):
                return times(self.terms(a), self.terms(b))
            case Apply("div", (a, b)) if self.terms(b):
                return times(self.terms(a), power(self.terms(b), -1))
            case Apply("pow", (u, Const(n))) if n >= 0 or self.terms(u):
                return power(self.terms(u), int(n))
            case Apply(op, args):
                return applied(op, [self.terms(arg) for arg in args])
        return _one(("symbol", repr(expr)))

    def prefer(self, written: Expr, to: Expr) -> Expr:
        """Return `written` after making it the formula that the terms of `to` are given back as."""
        self._written[self.terms(to)] = written
        return written

    def expr(self, terms: Terms) -> Expr:
        """Return terms as a formula."""
        if terms not in self._written:
            self._written[terms] = self._write(terms)
            self._terms.setdefault(self._written[terms], terms)
        return self._written[terms]

    def _write(self, terms: Terms) -> Expr:
        if not terms:
            return Const(0.0)
        found: Expr | None = None
        # A sum begins with a term that needs no sign.
        for product, count in sorted(terms, key=lambda term: term[1] < 0):
            if found is None:
                found = self.product(product, count)
            elif count < 0:
                found = Apply("sub", (found, self.product(product, -count)))
            else:
                found = Apply("add", (found, self.product(product, count)))
        assert found is not None
        return found

    def factor(self, factor: Factor) -> Expr:
        """Return a factor as a formula."""
        op, *args = factor
        if op == "symbol":
            return Symbol(str(args[0]))
        inside = [self.expr(arg) for arg in args if isinstance(arg, Bag)]
        return inside[0] if op == "sum" else Apply(str(op), tuple(inside))

    def product(self, product: Product, count: Fraction, last: Expr | None = None) -> Expr:
        """Return `count` times a product as a formula, `last` among its factors if given."""
        above, below = _as_floats(abs(count))
        top = [self._raised(factor, n) for factor, n in product if n > 0]
        bottom = [self._raised(factor, -n) for factor, n in product if n < 0]
        if last is not None:
            top.append(last)
        if above != 1 or not top:
            top.insert(0, Const(above))
        if below != 1:
            bottom.insert(0, Const(below))
        found = chain("mul", top)
        if bottom:
            found = Apply("div", (found, chain("mul", bottom)))
        return simplify_once("neg", [found]) if count < 0 else found

    def _raised(self, factor: Factor, n: int) -> Expr:
        base = self.factor(factor)
        return base if n == 1 else base**n


def _one(factor: Factor) -> Terms:
    return as_terms([(factor, 1)], Fraction(1))


def _as_floats(count: Fraction) -> tuple[float, float]:
    """Return numerator and denominator: thirds and sevenths stay quotients, since no decimal is one."""
    rest = count.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1 and count.denominator < 2**20 and count.numerator < 2**20:
        return float(count.numerator), float(count.denominator)
    return float(count), 1.0
