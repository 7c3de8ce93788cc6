"""A user's own activation as plain data: what a record of an experiment keeps of it, and JSON can hold."""

from dataclasses import dataclass

from ..formula import parse
from .activation import Activation, Paper, Parameter


@dataclass(frozen=True, slots=True)
class Definition:
    """All that makes an activation of one number which is not of the catalogue."""

    name: str
    title: str
    formula: str
    """As it is computed."""
    written: str
    """As its author wrote it."""
    parameters: tuple[Parameter, ...]
    slope_at: tuple[tuple[float, float], ...]
    convention: str
    story: str
    introduced: Paper


def definition_of(activation: Activation) -> Definition:
    """Return an activation of one number as plain data.

    >>> from actscope.catalogue import get
    >>> definition_of(get("silu")).formula
    'x*sigmoid(x)'
    """
    return Definition(
        name=activation.name,
        title=activation.title,
        formula=str(activation.formula),
        written=activation.written,
        parameters=activation.parameters,
        slope_at=tuple(activation.slope_at.items()),
        convention=activation.convention,
        story=activation.story,
        introduced=activation.introduced,
    )


def defined_by(definition: Definition) -> Activation:
    """Return the activation that plain data describe.

    >>> from actscope.catalogue import get
    >>> defined_by(definition_of(get("tanh"))) == get("tanh")
    True
    """
    return Activation(
        name=definition.name,
        title=definition.title,
        formula=parse(definition.formula),
        written=definition.written,
        parameters=definition.parameters,
        slope_at=dict(definition.slope_at),
        convention=definition.convention,
        story=definition.story,
        introduced=definition.introduced,
    )
