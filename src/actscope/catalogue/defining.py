"""Activations from formulas in text: read, made stable, put in order at the kinks, declared like any other."""

import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from ..errors import DeclarationError, FormulaError, ParameterError, did_you_mean
from ..formula import Apply, Const, Expr, bounds, derivative, nodes, parse, simplify, substitute, symbols
from ..formula.ops import is_rowwise
from ..formula.precision import Lost, lost_digits
from ..formula.stable import stable
from .activation import Activation, Paper, Parameter, positive_of
from .index import CATALOGUE, get
from .properties import kinks_of
from .properties.pieces import LINE
from .sides import from_the_left, lifted, slopes_from_the_left

LEFT = "the slope from the left, which is taken unless another is given"
GIVEN = "as its author gave it; elsewhere the slope from the left"
MOST_SEARCHES = 600
MOST_PARTS = 30_000
# The longest name that is made of a formula.
_LONGEST = 32
_SIGNS = {"**": " pow ", "+": " plus ", "-": " minus ", "/": " over ", "*": " "}


def define(
    name: str,
    formula: str | Expr,
    /,
    *,
    inputs: tuple[str, ...] = ("x",),
    slope_at: Mapping[float, float] | None = None,
    convention: str = "",
    title: str = "",
    story: str = "",
    introduced: Paper | None = None,
    aliases: tuple[str, ...] = (),
    **parameters: float | Parameter,
) -> Activation:
    """Return the activation that a formula describes, with equal rights to those of the catalogue.

    `formula` is a text in ordinary notation (see `formula.parse`) or an Expr, in x, or in two `inputs` for a gated
    activation, and in `parameters`: each is given its default, a number, or a `Parameter` with bounds and meaning. What
    overflows or cancels in the formula or its slope is rewritten where a rule is known. At a kink the slope is the one
    from the left, unless `slope_at` gives another. `title`, `story` and `introduced` are for cards and reports. Nothing
    is registered: the record itself goes wherever a name goes.

    Raises FormulaError, with the place marked, if the formula cannot be read or its slope is too large, and
    DeclarationError if the rest does not fit together.

    >>> str(define("my_mish", "x*tanh(log(1 + exp(x)))").formula)
    'x*tanh_softplus(x)'
    >>> mine = define("steep", "x*sigmoid(beta*x)", beta=Parameter("beta", 2.0, "steepness", above=0.0))
    >>> mine.defaults, str(mine.partial("beta"))
    ((('beta', 2.0),), 'x*x*logistic_pdf(beta*x)')
    """
    _check_name(name, *aliases)
    declared = tuple(_parameter(name, key, value) for key, value in parameters.items())
    known = {*inputs, *parameters}
    read = formula if isinstance(formula, Expr) else parse(formula, known=known)
    for key in parameters:
        if key not in symbols(read):
            near = did_you_mean(key, symbols(read) - known)
            raise DeclarationError(f"{name}: {key} is given a value, but the formula {read} has no {key}{near}")
    written = formula if isinstance(formula, str) else str(formula)
    title = title or name.replace("_", " ").title()
    if (taken := re.sub(r"\W", "", title)) in {other.class_name for other in CATALOGUE}:
        raise DeclarationError(f"{name}: the catalogue has a module class {taken} already; give another `title`")
    values = {parameter.name: float(parameter.default) for parameter in declared}
    result = stable(read, positive_of(declared))
    slopes = _slopes(name, slope_at)
    if inputs == ("x",) and symbols(result) == known and not is_rowwise(result):
        result = lifted(result)
        _check_edges(name, simplify(substitute(result, values)))
        result = from_the_left(result, values)
        filled = simplify(substitute(result, values))
        kinks, _ = kinks_of(filled, derivative(filled))
        slopes = {**slopes_from_the_left(result, values), **_at_kinks(name, slopes, kinks)}
        convention = convention or (GIVEN if slope_at else LEFT if kinks else "")
    return Activation(
        name=name,
        title=title,
        formula=result,
        written=written,
        parameters=declared,
        inputs=inputs,
        slope_at=slopes,
        convention=convention,
        introduced=introduced or Paper("defined by you", date.today().year, title, "actscope.define"),
        story=story or f"Defined as {written}. What it does to a network is there to be found out.",
        aliases=aliases,
    )


def named(text: str, **parameters: float | Parameter) -> Activation:
    """Return the activation of the catalogue that `text` names, or define the one whose formula it is.

    A formula gets a name of its own. Raises UnknownActivationError for a single word that is no name, which is what a
    slip of the pen looks like, and what `define` raises for a formula.

    >>> named("swish").name, named("x*tanh(x)").name, named("x*sigmoid(beta*x)", beta=1.5).defaults
    ('swish', 'x_tanh_x', (('beta', 1.5),))
    """
    if text in CATALOGUE or (re.fullmatch(r"\s*\w+\s*", text) and text.strip() != "x"):
        return get(text.strip())
    name = name_of(text)
    title = " ".join(text.split())
    options: dict[str, Any] = {"title": title if title[:1].isalpha() else f"f(x) = {title}", **parameters}
    return define(name, text, **options)


