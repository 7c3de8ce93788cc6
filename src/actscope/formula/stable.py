"""Rewriting a formula that overflows or cancels as an equal one that does not, by the rules of `rules.py`."""

from collections import Counter
from collections.abc import Container, Iterator
from functools import cache, lru_cache

from .expr import Apply, Const, Expr, Symbol, fold, is_const, nodes, substitute
from .matching import ANY, POSITIVE, Match, in_arguments, in_product, in_sum
from .parse import parse
from .rules import RULES, Rule
from .simplify import simplify, simplify_once
from .terms import Bag, Forms, Terms, only_factor

SUM, PRODUCT = "sum", "product"
# Rules build on each other a few times at most; these end what no test foresaw.
MOST_ROUNDS = 40
MOST_TIMES = 3
# In longer sums and products, and in larger formulas, nothing is looked for: it would take seconds.
MOST_FACTORS = {SUM: 80, PRODUCT: 20}
MOST_PARTS = 500


@lru_cache(maxsize=1024)
def stable(expr: Expr, positive: frozenset[str] = frozenset()) -> Expr:
    """Return an equal formula without the overflow and cancellation that the rules know.

    What no rule knows stays as it is written. `positive` names the parameters that are never 0 or below.

    >>> str(stable(parse("x*tanh(log(1 + exp(x)))"))), str(stable(parse("0.5*x*(1 + erf(x/sqrt(2)))")))
    ('x*tanh_softplus(x)', 'x*normal_cdf(x)')
    """
    return _Rewriting(positive).result(expr)


class _Rewriting:
    """Rounds in which the outermost parts that a rule knows are replaced, until there is none."""

    def __init__(self, positive: frozenset[str]) -> None:
        self.positive = positive
        self.forms = Forms()
        self.primitives: dict[Expr, frozenset[str]] = {}
        self.settled: set[Expr] = set()
        """Parts that no rule replaces."""
        self.times: Counter[Expr] = Counter()

    def result(self, expr: Expr) -> Expr:
        expr = simplify(expr)
        written = set(nodes(expr))
        if len(written) > MOST_PARTS:
            return expr
        for _ in range(MOST_ROUNDS):
            new: dict[Expr, Expr] = {}
            for node in _outermost(expr, new):
                if (replaced := self.replaced(node)) is not None:
                    new[node] = replaced
            if not new:
                break
            expr = fold(expr, lambda node: node, simplify_once, new)
        return self.merged(expr, written)

    def replaced(self, node: Apply) -> Expr | None:
        """Return what the first rule that knows `node` makes of it."""
        if node in self.settled or self.times[node] == MOST_TIMES:
            return None
        used = fold(node, lambda _: frozenset[str](), lambda op, parts: frozenset({op}).union(*parts), self.primitives)
        for rule in RULES:
            if rule.needs <= used:
                for match in self.matches(rule, node):
                    if rule.when is None or rule.when(match.found):
                        self.times[node] += 1
                        return self.rewritten(rule, match)
        self.settled.add(node)
        return None

    def matches(self, rule: Rule, node: Apply) -> Iterator[Match]:
        pattern = _pattern(rule.left)
        factor = only_factor(pattern)
        if factor is not None:
            if factor[0] == node.op:
                yield from in_arguments(factor, (node.op, *map(self.forms.terms, node.args)), self.positive)
            return
        kind, look = (SUM, in_sum) if len(pattern) > 1 else (PRODUCT, in_product)
        if _family(node) == kind:
            terms = self.forms.terms(node)
            if sum(1 + len(product) for product, _ in terms) <= MOST_FACTORS[kind]:
                for match in look(pattern, terms, self.positive):
                    if not (rule.whole and match.left):
                        yield match

    def rewritten(self, rule: Rule, match: Match) -> Expr:
        bound = {f"?{name}": self.forms.expr(terms) for name, terms in match.found.items()}
        inside = {part for expr in bound.values() for part in nodes(expr)}
        right = self.merged(substitute(_written(rule.right), bound), inside)
        if rule.left in rule.right:
            # It holds what it replaces, under a condition that makes it safe.
            self.settled.update(part for part in nodes(right) if part not in inside)
        total = self.forms.product(match.factor, match.count, last=right)
        for term in reversed(match.left):
            # What is left keeps its place before what is new.
            total = Apply("add", (self.forms.expr(Bag([term])), total))
        return simplify(total)

    def merged(self, expr: Expr, kept: Container[Expr]) -> Expr:
        """Return `expr` with the numbers of each product made one, but for the parts that are `kept`."""

        def join(op: str, args: list[Expr]) -> Expr:
            node = Apply(op, tuple(args))
            if node not in kept and _family(node) == PRODUCT and _scattered(node):
                terms = self.forms.terms(node)
                if len(terms) == 1:
                    return self.forms.prefer(self.forms.product(*terms.items[0]), to=node)
            return self.forms.prefer(simplify_once(op, args), to=node)

        return fold(expr, lambda node: node, join)


@cache
def _written(side: str) -> Expr:
    """Return a side of a rule as a formula; wildcards get names that no formula has."""
    wild = {name: Symbol(f"?{name}") for name in ANY | POSITIVE}
    return simplify(substitute(parse(side), wild))


@cache
def _pattern(left: str) -> Terms:
    return Forms().terms(_written(left))


def _outermost(expr: Expr, new: Container[Expr]) -> Iterator[Apply]:
    """Yield the parts of `expr`, the outer ones first; a sum of sums once, as a whole, and nothing inside of `new`."""
    seen: set[tuple[Expr, bool]] = set()
    waiting: list[tuple[Expr, str]] = [(expr, "")]
    while waiting:
        node, outside = waiting.pop()
        family = _family(node)
        known = (node, family == outside)
        if not isinstance(node, Apply) or known in seen:
            continue
        seen.add(known)
        if not family or family != outside:
            yield node
        if node not in new:
            waiting.extend((arg, family) for arg in reversed(node.args))


def _family(node: Expr) -> str:
    while isinstance(node, Apply) and node.op == "neg":
        node = node.args[0]
    op = node.op if isinstance(node, Apply) else ""
    return {"add": SUM, "sub": SUM, "mul": PRODUCT, "div": PRODUCT, "pow": PRODUCT}.get(op, "")


def _scattered(product: Expr) -> bool:
    """Return whether a product has two numbers, or a factor 1/u where it could be divided by u."""
    return _numbers(product) > 1 or (
        isinstance(product, Apply)
        and product.op == "mul"
        and any(isinstance(arg, Apply) and arg.op == "div" and is_const(arg.args[0], 1) for arg in product.args)
    )


def _numbers(node: Expr) -> int:
    """Return how many numbers a product has among its factors."""
    match node:
        case Const():
            return 1
        case Apply("mul" | "div", (a, b)):
            return _numbers(a) + _numbers(b)
        case Apply("neg", (u,)):
            return _numbers(u)
    return 0
