"""Initialisation derived from the formula."""

from ..catalogue import Activation, get


def gain(activation: str | Activation, **parameters: float) -> float:
    """Return the weight scale that keeps a wide layer's second moment at 1: 1/sqrt(E[f(z)^2]), z ~ N(0, 1).

    With weights of standard deviation gain/sqrt(fan_in) the next layer's input keeps its size, whatever the depth.
    He et al. (2015) is the case of ReLU. Unlike torch.nn.init.calculate_gain it exists for every activation.

    >>> round(gain("relu"), 4), round(gain("tanh"), 4), round(gain("gelu"), 4)
    (1.4142, 1.5925, 1.5335)
    """
    return get(activation).properties_at(**parameters).gain
