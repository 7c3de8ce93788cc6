"""Text becomes the formula that it writes, or an error that marks the place; never code that runs."""

import builtins
import math
import os
import time

import mpmath as mp
import pytest

from actscope.errors import FormulaError
from actscope.formula import Const, Expr, Symbol, derivative, evaluate, fold, parse, symbols, text
from actscope.formula.parse import DEEPEST, LONGEST

# Python reads the right-hand side with mpmath's functions: another reader, another arithmetic.
PYTHON = {
    **{name: getattr(mp, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "cos", "sin", "pi", "e")},
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "sech2": lambda u: 1 / mp.cosh(u) ** 2,
    "normal_cdf": mp.ncdf,
    "normal_pdf": mp.npdf,
    "Phi": mp.ncdf,
    "where": lambda condition, a, b: a if condition else b,
    "abs": abs,
    "max": max,
    "min": min,
}
RIGHT = [
    "x",
    "2",
    "-x**2",
    "(-x)**2",
    "x - 1 - 2",
    "x - (1 - 2)",
    "x/2/3",
    "x/(2/3)",
    "2*x**-2",
    "-2**2",
    "+x",
    "--x",
    "x--1",
    "1.5e-3*x",
    "1_000*x",
    "0x10*x",
    ".5*x + 2.",
    "pi*x + e",
    "x*sigmoid(alpha*x)",
    "where(x > 0, x, alpha*expm1(x))",
    "where(x < 0, 1, 2)",
    "where(x >= 0.5, 1, 2)",
    "where(x <= 0.5, 1, 2)",
    "where(0 > x, where(x < -1, 1, 2), 3)",
    "max(x, 0) + min(x, 0.25) - max(0, x)",
    "abs(x)*sqrt(x**2 + 1)",
    "x*tanh(softplus(x))",
    "x*Phi(x) + normal_cdf(x)*normal_pdf(x) - sech2(x)",
    "log(1 + exp(x)) - log1p(exp(x))",
    "cos(x)**2 + sin(x)**2",
    "  x  *\n\t( x + 1 )  ",
    "(((((x)))))",
]


@pytest.mark.parametrize("written", RIGHT)
@pytest.mark.parametrize("x", [-1.75, -0.5, 0.0, 0.5, 2.25])
def test_a_formula_means_what_it_says(written, x):
    if x == 0 and "**-2" in written:
        return
    expected = eval(" ".join(written.split()), PYTHON, {"x": mp.mpf(x), "alpha": mp.mpf("0.75")})
    assert math.isclose(float(evaluate(parse(written), x=x, alpha=0.75)), float(expected), rel_tol=1e-13, abs_tol=1e-15)


def test_the_reading_oracle_bites():
    assert float(evaluate(parse("-x**2"), x=2.0)) != eval("(-x)**2", PYTHON, {"x": mp.mpf(2)})


def test_where_is_wrong_on_neither_side_of_its_boundary():
    for comparison, expected in {">": (2, 2, 1), ">=": (2, 1, 1), "<": (1, 2, 2), "<=": (1, 1, 2)}.items():
        formula = parse(f"where(x {comparison} 0.5, 1, 2)")
        assert tuple(int(evaluate(formula, x=x)) for x in (0.25, 0.5, 0.75)) == expected


def test_names_are_symbols_except_pi_and_e():
    assert symbols(parse("x + beta + negative_slope + _q1")) == {"x", "beta", "negative_slope", "_q1"}
    assert parse("pi") == Const(math.pi)
    assert parse("e") == Const(math.e)


@pytest.mark.parametrize(
    ("written", "problem", "place"),
    [
        ("x*sigmod(x)", "no function is called 'sigmod', did you mean 'sigmoid'?", 2),
        ("x*Tanh(x)", "no function is called 'Tanh', did you mean 'tanh'?", 2),
        ("wher(x > 0, 1, 2)", "no function is called 'wher', did you mean 'where'?", 0),
        ("zzz(x)", "no function is called 'zzz'\n", 0),
        ("pi(x)", "no function is called 'pi', did you mean 'Phi'\\?\n", 0),
        ("x + exp(x, 1)", "exp takes 1 argument, but got 2", 4),
        ("max(x)", "max takes 2 arguments, but got 1", 0),
        ("exp()", "exp takes 1 argument, but got 0", 0),
        ("where(x, 1, 2)", "where needs a comparison first", 6),
        ("where(x == 0, 1, 2)", "where needs a comparison first", 6),
        ("where(0 < x < 1, 1, 2)", "where needs a comparison first", 6),
        ("where(x > 0, 1)", "where takes 3 arguments, a condition and two formulas, but got 2", 0),
        ("1 + (x > 0)", "a comparison stands only in where", 5),
        ("x^2", "a power is written \\*\\*, not \\^", 0),
        ("x**0.5", "an exponent is a whole number from -64 to 64; write sqrt", 3),
        ("x**y", "an exponent is a whole number", 3),
        ("x**65", "an exponent is a whole number", 3),
        ("x**True", "an exponent is a whole number", 3),
        ("9**9**9", "an exponent is a whole number", 3),
        ("x + ", "the formula cannot be read", 3),
        ("(x", "the formula cannot be read", 0),
        ("x)", "the formula cannot be read", 1),
        ("x) + (x", "the formula cannot be read", 1),
        ("x x", "the formula cannot be read", 2),
        ("2 + $", "the formula cannot be read", 4),
        ("x = 1", "the formula cannot be read", 2),
        ("x; x", "the formula cannot be read", 1),
        ("   x*sigmod(x)", "no function is called 'sigmod'", 2),
        ("x\n*\nsigmod(x)", "no function is called 'sigmod'", 4),
        ("2*True", "True is not a number", 2),
        ("None", "None is not a number", 0),
        ("x*'x'", "'x' is not a number", 2),
        ("1e999*x", "this number is too large", 0),
        ("x - -1e999", "this number is too large", 4),
        ("9" * 400, "this number is too large", 0),
        ("2*\N{GREEK SMALL LETTER PI}", r"'\\u03c0' is not part of a formula; write names in plain letters", 2),
        ("x # note", "'#' is not part of a formula", 2),
        ("", "the formula is empty", None),
        (" \n\t ", "the formula is empty", None),
    ],
)
def test_an_error_says_what_and_marks_where(written, problem, place):
    with pytest.raises(FormulaError, match=problem) as caught:
        parse(written)
    if place is not None:
        *_, line, mark = str(caught.value).split("\n")
        assert line[2:] == " ".join(written.strip().splitlines())[:120]
        assert mark == " " * (2 + place) + "^"


