"""Which activation an experiment is of."""

from ..catalogue import Activation, get
from ..catalogue.definition import defined_by
from .records import Experiment


def activation_of(experiment: Experiment) -> Activation:
    """Return the activation of an experiment: the catalogue's, or a user's own.

    >>> from actscope.lab.planning import plan
    >>> activation_of(plan("xor", ["relu"])[0]).title
    'ReLU'
    """
    return get(experiment.activation) if experiment.defined is None else defined_by(experiment.defined)
