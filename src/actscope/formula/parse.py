"""Text -> formula. Python's own grammar reads the text, this file builds the formula; nothing is evaluated."""

import ast
import math
import re
import warnings
from collections.abc import Callable

from ..errors import FormulaError, did_you_mean
from . import ops
from .expr import Const, Expr, Symbol, apply

LONGEST = 2_000
DEEPEST = 60

CONSTANTS = {"pi": math.pi, "e": math.e}
_CALLS: dict[str, tuple[int, Callable[..., Expr]]] = {
    **{name: (1, getattr(ops, name)) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sigmoid", "tanh", "sech2")},
    **{name: (1, getattr(ops, name)) for name in ("softplus", "cos", "sin", "normal_cdf", "normal_pdf")},
    **{name: (1, getattr(ops, name)) for name in ("row_sum", "row_max")},
    "abs": (1, abs),
    "max": (2, ops.maximum),
    "min": (2, ops.minimum),
    "Phi": (1, ops.normal_cdf),
}
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}


def parse(text: str) -> Expr:
    """Return the formula that `text` writes in ordinary notation.

    Numbers, `+ - * /`, whole powers `**`, parentheses, `where(x > 0, a, b)`, `max`, `min`, `abs`, `pi`, `e`, and the
    primitives exp, expm1, log, log1p, sqrt, sigmoid, tanh, sech2, softplus, cos, sin, normal_cdf (or Phi), normal_pdf.
    Any other name is a symbol: the input `x` or a parameter. Raises FormulaError with the place marked.

    >>> parse("x*sigmoid(beta*x)")
    Apply('mul', Symbol('x'), Apply('sigmoid', Apply('mul', Symbol('beta'), Symbol('x'))))
    >>> parse("x*sigmod(x)")
    Traceback (most recent call last):
    actscope.errors.FormulaError: no function is called 'sigmod', did you mean 'sigmoid'?
      x*sigmod(x)
        ^
    """
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    line = re.sub(r"\s", " ", text).strip()
    if not line:
        raise FormulaError("the formula is empty; write one such as x*sigmoid(x)")
    if stranger := re.search(r"[^ -\"$-~]", line):
        raise _refusal(
            line,
            stranger.start(),
            f"{stranger[0]!a} is not part of a formula; write names in plain letters, such as alpha",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(line, mode="eval")
    except SyntaxError as error:
        # Where the text ends too early, Python names no column.
        raise _refusal(
            line,
            (error.offset or len(line) + 1) - 1,
            "here the formula cannot be read; an operator, a name, a number or a parenthesis is missing or too many",
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise _refusal(line, 0, f"the formula is nested too deeply; at most {DEEPEST} levels are read") from None
    return _Reader(line).formula(tree.body, 0)


def _refusal(line: str, column: int, problem: str) -> FormulaError:
    start = max(0, column - 60)
    return FormulaError(f"{problem}\n  {line[start : start + 120]}\n  {' ' * (column - start)}^")


class _Reader:
    """Turns the syntax tree of one line into a formula; it knows the line to mark the place of an error."""

    def __init__(self, line: str) -> None:
        self.line = line

    def refusal(self, node: ast.expr, problem: str) -> FormulaError:
        return _refusal(self.line, node.col_offset, problem)

    def formula(self, node: ast.expr, depth: int) -> Expr:
        if depth > DEEPEST:
            raise self.refusal(node, f"the formula is nested too deeply; at most {DEEPEST} levels are read")
        match node:
            case ast.Constant(value=bool() | str() | bytes() | None):
                raise self.refusal(node, f"{node.value!r} is not a number")
            case ast.Constant(value=int() | float() as value):
                return Const(self.number(node, value))
            case ast.Name(id=name):
                return Const(CONSTANTS[name]) if name in CONSTANTS else Symbol(name)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if not isinstance(
                value, bool
            ):
                return Const(-self.number(node, value))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.formula(operand, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.formula(operand, depth + 1)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.formula(left, depth + 1) ** self.exponent(right)
            case ast.BinOp(op=ast.BitXor()):
                raise self.refusal(node, "a power is written **, not ^")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return apply(_BINARY[type(op)], self.formula(left, depth + 1), self.formula(right, depth + 1))
            case ast.Call(func=ast.Name(id="where"), args=[condition, a, b], keywords=[]):
                return self.choice(condition, self.formula(a, depth + 1), self.formula(b, depth + 1), depth)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(node, name, args, depth)
            case ast.Compare():
                raise self.refusal(node, "a comparison stands only in where(x > 0, a, b)")
        raise self.refusal(
            node, "this is not part of a formula; numbers, names, + - * / **, parentheses and functions are"
        )

    def number(self, node: ast.expr, value: float) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.refusal(node, "this number is too large")
        return number

    def exponent(self, node: ast.expr) -> int:
        sign, inner = (
            (-1, node.operand) if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else (1, node)
        )
        if isinstance(inner, ast.Constant) and type(inner.value) is int and abs(inner.value) <= 64:
            return sign * inner.value
        raise self.refusal(
            node, "an exponent is a whole number from -64 to 64; write sqrt(u) or exp(a*log(u)) for others"
        )

    def choice(self, condition: ast.expr, a: Expr, b: Expr, depth: int) -> Expr:
        match condition:
            case ast.Compare(left=left, ops=[ast.Gt() | ast.Lt() | ast.GtE() | ast.LtE() as op], comparators=[right]):
                u, v = self.formula(left, depth + 1), self.formula(right, depth + 1)
                match op:
                    case ast.Gt():
                        return ops.where(u > v, a, b)
                    case ast.Lt():
                        return ops.where(v > u, a, b)
                    case ast.GtE():
                        return ops.where(v > u, b, a)
                    case _:
                        return ops.where(u > v, b, a)
        raise self.refusal(condition, "where needs a comparison first, such as where(x > 0, a, b)")

    def call(self, node: ast.expr, name: str, args: list[ast.expr], depth: int) -> Expr:
        if name == "where":
            raise self.refusal(node, f"where takes 3 arguments, a condition and two formulas, but got {len(args)}")
        if name not in _CALLS:
            raise self.refusal(node, f"no function is called {name!r}{did_you_mean(name, [*_CALLS, 'where'])}")
        count, build = _CALLS[name]
        if len(args) != count:
            raise self.refusal(node, f"{name} takes {count} argument{'s' * (count > 1)}, but got {len(args)}")
        return build(*(self.formula(arg, depth + 1) for arg in args))
