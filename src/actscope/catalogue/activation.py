"""The records of the catalogue. They hold what we choose; all else is derived; a declaration is checked when built."""

import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from ..errors import DeclarationError, ParameterError, did_you_mean
from ..formula import Expr, Symbol, derivative, latex, simplify, substitute, symbols
from ..formula.ops import is_rowwise, where
from ..formula.rowwise import sees_elements
from .properties import Properties, kinks_of, properties_of

# What a formula reads as the input or a number, what calls and modules take beside the parameters, and what compiled
# code calls its own: gradients, outputs, sums of rows.
TAKEN = frozenset({"x", "pi", "e", "axis", "dim", "out", "bias", "training", "activation", "self"})
TAKEN |= {"channels", "device", "dtype", "g", "kept"}
_ELSE = "formulas, calls or compiled code use that name otherwise"
_NUMBERED = re.compile(r"(out|row)\d+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that shapes an activation, with its bounds."""

    name: str
    default: float
    meaning: str = ""
    """What it does, in a few words; the catalogue's all have one."""
    above: float = -math.inf
    """The value must be greater than this."""
    at_least: float = -math.inf
    at_most: float = math.inf
    whole: bool = False
    """Whether the value must be a whole number, as a count is."""
    infinite: bool = False
    """Whether infinity is a value, as for the temperature of softmax."""
    learnable: bool = False
    """Whether a network learns it: modules keep it as a torch parameter, one number or one per channel."""

    @property
    def symbol(self) -> Symbol:
        """The parameter as it stands in a formula."""
        return Symbol(self.name)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What training draws at random, anew for each element of each call."""

    formula: Expr
    """The formula in training, with the drawn number in it; outside training the activation's own formula holds."""
    symbol: str
    """The drawn number, uniform between two parameters:"""
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Who introduced an activation, and where."""

    authors: str
    year: int
    title: str
    where: str
    """Journal, proceedings, or an identifier such as arXiv:1606.08415."""

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}), {self.title}, {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An activation function as declared: its formula and the choices that no formula tells.

    Two activations are equal if their declarations are. A declaration that is incomplete or contradicts itself
    raises DeclarationError, which names the activation and what is missing.
    """

    name: str
    title: str
    """As the literature writes it; without blanks it is the name of the module class."""
    formula: Expr
    introduced: Paper
    story: str
    """Two sentences: what it was made for, and what it does to a network."""
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[str, ...] = ("x",)
    """The symbols of the formula that are data: x, or the two inputs of a gated activation."""
    ordered: tuple[str, str] | None = None
    """Two parameters of which the first must not exceed the second."""
    drawn: Drawn | None = None
    """What is random in training, as the slopes of RReLU."""
    row_length: str | None = None
    """The parameter that says how many inputs make a row, where a longer axis is cut into rows, as in maxout."""
    by_output: Expr | None = None
    """For a row: the gradient in terms of the output y and its gradient g, where that is shorter than through x."""
    slope_at: Mapping[float, float] = field(default_factory=dict, hash=False)
    """The slope at a kink, where it is not the one from the left."""
    convention: str = ""
    """Why the slope at the kinks is what it is; asked for where there are kinks."""
    aliases: tuple[str, ...] = ()
    written: str = ""
    """The formula as its author wrote it, where the activation was made with `define`; its slopes are rewritten too."""
    rowwise: bool = field(init=False, repr=False, compare=False)
    """Whether each output depends on a whole row of inputs, as softmax does."""
    pointwise: bool = field(init=False, repr=False, compare=False)
    """Whether it is a function of one number."""
    pooled: bool = field(init=False, repr=False, compare=False)
    """Whether a row gives a single output, as in maxout."""
    defaults: tuple[tuple[str, float], ...] = field(init=False, repr=False, compare=False)
    """Every parameter's name and default."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rowwise", is_rowwise(self.formula))
        object.__setattr__(self, "pointwise", self.inputs == ("x",) and not self.rowwise)
        object.__setattr__(self, "pooled", self.rowwise and not sees_elements(self.formula))
        object.__setattr__(self, "_hash", hash((self.name, self.formula)))
        object.__setattr__(self, "defaults", tuple((p.name, float(p.default)) for p in self.parameters))
        _check(self)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Callable[..., "Activation"], tuple[Any, ...]]:
        # Built anew where it lands: hashes of strings differ from process to process.
        return _declared, (type(self), {fact.name: getattr(self, fact.name) for fact in fields(self) if fact.init})

    def __deepcopy__(self, memo: object) -> "Activation":
        return self

    @property
    def gated(self) -> bool:
        """Whether it takes two inputs, of which one opens a gate for the other."""
        return len(self.inputs) == 2

    @property
    def slope_formula(self) -> Expr:
        """The derivative of the formula, with the declared slope at the kinks."""
        return _slope(self._derivative("x"), tuple(self.slope_at.items()))

    def partial(self, name: str) -> Expr:
        """Return the derivative of the formula with respect to an input or a parameter.

        >>> from actscope.catalogue import get
        >>> str(get("prelu").partial("weight"))
        'where(x > 0, 0, x)'
        """
        return self.slope_formula if name == "x" else self._derivative(name)

    def _derivative(self, name: str) -> Expr:
        found = derivative(self.formula, name)
        if not self.written:
            return found
        # Loaded for users' formulas alone: the slopes of the catalogue need no rewriting, as a test makes sure.
        from ..formula.stable import stable

        return stable(found, positive_of(self.parameters))

    @property
    def class_name(self) -> str:
        """The name of the module class, PyTorch's where it has the activation."""
        return re.sub(r"\W", "", self.title)

    @property
    def properties(self) -> Properties:
        """What follows from the formula at the default parameters."""
        return self.properties_at()

    def properties_at(self, **parameters: float) -> Properties:
        """Return what follows from the formula at other parameters."""
        if not self.pointwise:
            acts = "acts on a row of numbers" if self.rowwise else "takes two inputs"
            raise ParameterError(f"{self.name} {acts}; properties are those of functions of one number")
        values = self.bind(**parameters)
        return properties_of(
            simplify(substitute(self.formula, values)), simplify(substitute(self.slope_formula, values))
        )

    def latex(self) -> str:
        """Return the formula in LaTeX."""
        return latex(self.formula)

    def slope_latex(self) -> str:
        """Return the slope in LaTeX."""
        return latex(self.slope_formula)

    def bind(self, **given: float) -> dict[str, float]:
        """Return every parameter's value: the given one if it is within bounds, or else the default."""
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                known = f"its parameters are {', '.join(names)}" if names else "it has none"
                raise ParameterError(f"{self.name} has no parameter {name!r}{did_you_mean(name, names)}; {known}")
        bound = {p.name: _checked_value(self.name, p, given.get(p.name, p.default)) for p in self.parameters}
        if self.ordered and bound[self.ordered[0]] > bound[self.ordered[1]]:
            low, high = self.ordered
            raise ParameterError(
                f"{self.name}: `{low}` must not exceed `{high}`, but got {low}={bound[low]:g}, {high}={bound[high]:g}"
            )
        return bound


def _declared(kind: type[Activation], facts: dict[str, Any]) -> Activation:
    return kind(**facts)


@lru_cache(maxsize=512)
def _slope(slope: Expr, slope_at: tuple[tuple[float, float], ...]) -> Expr:
    x = Symbol("x")
    for kink, value in slope_at:
        # Equality from two strict comparisons: not greater and not less.
        slope = where(x > kink, slope, where(kink > x, slope, value))
    return simplify(slope)


def _checked_value(activation: str, parameter: Parameter, value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "shape", ()) != ():
        several = "; several go in an array or tensor, as numpy.array(...)" if isinstance(value, list | tuple) else ""
        raise ParameterError(f"{activation}: `{parameter.name}` must be a number, but got {value!r}{several}")
    number = float(value)
    if not within_bounds(parameter, number):
        raise ParameterError(f"{activation}: `{parameter.name}` must be {bounds_of(parameter)}, but got {value!r}")
    return number


def within_bounds(parameter: Parameter, number: float) -> bool:
    """Return whether the parameter may have this value."""
    return (
        number > parameter.above
        and parameter.at_least <= number <= parameter.at_most
        and (math.isfinite(number) or (parameter.infinite and not math.isnan(number)))
        and (not parameter.whole or number == int(number))
    )


def positive_of(parameters: Iterable[Parameter]) -> frozenset[str]:
    """Return the names of the parameters that are never 0 or below."""
    return frozenset(parameter.name for parameter in parameters if parameter.above >= 0 or parameter.at_least > 0)


def bounds_of(parameter: Parameter) -> str:
    """Return the values that a parameter may have, in words.

    >>> bounds_of(Parameter("alpha", 1.0, "depth", above=0.0))
    'a number > 0'
    """
    limits = [(">", parameter.above), (">=", parameter.at_least), ("<=", parameter.at_most)]
    kind = "a whole number" if parameter.whole else "a number" if parameter.infinite else "a finite number"
    told = [f"{sign} {bound:g}" for sign, bound in limits if math.isfinite(bound)]
    return f"{kind} {' and '.join(told)}".replace("a finite number >", "a number >") if told else kind


def _is_taken(name: str) -> bool:
    return name in TAKEN or _NUMBERED.fullmatch(name) is not None


def _check(activation: Activation) -> None:
    def refuse(problem: str) -> None:
        raise DeclarationError(f"activation {activation.name!r}: {problem}")

    if not re.fullmatch(r"[a-z][a-z0-9_]*", activation.name):
        refuse("`name` must be lower-case letters, digits and underscores")
    if not activation.class_name.isidentifier():
        refuse(f"`title` must begin with a letter, but is {activation.title!r}")
    if len(re.findall(r"[.?!](?:\s|$)", activation.story)) < 2:
        refuse("`story` must tell in two sentences what it was made for and what it does to a network")
    for fact in ("authors", "year", "title", "where"):
        if not getattr(activation.introduced, fact):
            refuse(f"`introduced` must tell the paper's `{fact}`")
    for parameter in activation.parameters:
        if not parameter.name.isidentifier() or keyword.iskeyword(parameter.name) or _is_taken(parameter.name):
            refuse(f"`parameters` cannot call one {parameter.name!r}; {_ELSE}")
        if not parameter.meaning:
            refuse(f"`parameters` must tell the `meaning` of {parameter.name}")
        if parameter.name in activation.inputs:
            refuse(f"`parameters` cannot call one {parameter.name!r}; it is one of the inputs")
    named = {parameter.name: parameter for parameter in activation.parameters}

    def declared_in(fact: str, *names: str) -> None:
        for name in names:
            if name not in named:
                refuse(f"`{fact}` names {name}, which `parameters` does not declare")

    if activation.inputs != ("x",) and (activation.rowwise or len(set(activation.inputs)) != 2):
        refuse(f"`inputs` must be ('x',), or two names for a gated activation, but are {activation.inputs}")
    for name in activation.inputs:
        if name != "x" and _is_taken(name):
            refuse(f"`inputs` cannot call one {name!r}; {_ELSE}")
    declared_in("ordered", *activation.ordered or ())
    if drawn := activation.drawn:
        declared_in("drawn", drawn.low, drawn.high)
        if symbols(drawn.formula) - named.keys() != {drawn.symbol, *activation.inputs}:
            refuse(f"`drawn` must have a formula of {', '.join(sorted({drawn.symbol, *activation.inputs}))}")
    if activation.row_length is not None:
        if not activation.pooled:
            refuse("`row_length` is for an activation that gives one output per row, as maxout does")
        declared_in("row_length", activation.row_length)
        length = named[activation.row_length]
        if not (length.whole and length.at_least >= 1):
            refuse(f"`row_length` must be a whole number >= 1, but {length.name} may be {bounds_of(length)}")
    declared = {*activation.inputs, *named} - {activation.row_length}
    if (used := symbols(activation.formula)) != declared:
        missing, unused = used - declared, declared - used
        if missing:
            refuse(f"`formula` uses {', '.join(sorted(missing))}, which `parameters` does not declare")
        refuse(f"`formula` does not use {', '.join(sorted(unused))}")
    try:
        activation.bind()
    except ParameterError as error:
        refuse(f"a default in `parameters` is out of its own bounds: {error}")


def check_kinks(activation: Activation) -> None:
    """Raise DeclarationError unless the slopes at the kinks are explained, and declared nowhere else.

    Finding kinks takes as long as all else that is checked; so it is not done whenever the catalogue is loaded.
    """
    if not activation.pointwise:
        return
    formula = substitute(activation.formula, dict(activation.defaults))
    kinks, _ = kinks_of(formula, derivative(formula))
    if kinks and not activation.convention:
        told = f"`convention` must say why the slope at its kink {kinks[0]:g} is what it is"
    elif unknown := set(activation.slope_at) - set(kinks):
        told = f"`slope_at` names {min(unknown):g}, where the formula has no kink"
    else:
        return
    raise DeclarationError(f"activation {activation.name!r}: {told}")
