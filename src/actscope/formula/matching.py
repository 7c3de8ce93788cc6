"""Where a pattern occurs in a formula: sums and products in any order, with wildcards and a common factor.

The pattern `exp(u) - 1` is in `a*exp(2*x) + 3 - a`, with u = 2*x, the factor a, and the term 3 left over. What a
wildcard stands for shows in its name: u, v, w are any formula; p and q a positive number, or a parameter that is known
to be positive.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from .terms import (
    NOTHING,
    ONE,
    Bag,
    Factor,
    Product,
    Terms,
    applied,
    as_product,
    as_terms,
    is_number,
    number,
    plus,
    power,
    scaled,
    times,
)

ANY = frozenset({"u", "v", "w"})
POSITIVE = frozenset({"p", "q"})
Found = Mapping[str, Terms]
"""What each wildcard stands for."""


@dataclass(frozen=True, slots=True)
class Match:
    """An occurrence: what the wildcards stand for, the factor that all is multiplied by, the terms that are left."""

    found: Found
    factor: Product
    count: Fraction
    left: tuple[tuple[Product, Fraction], ...] = ()


def wildcard(factor: Factor) -> str | None:
    """Return the name of the wildcard that a factor of a pattern is, if it is one."""
    name = str(factor[1]) if factor[0] == "symbol" else ""
    return name[1:] if name.startswith("?") else None


def in_sum(pattern: Terms, terms: Terms, positive: frozenset[str]) -> Iterator[Match]:
    """Yield where the terms of a pattern are among `terms`, times a common factor."""
    yield from _Matching(positive).in_sum(pattern, terms, {}, None, whole=False)


def in_product(pattern: Terms, terms: Terms, positive: frozenset[str]) -> Iterator[Match]:
    """Yield where the factors of a pattern, which is one product, are among those of `terms`."""
    (wanted, times_), *_ = pattern
    if len(terms) == 1:
        (product, count), *_ = terms
        yield from _Matching(positive).in_product(wanted, times_, product, count, {})


def in_arguments(pattern: Factor, factor: Factor, positive: frozenset[str]) -> Iterator[Match]:
    """Yield how the arguments of a primitive are those of the pattern."""
    for found in _Matching(positive).arguments(pattern, factor, {}):
        yield Match(found, ONE, Fraction(1))


class _Matching:
    """The search; it knows which symbols are positive."""

    def __init__(self, positive: frozenset[str]) -> None:
        self.positive = positive

    def arguments(self, pattern: Factor, factor: Factor, found: Found) -> Iterator[Found]:
        if pattern[0] != factor[0] or len(pattern) != len(factor):
            return
        states = [found]
        for wanted, given in zip(pattern[1:], factor[1:], strict=True):
            if not isinstance(wanted, Bag) or not isinstance(given, Bag):
                states = states if wanted == given else []
                continue
            states = [after for state in states for after in self.equal(wanted, given, state)]
        yield from states

    def equal(self, pattern: Terms, terms: Terms, found: Found) -> Iterator[Found]:
        """Yield how `terms` as a whole are the pattern."""
        if len(pattern) == 1:
            (product, count), *_ = pattern
            (name, n) = _alone(product)
            if name and n == 1:
                yield from self.bound(name, scaled(terms, 1 / count), found)
            elif len(terms) == 1:
                (given, times_), *_ = terms
                for match in self.in_product(product, count, given, times_, found):
                    if not match.factor and match.count == 1:
                        yield match.found
        else:
            for match in self.in_sum(pattern, terms, found, (ONE, Fraction(1)), whole=True):
                yield match.found

    def bound(self, name: str, terms: Terms, found: Found) -> Iterator[Found]:
        """Yield what is known when the wildcard stands for `terms`, unless it stands for something else already."""
        if name in found:
            if found[name] == terms:
                yield found
        elif terms and (name in ANY or self.is_positive(terms)):
            yield {**found, name: terms}

    def is_positive(self, terms: Terms) -> bool:
        return len(terms) == 1 and all(
            count > 0 and all(f[0] == "symbol" and f[1] in self.positive for f, _ in product)
            for product, count in terms
        )

    def in_sum(
        self, pattern: Terms, terms: Terms, found: Found, factor: tuple[Product, Fraction] | None, whole: bool
    ) -> Iterator[Match]:
        wanted = sorted(pattern, key=lambda term: _vagueness(term[0]))
        yield from self._terms(wanted, list(terms), found, factor, whole)

    def _terms(
        self,
        wanted: list[tuple[Product, Fraction]],
        given: list[tuple[Product, Fraction]],
        found: Found,
        factor: tuple[Product, Fraction] | None,
        whole: bool,
    ) -> Iterator[Match]:
        if not wanted:
            if factor is not None and not (whole and given):
                yield Match(found, *factor, left=tuple(given))
            return
        (product, count), *others = wanted
        name, n = _alone(product)
        if factor is not None and all(wild in found for wild in _wildcards(product)):
            # All is known of this term: it may be several terms, where a wildcard stands for a sum.
            value = times(scaled(_filled(product, found), count), Bag([factor]))
            if (rest := _without(given, value)) is not None:
                yield from self._terms(others, rest, found, factor, whole)
        elif name in ANY and n == 1:
            if whole and not others and factor is not None and given:
                inverse = power(Bag([factor]), -1)
                for after in self.bound(str(name), scaled(times(Bag(given), inverse), 1 / count), found):
                    yield Match(after, *factor)
        else:
            for k, (one, its) in enumerate(given):
                rest = given[:k] + given[k + 1 :]
                for match in self.in_product(product, count, one, its, found, factor):
                    if factor in (None, (match.factor, match.count)):
                        yield from self._terms(others, rest, match.found, (match.factor, match.count), whole)

    def in_product(
        self,
        pattern: Product,
        wanted: Fraction,
        product: Product,
        count: Fraction,
        found: Found,
        factor: tuple[Product, Fraction] | None = None,
    ) -> Iterator[Match]:
        """Yield where the factors of a pattern are among those of `product`; the others are the common factor.

        `factor` is that factor where it is known; a square or a number that nothing has named yet takes the rest.
        """
        open_ = sorted(pattern, key=lambda part: _vagueness(Bag([part])))
        yield from self._factors(open_, product, count / wanted, found, factor or (ONE, Fraction(1)))

    def _factors(
        self,
        wanted: list[tuple[Factor, int]],
        product: Product,
        count: Fraction,
        found: Found,
        factor: tuple[Product, Fraction],
    ) -> Iterator[Match]:
        if not wanted:
            yield Match(found, product, count)
            return
        (part, n), *others = wanted
        name = wildcard(part)
        if name is None:
            for k, (one, m) in enumerate(product):
                if one[0] != part[0] or n * m < 0 or abs(m) < abs(n):
                    continue
                rest = Bag([*product.items[:k], *([(one, m - n)] if m != n else []), *product.items[k + 1 :]])
                for after, more, c in self._factor(part, one, found):
                    (total, total_count) = as_product(as_terms([*rest, *((f, j * n) for f, j in more)], count * c**n))
                    yield from self._factors(others, total, total_count, after, factor)
        elif name in found:
            value, c = as_product(power(found[name], n))
            if (remaining := _divided(product, value)) is not None:
                yield from self._factors(others, remaining, count / c, found, factor)
        elif not others and (remaining := _divided(product, factor[0])) is not None:
            for root in _roots(Bag([(remaining, count / factor[1])]), n):
                for after in self.bound(name, root, found):
                    yield Match(after, *factor)

    def _factor(
        self, part: Factor, one: Factor, found: Found
    ) -> Iterator[tuple[Found, tuple[tuple[Factor, int], ...], Fraction]]:
        """Yield how a factor is that of the pattern; a sum may be so up to a factor of its own."""
        if part[0] == "sum" and isinstance(part[1], Bag) and isinstance(one[1], Bag):
            for match in self.in_sum(part[1], one[1], found, None, whole=True):
                yield match.found, match.factor.items, match.count
        else:
            for after in self.arguments(part, one, found):
                yield after, (), Fraction(1)


def _alone(product: Product) -> tuple[str | None, int]:
    """Return the wildcard that is the whole product, and its power."""
    if len(product) == 1:
        ((factor, n),) = product
        return wildcard(factor), n
    return None, 0


def _wildcards(product: Product) -> frozenset[str]:
    names: set[str] = set()
    for factor, _ in product:
        if name := wildcard(factor):
            names.add(name)
        for arg in factor[1:]:
            if isinstance(arg, Bag):
                for inner, _ in arg:
                    names |= _wildcards(inner)
    return frozenset(names)


def _vagueness(product: Product) -> int:
    """Return how little a part of a pattern tells: primitives first, then numbers, powers, positive, any."""
    name, n = _alone(product)
    if name in POSITIVE:
        return 3
    if name:
        return 4 if n == 1 else 2
    return 1 if not product else 0


def _filled(product: Product, found: Found) -> Terms:
    """Return a product of a pattern with its wildcards replaced."""
    total = number(Fraction(1))
    for factor, n in product:
        name = wildcard(factor)
        if name is not None:
            value = found[name]
        elif factor[0] == "symbol":
            value = as_terms([(factor, 1)], Fraction(1))
        else:
            args = [_filled_terms(arg, found) for arg in factor[1:] if isinstance(arg, Bag)]
            value = args[0] if factor[0] == "sum" else applied(str(factor[0]), args)
        total = times(total, power(value, n))
    return total


def _filled_terms(terms: Terms, found: Found) -> Terms:
    return plus(scaled(_filled(product, found), count) for product, count in terms)


def _without(given: list[tuple[Product, Fraction]], value: Terms) -> list[tuple[Product, Fraction]] | None:
    """Return the terms without those of `value`; None if one is missing."""
    rest = list(given)
    for term in value:
        if term not in rest:
            return None
        rest.remove(term)
    return rest


def _divided(product: Product, by: Product) -> Product | None:
    """Return the product without the factors of another; None if it does not have them."""
    powers = dict(product)
    for factor, n in by:
        m = powers.get(factor, 0)
        if n * m <= 0 or abs(m) < abs(n):
            return None
        powers[factor] = m - n
    return Bag([(factor, n) for factor, n in powers.items() if n])


def _roots(terms: Terms, n: int) -> Iterator[Terms]:
    """Yield what gives `terms` when raised to `n`: 1 or 2, of a single product."""
    if n == 1:
        yield terms
    if n == 2 and terms != NOTHING and not is_number(terms):
        ((product, count),) = terms
        top, bottom = math.isqrt(max(count.numerator, 0)), math.isqrt(count.denominator)
        if all(k % 2 == 0 for _, k in product) and count == Fraction(top * top, bottom * bottom) and count > 0:
            yield as_terms([(factor, k // 2) for factor, k in product], Fraction(top, bottom))
