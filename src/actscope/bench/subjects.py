"""What a bench looks at: an activation's value, its slope, its partial derivatives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..catalogue import Activation
from ..errors import SettingError, did_you_mean
from ..formula import Expr, substitute

Kind = Literal["value", "slope", "partials"]
KINDS: tuple[Kind, ...] = ("value", "slope", "partials")


@dataclass(frozen=True, slots=True)
class Subject:
    """One function of one number, or of a gated activation's two, at the default parameters."""

    activation: Activation
    kind: str
    """value, slope, or a partial derivative such as d/dbeta."""

    @property
    def by(self) -> str | None:
        """The input or parameter that a partial derivative is taken by."""
        return self.kind.removeprefix("d/d") if self.kind.startswith("d/d") else None

    @property
    def formula(self) -> Expr:
        """The formula with the default parameters filled in."""
        activation = self.activation
        declared = activation.formula if self.kind == "value" else activation.partial(self.by or "x")
        return substitute(declared, dict(activation.defaults))

    @property
    def name(self) -> str:
        """The activation's name and the kind, for messages."""
        return f"{self.activation.name} {self.kind}"


def subjects(activations: Iterable[Activation], kinds: Sequence[str] = KINDS) -> tuple[Subject, ...]:
    """Return what there is to measure of the activations; those that act on rows have nothing of one number.

    Raises SettingError for a kind that does not exist.

    >>> from actscope.catalogue import get
    >>> [subject.name for subject in subjects([get("tanh"), get("softmax")])]
    ['tanh value', 'tanh slope']
    """
    for kind in kinds:
        if kind not in KINDS:
            raise SettingError(f"no kind is called {kind!r}{did_you_mean(kind, KINDS)}; there are {', '.join(KINDS)}")
    found = []
    for activation in activations:
        if activation.rowwise:
            continue
        names = ["value"] if "value" in kinds else []
        names += ["slope"] if "slope" in kinds and activation.pointwise else []
        if "partials" in kinds:
            by = [*(activation.inputs if activation.gated else ()), *_learnable(activation)]
            names += [f"d/d{name}" for name in by]
        found += [Subject(activation, name) for name in names]
    return tuple(found)


def _learnable(activation: Activation) -> list[str]:
    return [parameter.name for parameter in activation.parameters if parameter.learnable]
