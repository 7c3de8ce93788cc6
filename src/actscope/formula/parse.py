"""Text -> formula: a reader of ordinary notation that builds nodes and evaluates nothing."""

import math
import re
from collections.abc import Collection

from ..errors import FormulaError, did_you_mean
from .composing import EXPONENTS, chosen, joined, power
from .expr import Const, Expr, Symbol, fold, size
from .tokens import Token, refusal, tokens
from .vocabulary import CALLS, CONSTANTS, INSTEAD, RESERVED

LONGEST = 20_000
DEEPEST = 60
"""Levels of parentheses, calls and powers inside each other."""
TALLEST = 250
"""Primitives inside each other."""
LARGEST = 2_000
"""Parts of a formula when written out, where `max(a, b)` has each of its arguments twice."""

MISSING = "here the formula cannot be read; an operator, a name, a number or a parenthesis is missing or too many"
NEVER_OPENED = "no ( is open that this ) could close"
COMPARISONS = ("<", ">", "<=", ">=")
EQUALITIES = ("==", "!=", "=")


def parse(text: str, known: Collection[str] | None = None) -> Expr:
    """Return the formula that `text` writes in ordinary notation.

    Numbers, `+ - * /`, powers `**` or `^`, parentheses, `|u|`, products such as `2x` and `2(x + 1)`, `pi`, `e`,
    `where(x > 0, a, b)`, `where(0 < x < 1, a, b)`, `max`, `min`, and the primitives by their names: exp, log, sqrt,
    tanh, sigmoid, softplus, erf, ... Any other name is a symbol: the input `x` or a parameter; where `known` is given,
    only those in it. A power `u**a` whose exponent is no whole number is exp(a*log(u)), which negative u do not have.
    Raises FormulaError with the place marked. Nothing in the text is run.

    >>> parse("x*sigmoid(beta*x)")
    Apply('mul', Symbol('x'), Apply('sigmoid', Apply('mul', Symbol('beta'), Symbol('x'))))
    >>> str(parse("(x^2 + 2x)/|x|"))
    '(x**2 + 2*x)/abs(x)'
    >>> parse("x*sigmod(x)")
    Traceback (most recent call last):
    actscope.errors.FormulaError: no function is called 'sigmod', did you mean 'sigmoid'?
      x*sigmod(x)
        ^
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text such as 'x*sigmoid(x)', not {type(text).__name__}")
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    line = re.sub(r"\s", " ", text).strip()
    if not line:
        raise FormulaError("the formula is empty; write one such as x*sigmoid(x)")
    return _Reader(line, known).formula()


class _Reader:
    """Reads one line from left to right, a method for each level of binding; it knows the line to mark an error."""

    def __init__(self, line: str, known: Collection[str] | None) -> None:
        self.line, self.known = line, known
        self.tokens, self.at = tokens(line), 0
        self.depth, self.open_bars = 0, 0
        self.raised_end = 0
        """Where an exponent ended last: in 2**3x it is not clear what is raised to what."""

    def formula(self) -> Expr:
        try:
            found = self.sum()
        except RecursionError:
            raise self.too_deep(self.next) from None
        if self.next.kind != "end":
            raise self.refusal(self.next, NEVER_OPENED) if self.next.text == ")" else self.unexpected()
        self.check_size(found, self.tokens[0])
        if fold(found, lambda _: 1, lambda _, heights: 1 + max(heights)) > TALLEST:
            raise self.too_deep(self.tokens[0])
        return found

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self, *signs: str) -> Token | None:
        """Return the next token and move on if it is one of these signs."""
        token = self.next
        if token.kind != "sign" or token.text not in signs:
            return None
        self.at += 1
        return token

    def close(self, opened: Token, sign: str) -> None:
        """Move on past the sign that closes what `opened` opened."""
        if self.take(sign):
            return
        if self.next.kind == "end":
            raise self.refusal(opened, f"this {opened.text} is never closed; a {sign} is missing after it")
        raise self.unexpected()

    def refusal(self, token: Token, problem: str) -> FormulaError:
        return refusal(self.line, token.place, problem)

    def too_deep(self, token: Token) -> FormulaError:
        return self.refusal(token, f"the formula is nested too deeply; at most {DEEPEST} levels are read")

    def unexpected(self) -> FormulaError:
        token = self.next
        if token.kind == "sign" and token.text in (*COMPARISONS, "==", "!="):
            return self.refusal(token, "a comparison stands only in where(x > 0, a, b)")
        if token.kind == "sign" and token.text == "=":
            return self.refusal(token, "write the right-hand side alone; parameters get their values by name")
        return self.refusal(token, RESERVED.get(token.text, MISSING) if token.kind == "name" else MISSING)

    def check_size(self, found: Expr, token: Token) -> None:
        if size(found) > LARGEST:
            raise self.refusal(token, f"the formula is too large; written out it has more than {LARGEST} parts")

    def sum(self) -> Expr:
        first, rest = self.product(), []
        while sign := self.take("+", "-"):
            rest.append((sign.text, self.product()))
        return joined(first, rest, {"+": "add", "-": "sub"})

    def product(self) -> Expr:
        first, rest = self.signed(), []
        while True:
            if sign := self.take("*", "/"):
                rest.append((sign.text, self.signed()))
            elif self.operand_follows(divided=bool(rest) and rest[-1][0] == "/"):
                rest.append(("*", self.power()))
            else:
                break
        return joined(first, rest, {"*": "mul", "/": "div"})

    def operand_follows(self, divided: bool) -> bool:
        """Return whether the next token begins a factor that no `*` announces, as in 2x and (x + 1)(x - 1)."""
        before, token = self.tokens[self.at - 1], self.next
        begins = token.kind == "name" or (token.kind == "sign" and (token.text == "(" or self.opens_bars(token)))
        ends = before.kind in ("number", "raised") or (before.kind == "sign" and before.text in (")", "|"))
        if not begins or not ends or token.text in RESERVED:
            return False
        if divided or self.raised_end == self.at:
            raise self.refusal(token, "this can be read in two ways; write * here, and parentheses for what is meant")
        return True

    def opens_bars(self, token: Token) -> bool:
        return token.text == "|" and not self.open_bars

    def signed(self) -> Expr:
        signs: list[Token] = []
        while sign := self.take("+", "-"):
            signs.append(sign)
        if len(signs) > DEEPEST:
            raise self.too_deep(signs[0])
        literal = self.next.kind == "number"
        found = self.power()
        for _ in [sign for sign in signs if sign.text == "-"]:
            # -2 is a number, but -2**2 is the negative of 2**2.
            found = Const(-found.value) if literal and isinstance(found, Const) else -found
            literal = False
        return found

    def power(self) -> Expr:
        base = self.atom()
        token = self.next
        if token.kind == "raised":
            self.at += 1
            return self.raised(base, Const(self.whole(token)), token)
        if not self.take("**"):
            return base
        place = self.next
        with_sign = self.take("-", "+")
        self.deeper(place)
        exponent = self.power()
        self.depth -= 1
        self.raised_end = self.at
        if with_sign and with_sign.text == "-":
            exponent = -exponent
        return self.raised(base, exponent, place)

    def whole(self, token: Token) -> float:
        if not re.fullmatch(r"-?[0-9]{1,3}", token.text):
            raise self.refusal(token, EXPONENTS)
        return float(token.text)

    def raised(self, base: Expr, exponent: Expr, token: Token) -> Expr:
        try:
            found = power(base, exponent)
        except ValueError as problem:
            raise self.refusal(token, str(problem)) from None
        # What uses its base twice doubles the size at every level.
        self.check_size(found, token)
        return found

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.too_deep(token)

    def atom(self) -> Expr:
        token = self.next
        self.deeper(token)
        found = self.inside(token)
        self.depth -= 1
        return found

    def inside(self, token: Token) -> Expr:
        match token.kind, token.text:
            case "number", text:
                self.at += 1
                return Const(self.number(token, text))
            case "name", name:
                self.at += 1
                return self.called(token, name) if self.take("(") else self.named(token, name)
            case "sign", "(":
                self.at += 1
                bars, self.open_bars = self.open_bars, 0
                found = self.sum()
                self.close(token, ")")
                self.open_bars = bars
                return found
            case "sign", "|":
                self.at += 1
                self.open_bars += 1
                found = self.sum()
                self.close(token, "|")
                self.open_bars -= 1
                return abs(found)
        raise self.unexpected()

    def number(self, token: Token, text: str) -> float:
        # Python reads thousands of digits in quadratic time, and refuses them as a whole number.
        value = float(text) if len(text) <= 400 else math.inf
        if not math.isfinite(value):
            raise self.refusal(token, "this number is too large")
        return value

    def named(self, token: Token, name: str) -> Expr:
        if name in RESERVED:
            raise self.refusal(token, RESERVED[name])
        if name in CONSTANTS:
            return Const(CONSTANTS[name])
        if name in CALLS or name == "where":
            raise self.refusal(token, f"{name} is a function; its arguments stand in parentheses, as in {name}(x)")
        if self.known is not None and name not in self.known:
            near = did_you_mean(name, self.known)
            remedy = near if near else f"; a parameter needs a value, as in {name}=1.0, or a number in its place"
            raise self.refusal(token, f"unknown symbol {name!r}{remedy}")
        return Symbol(name)

    def called(self, token: Token, name: str) -> Expr:
        bars, self.open_bars = self.open_bars, 0
        found = self.choice(token) if name == "where" else self.call(token, name)
        self.open_bars = bars
        return found

    def call(self, token: Token, name: str) -> Expr:
        if name not in CALLS:
            raise self.refusal(token, self.no_function(name))
        count, build = CALLS[name]
        args = self.arguments(self.tokens[self.at - 1])
        if len(args) != count and not (name in ("max", "min") and len(args) > count):
            raise self.refusal(token, f"{name} takes {count} argument{'s' * (count > 1)}, but got {len(args)}")
        found = build(*args[:count])
        for arg in args[count:]:
            found = build(found, arg)
        # What uses an argument twice doubles the size at every level.
        self.check_size(found, token)
        return found

    def no_function(self, name: str) -> str:
        if name in INSTEAD:
            return f"no function is called {name!r}; write {INSTEAD[name]}"
        if name in RESERVED:
            return RESERVED[name]
        if name == "x" or name in CONSTANTS or (self.known is not None and name in self.known):
            return f"no function is called {name!r}; a product is written {name}*( )"
        return f"no function is called {name!r}{did_you_mean(name, [*CALLS, 'where'])}"

    def arguments(self, opened: Token) -> list[Expr]:
        if self.take(")"):
            return []
        found = [self.sum()]
        while self.take(","):
            found.append(self.sum())
        self.close(opened, ")")
        return found

    def choice(self, token: Token) -> Expr:
        opened, start = self.tokens[self.at - 1], self.next
        if self.take(")"):
            raise self.refusal(token, "where takes 3 arguments, a condition and two formulas, but got 0")
        ends, signs = [self.sum()], []
        while sign := self.take(*COMPARISONS):
            signs.append(sign.text)
            ends.append(self.sum())
        if self.next.text in EQUALITIES:
            raise self.refusal(
                self.next, f"{self.next.text} is none of the comparisons, which are {' '.join(COMPARISONS)}"
            )
        if not signs:
            raise self.refusal(start, "where needs a comparison first, such as where(x > 0, a, b)")
        if len(signs) > 2:
            raise self.refusal(start, "at most two comparisons stand in a row, as in where(0 < x < 1, a, b)")
        if self.next.text == ",":
            self.at += 1
            args = self.arguments(opened)
        else:
            self.close(opened, ")")
            args = []
        if len(args) != 2:
            got = 1 + len(args)
            raise self.refusal(token, f"where takes 3 arguments, a condition and two formulas, but got {got}")
        a, b = args
        for left, how, right in reversed(list(zip(ends, signs, ends[1:], strict=False))):
            a = chosen(left, how, right, a, b)
            self.check_size(a, token)
        return a
