"""actscope: activation functions of neural networks, each declared once as a formula.

    act.gelu(x)                        number, NumPy array or torch tensor; act.gelu.slope(x) is the exact derivative
    act.get("gelu"), act.catalogue     one activation by name, all of them
    act.gelu.formula, .latex(), .slope_latex(), .properties, .parameters, .story, .introduced
    act.nn.GELU(), act.nn.gain("gelu"), act.nn.replace(model, "relu", "gelu")
    act.define("bent", "(sqrt(x**2 + 1) - 1)/2 + x")    your own, which goes wherever a name goes
    act.testing.check_activation(mine)                  the project's own laws, held against it
    act.flow(["sigmoid", "relu"], depth=50)             the gradient at every layer, predicted and measured
    act.compare("digits", ["relu", "gelu"], depth=8)    train, compare, explain; print it, or .save("folder")
    act.claims("C05", "depth")                          what is said of activations, measured; .save("folder")
    with act.watch(model) as probe: ...                 your own training loop; print(probe.diagnosis())
    act.diagnose(model, loss_fn, batches)               what is wrong with a model, by training a copy of it
    act.check(model, loss_fn, batch)                    what its loss tells without training

Importing this package loads nothing but this file; each part loads what it needs at its first use.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import nn, testing
    from .catalogue import Parameter
    from .diagnosing import ShownDiagnosis, ShownProbe, check, diagnose, watch
    from .errors import ActscopeError, ActscopeWarning
    from .face import Function, define, get, lost_digits
    from .shown import ShownClaims, ShownComparison, ShownFlow, claims, compare, flow

__version__ = "0.1.0"

__all__ = [
    "ActscopeError",
    "ActscopeWarning",
    "Function",
    "Parameter",
    "ShownClaims",
    "ShownComparison",
    "ShownDiagnosis",
    "ShownFlow",
    "ShownProbe",
    "__version__",
    "catalogue",
    "check",
    "claims",
    "compare",
    "define",
    "diagnose",
    "flow",
    "get",
    "lost_digits",
    "nn",
    "testing",
    "watch",
]

_HOME = {
    "ActscopeError": "errors",
    "ActscopeWarning": "errors",
    "Function": "face",
    "Parameter": "catalogue",
    "ShownClaims": "shown",
    "ShownComparison": "shown",
    "ShownDiagnosis": "diagnosing",
    "ShownFlow": "shown",
    "ShownProbe": "diagnosing",
    "check": "diagnosing",
    "claims": "shown",
    "compare": "shown",
    "define": "face",
    "diagnose": "diagnosing",
    "flow": "shown",
    "get": "face",
    "lost_digits": "face",
    "watch": "diagnosing",
}


class _Package(ModuleType):
    """The package, with one name that its import system would take away: see docs/decisions/0005."""

    @property
    def catalogue(self) -> Any:
        """Every activation, callable; the subpackage of the same name holds the declarations."""
        from .face import catalogue

        return catalogue

    @catalogue.setter
    def catalogue(self, subpackage: ModuleType) -> None:
        """Keep the collection when the import system binds the subpackage here."""


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in ("nn", "testing"):
        return import_module(f".{name}", __name__)
    if name in _HOME:
        return _kept(name, getattr(import_module(f".{_HOME[name]}", __name__), name))
    if name.startswith("_"):
        raise AttributeError(f"module 'actscope' has no attribute {name!r}")
    from .errors import did_you_mean
    from .face import catalogue

    if name in catalogue:
        return _kept(name, catalogue[name])
    raise AttributeError(
        f"module 'actscope' has no attribute {name!r}{did_you_mean(name, [*__all__, *catalogue.names])}"
    )


def _kept(name: str, found: Any) -> Any:
    # The next look finds it without coming here, which would take longer than a call on a small array.
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    from .face import catalogue

    return sorted([*__all__, *catalogue.names])
