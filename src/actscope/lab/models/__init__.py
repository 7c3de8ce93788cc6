"""Networks: as ordinary modules, many of one shape as one, a user's own; and how they are judged."""

from .drawing import scales_of
from .judging import losses, scores
from .plain import ARCHITECTURES, Shape, hidden_layers, mlp

__all__ = ["ARCHITECTURES", "Shape", "hidden_layers", "losses", "mlp", "scales_of", "scores"]
