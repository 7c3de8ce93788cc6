"""The records of the catalogue. They hold what we choose; all else is derived; a declaration is checked when built."""

import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..errors import DeclarationError, ParameterError, did_you_mean
from ..formula import Expr, Symbol, derivative, latex, simplify, substitute, symbols
from ..formula.ops import is_rowwise, where
from .properties import Properties, kinks_of, properties_of

# What a formula reads as the input or a number, and what calls of an activation take beside its parameters.
TAKEN = frozenset({"x", "pi", "e", "axis", "dim", "out"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that shapes an activation, with its bounds."""

    name: str
    default: float
    meaning: str
    above: float = -math.inf
    """The value must be greater than this."""

    @property
    def symbol(self) -> Symbol:
        """The parameter as it stands in a formula."""
        return Symbol(self.name)


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
    slope_at: Mapping[float, float] = field(default_factory=dict, hash=False)
    """The slope at a kink, where it is not the one from the left."""
    convention: str = ""
    """Why the slope at the kinks is what it is; asked for where there are kinks."""
    aliases: tuple[str, ...] = ()
    rowwise: bool = field(init=False, repr=False, compare=False)
    """Whether each output depends on a whole row of inputs, as softmax does."""
    defaults: tuple[tuple[str, float], ...] = field(init=False, repr=False, compare=False)
    """Every parameter's name and default."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rowwise", is_rowwise(self.formula))
        object.__setattr__(self, "defaults", tuple((p.name, float(p.default)) for p in self.parameters))
        _check(self)

    def __hash__(self) -> int:
        return hash((self.name, self.formula))

    def __deepcopy__(self, memo: object) -> "Activation":
        return self

    @property
    def slope_formula(self) -> Expr:
        """The derivative of the formula, with the declared slope at the kinks."""
        return _slope(self.formula, tuple(self.slope_at.items()))

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
        if self.rowwise:
            raise ParameterError(
                f"{self.name} acts on a row of numbers; properties are those of functions of one number"
            )
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
        return {p.name: _checked_value(self.name, p, given.get(p.name, p.default)) for p in self.parameters}


@lru_cache(maxsize=512)
def _slope(formula: Expr, slope_at: tuple[tuple[float, float], ...]) -> Expr:
    slope = derivative(formula)
    x = Symbol("x")
    for kink, value in slope_at:
        # Equality from two strict comparisons: not greater and not less.
        slope = where(x > kink, slope, where(kink > x, slope, value))
    return slope


def _checked_value(activation: str, parameter: Parameter, value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "shape", ()) != ():
        raise ParameterError(f"{activation}: `{parameter.name}` must be a number, but got {value!r}")
    number = float(value)
    if not number > parameter.above or math.isnan(number):
        bound = "a number" if math.isinf(parameter.above) else f"> {parameter.above:g}"
        raise ParameterError(f"{activation}: `{parameter.name}` must be {bound}, but got {value!r}")
    return number


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
        if not parameter.name.isidentifier() or keyword.iskeyword(parameter.name) or parameter.name in TAKEN:
            refuse(f"`parameters` cannot call one {parameter.name!r}; formulas or calls use that name otherwise")
        if not parameter.meaning:
            refuse(f"`parameters` must tell the `meaning` of {parameter.name}")
    declared = {"x", *(parameter.name for parameter in activation.parameters)}
    if (used := symbols(activation.formula)) != declared:
        missing, unused = used - declared, declared - used
        if missing:
            refuse(f"`formula` uses {', '.join(sorted(missing))}, which `parameters` does not declare")
        refuse(f"`formula` does not use {', '.join(sorted(unused))}")
    try:
        activation.bind()
    except ParameterError as error:
        refuse(f"a default in `parameters` is out of its own bounds: {error}")
    if activation.rowwise:
        return
    formula = substitute(activation.formula, dict(activation.defaults))
    kinks, _ = kinks_of(formula, derivative(formula))
    if kinks and not activation.convention:
        refuse(f"`convention` must say why the slope at its kink {kinks[0]:g} is what it is")
    if unknown := set(activation.slope_at) - set(kinks):
        refuse(f"`slope_at` names {min(unknown):g}, where the formula has no kink")