def test_the_mark_stays_in_sight_in_a_long_formula():
    written = "x + " * 300 + "sigmod(x)"
    with pytest.raises(FormulaError) as caught:
        parse(written[-240:])
    *_, line, mark = str(caught.value).split("\n")
    assert len(line) <= 122
    assert line[mark.index("^") :].startswith("sigmod")


HOSTILE = {
    "import": "__import__('os').system('touch intruder')",
    "import statement": "import os",
    "exec": "exec('raise SystemExit')",
    "open": "open('intruder', 'w')",
    "many parentheses": "(" * 10_000 + "x" + ")" * 10_000,
    "parentheses": "(" * 900 + "x" + ")" * 900,
    "only opening": "(" * 1_999,
    "long sum": "+".join(["x"] * 1_000),
    "long text": "x" * 100_000,
    "signs": "-" * 1_999 + "x",
    "powers": "**".join(["9"] * 600),
    "calls": "exp(" * 300 + "x" + ")" * 300,
    "choices": "where(x > 0, " * 120 + "x" + ", 1)" * 120,
    "comparisons": "where(" + "(" * 80 + "x" + "+1)" * 80 + " > 0, 1, 2)",
    "lambda": "lambda: 1",
    "called lambda": "(lambda: x)()",
    "attribute": "x.__class__",
    "attribute of number": "(1).__class__.__bases__[0].__subclasses__()",
    "method": "exp.__call__(x)",
    "subscript": "x[0]",
    "f-string": "f'{x}'",
    "nested f-string": "f'{__import__(\"os\").getcwd()}'",
    "walrus": "(y := x)",
    "walrus in where": "where((y := 1) > 0, 1, 2)",
    "list": "[x for x in range(10)]",
    "generator": "sum(x for x in (1, 2))",
    "set": "{x}",
    "dict": "{**x}",
    "star": "exp(*x)",
    "keyword": "exp(u=x)",
    "double star": "exp(**x)",
    "tuple": "x, x",
    "await": "await x",
    "yield": "(yield x)",
    "if": "x if x else 1",
    "boolean": "x and 1",
    "not": "not x",
    "invert": "~x",
    "modulo": "x % 2",
    "floor": "x // 2",
    "matrix": "x @ x",
    "shift": "1 << 1000000",
    "complex": "1j*x",
    "dots": "...",
    "bytes": "b'x'",
    "null": "x\0",
    "only null": "\0",
    "escape": "x\\",
    "backquote": "`x`",
    "quote": "'''",
    "infinite": "1e999",
    "huge": "9" * 1_999,
    "huge hexadecimal": "0x" + "f" * 1_990,
    "Cyrillic x": "\N{CYRILLIC SMALL LETTER HA} + 1",
    "full-width exp": "\N{FULLWIDTH LATIN SMALL LETTER E}xp(x)",
    "superscript": "x\N{SUPERSCRIPT TWO}",
    "minus sign": "x \N{MINUS SIGN} 1",
    "zero width": "x\N{ZERO WIDTH SPACE}",
    "byte order mark": "\ufeffx",
    "right to left": "\u202ex",
    "surrogate": "\ud800",
    "nan": "nan*inf(x)",
    "decorator": "@x",
    "type comment": "x # type: ignore",
    "encoding": "# coding: utf-7\nx",
}


@pytest.mark.parametrize("written", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_at_once_and_never_run(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("eval", "exec", "open", "__import__"):
        real = getattr(builtins, name)
        monkeypatch.setattr(
            builtins, name, lambda *args, name=name, real=real, **named: _only_for_us(name, real, args, named)
        )
    started = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        parse(written)
    assert time.perf_counter() - started < 1.0
    str(caught.value).encode("ascii", "strict" if written.isascii() else "replace")
    assert not os.listdir(tmp_path)


def _only_for_us(name, real, args, named):
    if name in ("eval", "exec") or (args and args[0] in ("os", "intruder")):
        raise AssertionError(f"{name}{args} was run")
    return real(*args, **named)


@pytest.mark.parametrize(
    "written",
    [
        "+".join(["x"] * DEEPEST),
        "exp(" * 40 + "x" + ")" * 40,
        ("x*" * 59 + "x").ljust(LONGEST),
        "(" * 100 + "x" + ")" * 100,
    ],
)
def test_what_is_long_but_allowed_can_be_read_and_differentiated(written):
    formula = parse(written)
    assert isinstance(derivative(formula), Expr)
    assert parse(text(formula)) == formula


def test_what_is_no_text_is_no_formula():
    for thing in (5, None, Symbol("x")):
        with pytest.raises(TypeError):
            parse(thing)


def test_a_fold_refuses_what_is_no_formula():
    with pytest.raises(TypeError, match="not a formula: 'x'"):
        fold("x", lambda node: node, lambda op, _: op)
