"""From experiments to networks that can be trained."""

from collections.abc import Sequence

from ...errors import missing_extra
from ..activations import activation_of
from ..records import Experiment
from .plain import ARCHITECTURES, Shape

try:
    from torch import nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from .alone import Alone
from .chain import Chain
from .own import build
from .together import Stack


def network(experiment: Experiment, shape: Shape) -> nn.Module:
    """Return the network of an experiment as it starts."""
    activation = activation_of(experiment)
    if experiment.model in ARCHITECTURES:
        made = ARCHITECTURES[experiment.model]
        return made(activation, shape, experiment.depth, experiment.width, experiment.init, experiment.seed)
    return build(experiment.model, activation, shape, experiment.seed)


def stack(experiments: Sequence[Experiment], shape: Shape) -> Stack | Alone:
    """Return the networks of experiments of one shape, ready to train together."""
    models = [network(experiment, shape) for experiment in experiments]
    if alone(experiments[0]):
        return Alone(models)
    return Chain(models) if experiments[0].model == "mlp" else Stack(models)


def alone(experiment: Experiment) -> bool:
    """Return whether the network must train by itself.

    A user's own model may do anything; an activation that learns has more weights than others, and one that draws
    random numbers draws them for all that are with it.
    """
    activation = activation_of(experiment)
    learns = any(parameter.learnable for parameter in activation.parameters)
    return experiment.model not in ARCHITECTURES or learns or activation.drawn is not None
