"""What follows from a formula, and how it is known: by interval arithmetic, by quadrature, or from the formula itself.

`line.py` cuts the line of inputs into cells; `roots.py` and `extremes.py` search them, so that no input is left out;
`pieces.py` cuts a formula where its conditions change. On these stand `saturation.py`, `fixed_points.py`,
`symmetry.py`, `limits.py` and `gaussian.py` (means over a normal input). `record.py` puts all of it together, and
`known.py` says how each part is known.
"""

from .extremes import extremes
from .gaussian import gaussian_mean, mean_of
from .known import Known
from .limits import limit
from .record import Properties, kinks_of, properties_of
from .symmetry import Symmetry, symmetry_of

__all__ = [
    "Known",
    "Properties",
    "Symmetry",
    "extremes",
    "gaussian_mean",
    "kinks_of",
    "limit",
    "mean_of",
    "properties_of",
    "symmetry_of",
]