def name_of(formula: str) -> str:
    """Return a name for an activation that has only a formula.

    >>> name_of("x*tanh(x)"), name_of("2*x + 1"), name_of("x/(1 + exp(-1.702*x)) - 0.5*x**2")
    ('x_tanh_x', 'f_2_x_plus_1', 'x_over_1_plus_exp_minu_7641d5c5')
    """
    words = formula.lower()
    for sign, word in _SIGNS.items():
        words = words.replace(sign, word)
    name = "_".join(re.findall(r"[a-z0-9]+", words)) or "f"
    if not name[0].isalpha():
        name = f"f_{name}"
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 10]}_{zlib.crc32(formula.encode()):08x}"
    return f"f_{name}" if name in CATALOGUE else name


@lru_cache(maxsize=256)
def lost_digits_of(
    activation: Activation, bound: tuple[tuple[str, float], ...] | None = None
) -> dict[str, tuple[Lost, ...]]:
    """Return where the value and the slope of an activation may lose digits of a float32, or are nan.

    `bound` gives every parameter its value; without it they have their defaults. Only functions of one number are
    looked at; see `formula.precision.lost_digits`.

    >>> {kind: [str(one) for one in found] for kind, found in lost_digits_of(define("bits", "log(x)")).items()}
    {'value': ['is nan for x from -infinity to -2.8e-45, in log(x)'], 'slope': []}
    """
    if not activation.pointwise:
        return {"value": (), "slope": ()}
    values = dict(activation.defaults if bound is None else bound)
    return {"value": lost_digits(activation.formula, values), "slope": lost_digits(activation.slope_formula, values)}


def warning_of(activation: Activation) -> str:
    """Return what `lost_digits_of` found in a sentence, at most two stretches each; "" if there is none."""
    told = [
        f"the {kind} {'; it '.join(str(one) for one in found[:2])}" + ("; and elsewhere" if found[2:] else "")
        for kind, found in lost_digits_of(activation).items()
        if found
    ]
    return f"{activation.name}: {'; '.join(told)}" if told else ""


def _check_name(name: str, *aliases: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise DeclarationError(
            f"the name of an activation is lower-case letters, digits and underscores, such as 'bent', not {name!r}"
        )
    for one in (name, *aliases):
        if one in CATALOGUE:
            raise DeclarationError(f"the catalogue has an activation called {one!r}; call yours 'my_{one}', say")


def _check_edges(name: str, formula: Expr) -> None:
    """Refuse a formula with so many choices and divisions that finding all its kinks would take seconds."""
    edges = [
        node.args[-1] if node.op == "div" else node.args[0] - node.args[1] if node.op == "greater" else node.args[0]
        for node in nodes(formula)
        if isinstance(node, Apply) and node.op in ("greater", "abs", "div", "log", "log1p", "sqrt")
    ]
    slopes = [derivative(edge) for edge in edges if 0.0 in bounds(edge, x=LINE)]
    # Where a straight line is 0 is known at once; where a curve is, is searched for between all the others.
    curves = sum(not isinstance(slope, Const) for slope in slopes)
    lines = sum(isinstance(slope, Const) and slope.value != 0 for slope in slopes)
    if curves * (curves + lines) > MOST_SEARCHES or (curves + lines) * len(nodes(formula)) > MOST_PARTS:
        raise FormulaError(
            f"{name}: the formula has too many choices, divisions and roots ({curves + lines}) to find all its kinks; "
            "write it with fewer"
        )


def _parameter(activation: str, name: str, value: float | Parameter) -> Parameter:
    meaning = f"{name} in the formula"
    if isinstance(value, Parameter):
        if value.name != name:
            raise DeclarationError(f"{activation}: the parameter given as {name} calls itself {value.name!r}")
        return value if value.meaning else replace(value, meaning=meaning)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParameterError(f"{activation}: `{name}` must be a finite number or a Parameter, but got {value!r}")
    return Parameter(name, default=float(value), meaning=meaning)


def _slopes(name: str, slope_at: object) -> dict[float, float]:
    """Return the slopes that are given at kinks, as numbers."""
    if slope_at is None:
        return {}
    try:
        if isinstance(slope_at, Mapping):
            return {float(kink): float(slope) for kink, slope in slope_at.items()}
    except (TypeError, ValueError):
        pass
    told = f"{{0.0: {slope_at!r}}}" if isinstance(slope_at, int | float) else "{0.0: 0.5}"
    raise DeclarationError(f"{name}: `slope_at` must give slopes by kink, as {told}, but got {slope_at!r}")


def _at_kinks(name: str, slopes: Mapping[float, float], kinks: tuple[float, ...]) -> dict[float, float]:
    """Return the given slopes at the kinks themselves: who writes 1.414 means the kink at sqrt(2)."""
    found = {}
    for given, slope in slopes.items():
        near = [kink for kink in kinks if abs(kink - given) <= 1e-3 * max(1.0, abs(given))]
        if not near:
            told = ", ".join(f"{kink:g}" for kink in kinks) or "none"
            raise DeclarationError(f"{name}: `slope_at` names {given:g}, but the formula's kinks are: {told}")
        found[min(near, key=lambda kink: abs(kink - given))] = slope
    return found
