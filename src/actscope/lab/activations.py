"""Which activation an experiment is of."""

from ..catalogue import CATALOGUE, Activation, get
from ..catalogue.definition import Definition, defined_by, definition_of
from .records import Experiment


def activation_of(experiment: Experiment) -> Activation:
    """Return the activation of an experiment: the catalogue's, or a user's own.

    >>> from actscope.lab.planning import plan
    >>> activation_of(plan("xor", ["relu"])[0]).title
    'ReLU'
    """
    return get(experiment.activation) if experiment.defined is None else defined_by(experiment.defined)


def own_definition(activation: Activation) -> Definition | None:
    """Return the definition of a user's own activation; None for one of the catalogue, whose name says all.

    >>> from actscope.catalogue.defining import named
    >>> own_definition(named("relu")), own_definition(named("x*tanh(x)")).written
    (None, 'x*tanh(x)')
    """
    # By formula: the callable that `actscope.gelu` is and the catalogue's record differ in their class alone.
    if activation.name in CATALOGUE and CATALOGUE[activation.name].formula == activation.formula:
        return None
    return definition_of(activation)
