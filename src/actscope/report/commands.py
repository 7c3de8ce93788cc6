"""The settings of a comparison, and the calls that repeat it."""

import shlex
from dataclasses import fields
from typing import Any

from ..catalogue import Parameter
from ..catalogue.defining import LEFT, name_of
from ..catalogue.definition import Definition
from ..lab.records import MODELS, Comparison
from . import words

UNTOUCHED = {"model": "mlp", "schedule": "constant"}
"""Options that came later than others, and what they are where nobody asks for them."""
THEIR_OWN = ("depth", "width", "init")
"""What a user's own model decides by itself."""


def settings(comparison: Comparison) -> list[tuple[str, str]]:
    """Return the settings with the names that readers know."""
    all_of = {"depth": comparison.depths, **comparison.settings}
    if _own_models(comparison):
        layers = dict.fromkeys(len(run.start.layers) for run in comparison.runs)
        all_of = {words.MEASURED_LAYERS: tuple(layers), **all_of}
    return [
        (words.setting(name), words.setting_value(value))
        for name, value in all_of.items()
        if (name, value) != ("patience", None) and not (_own_models(comparison) and name in THEIR_OWN)
    ]


def command_line(comparison: Comparison) -> str:
    """Return the command that repeats the comparison; "" if it has activations that no command can name."""
    own = _own(comparison)
    typed = [spelled(name, own.get(name)) for name in comparison.activations]
    if not all(typed):
        return ""
    parts = ["actscope", "compare", comparison.task.name, "--activations", ",".join(typed)]
    parts += [] if _own_models(comparison) else ["--depth", ",".join(map(str, comparison.depths))]
    for name, value in _given(comparison).items():
        values = value if isinstance(value, tuple | list) else (value,)
        parts += [f"--{name.replace('_', '-')}", ",".join(map(str, values))]
    return shlex.join(parts)


def python(comparison: Comparison) -> str:
    """Return the call that repeats the comparison."""
    depth: Any = comparison.depths[0] if len(comparison.depths) == 1 else list(comparison.depths)
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in _given(comparison).items()}
    arguments = given if _own_models(comparison) else {"depth": depth, **given}
    told = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    own = _own(comparison)
    names = ", ".join(name if name in own else repr(name) for name in comparison.activations)
    call = f"act.compare({comparison.task.name!r}, [{names}], {told})"
    return "\n".join(["import actscope as act\n", *map(_defining, own.values()), call])


def spelled(name: str, own: Definition | None) -> str:
    """Return what a command calls an activation: its name, or the formula of one's own; "" if that does not say all.

    >>> from ..catalogue.defining import define, named
    >>> from ..catalogue.definition import definition_of
    >>> spelled("relu", None), spelled("x_tanh_x", definition_of(named("x*tanh(x)")))
    ('relu', 'x*tanh(x)')
    >>> spelled("bent", definition_of(define("bent", "x*tanh(x)")))
    ''
    """
    if own is None:
        return name
    if own.parameters or own.convention not in ("", LEFT) or own.name != name_of(own.written):
        return ""
    return own.written


def _own(comparison: Comparison) -> dict[str, Definition]:
    """Return the definitions of the activations that are not of the catalogue."""
    experiments = [run.experiment for run in comparison.runs]
    return {experiment.activation: experiment.defined for experiment in experiments if experiment.defined}


def _defining(own: Definition) -> str:
    """Return the call that defines an activation, without what only a reader is told."""
    given = [f"{parameter.name}={_parameter(parameter)}" for parameter in own.parameters]
    if own.slope_at:
        given.append(f"slope_at={dict(own.slope_at)!r}")
    return f"{own.name} = act.define({', '.join([repr(own.name), repr(own.written), *given])})"


def _parameter(parameter: Parameter) -> str:
    plain = Parameter(parameter.name, parameter.default, parameter.meaning)
    if parameter == plain:
        return repr(parameter.default)
    named = [fact.name for fact in fields(Parameter) if getattr(parameter, fact.name) != getattr(plain, fact.name)]
    bounds = "".join(f", {name}={getattr(parameter, name)!r}" for name in named)
    return f"act.Parameter({parameter.name!r}, {parameter.default!r}, {parameter.meaning!r}{bounds})"


def _given(comparison: Comparison) -> dict[str, Any]:
    """Return the options that a call needs, without those that stand at what every call takes."""
    asked = {**comparison.settings, "threshold": comparison.threshold}
    return {
        name: value
        for name, value in asked.items()
        if value is not None
        and name != "depth"
        and UNTOUCHED.get(name) != value
        and not (_own_models(comparison) and name in THEIR_OWN)
    }


def _own_models(comparison: Comparison) -> bool:
    """Return whether all the models are a user's own."""
    return all(run.experiment.model not in MODELS for run in comparison.runs)
