"""The settings of a comparison, and the calls that repeat it."""

import shlex
from typing import Any

from ..lab.records import Comparison
from . import words


def settings(comparison: Comparison) -> list[tuple[str, str]]:
    """Return the settings with the names that readers know."""
    all_of = {"depth": comparison.depths, **comparison.settings}
    return [(words.setting(name), words.setting_value(value)) for name, value in all_of.items()]


def command_line(comparison: Comparison) -> str:
    """Return the command that repeats the comparison."""
    parts = ["actscope", "compare", comparison.task.name, "--activations", ",".join(comparison.activations)]
    parts += ["--depth", ",".join(map(str, comparison.depths))]
    for name, value in _given(comparison).items():
        parts += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(parts)


def python(comparison: Comparison) -> str:
    """Return the call that repeats the comparison."""
    depth: Any = comparison.depths[0] if len(comparison.depths) == 1 else list(comparison.depths)
    arguments = {"depth": depth, **_given(comparison)}
    told = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    call = f"act.compare({comparison.task.name!r}, {list(comparison.activations)!r}, {told})"
    return f"import actscope as act\n\n{call}"


def _given(comparison: Comparison) -> dict[str, Any]:
    return {name: value for name, value in comparison.settings.items() if value is not None and name != "depth"}
