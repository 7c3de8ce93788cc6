"""A formula as text that `parse` reads back, and as LaTeX; parentheses only where they are needed."""

import math

from .expr import Const, Expr, Symbol, fold
from .ops import ATOM, OPS, SIGN

GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu"),
        *("nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
    )
)


class Printed(str):
    """Printed text that knows how strongly it binds: `f"{u:2}"` adds parentheses if it binds more weakly than 2."""

    __slots__ = ("brackets", "level")
    level: int
    brackets: tuple[str, str]

    def __new__(cls, content: str, level: int, brackets: tuple[str, str]) -> "Printed":
        """Return `content` as a string with its level."""
        printed = super().__new__(cls, content)
        printed.level, printed.brackets = level, brackets
        return printed

    def __format__(self, needed: str) -> str:
        if needed and self.level < int(needed):
            return f"{self.brackets[0]}{self}{self.brackets[1]}"
        return str(self)


def text(expr: Expr) -> str:
    """Return `expr` in ordinary notation, the one that `parse` reads.

    >>> from actscope.formula import parse
    >>> text(parse("x * ( 1 + exp( -x ) ) ** 2"))
    'x*(1 + exp(-x))**2'
    """

    def leaf(node: Const | Symbol) -> Printed:
        content = node.name if isinstance(node, Symbol) else number(node.value)
        return Printed(content, SIGN if content.startswith("-") else ATOM, ("(", ")"))

    def join(name: str, args: list[Printed]) -> Printed:
        op = OPS[name]
        content = op.text(*args) if op.text else f"{name}({', '.join(args)})"
        return Printed(content, op.level if op.text else ATOM, ("(", ")"))

    return str(fold(expr, leaf, join))


def latex(expr: Expr) -> str:
    """Return `expr` in LaTeX.

    >>> from actscope.formula import parse
    >>> print(latex(parse("x*sigmoid(beta*x)")))
    x \\sigma\\left(\\beta x\\right)
    """

    def leaf(node: Const | Symbol) -> Printed:
        content = latex_name(node.name) if isinstance(node, Symbol) else latex_number(node.value)
        return Printed(content, SIGN if content.startswith("-") else ATOM, (r"\left(", r"\right)"))

    def join(name: str, args: list[Printed]) -> Printed:
        op = OPS[name]
        level = op.level if op.latex_level is None else op.latex_level
        return Printed(op.latex(*args), level, (r"\left(", r"\right)"))

    return str(fold(expr, leaf, join))


def number(value: float) -> str:
    """Return the shortest text that reads back as `value`; whole numbers without a point.

    >>> number(2.0), number(0.044715), number(math.pi)
    ('2', '0.044715', 'pi')
    """
    if abs(value) == math.pi:
        return "pi" if value > 0 else "-pi"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return "-0" if value == 0 and math.copysign(1.0, value) < 0 else str(int(value))
    return repr(value)


def latex_number(value: float) -> str:
    r"""Return `number` in LaTeX, with powers of ten written out.

    >>> print(latex_number(2.5e-30), latex_number(math.pi))
    2.5 \cdot 10^{-30} \pi
    """
    mantissa, e, exponent = number(value).replace("pi", r"\pi").partition("e")
    if not e:
        return mantissa
    return rf"10^{{{int(exponent)}}}" if mantissa == "1" else rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def latex_name(name: str) -> str:
    """Return a symbol in LaTeX: Greek letters as such, longer names upright.

    >>> latex_name("beta"), latex_name("x"), latex_name("negative_slope")
    ('\\\\beta', 'x', '\\\\mathrm{negative\\\\_slope}')
    """
    if name in GREEK:
        return "\\" + name
    if len(name) == 1:
        return name
    return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
