"""What a comparison says before it begins, and what to type where it cannot."""

import shlex
from collections.abc import Sequence

from ..lab import planning
from ..lab.records import Experiment
from ..lab.tasks import TASKS, find
from ..report import words
from . import naming

VARIED = (
    "model",
    "width",
    "optimizer",
    "lr",
    "init",
    "schedule",
    "batch_size",
    "epochs",
    "patience",
    "samples",
    "noise",
)
"""Options beside the depth that may take several values."""


def announcement(experiments: Sequence[Experiment]) -> str:
    """Return what is trained, in a line."""
    first = experiments[0]
    names = dict.fromkeys(e.activation for e in experiments)
    depths = dict.fromkeys(str(e.depth) for e in experiments)
    told = [f"{first.task}: {', '.join(names)} at depth {', '.join(depths)}"]
    values = {name: list(dict.fromkeys(getattr(e, name) for e in experiments)) for name in VARIED}
    told += [f"{words.setting(name)} {words.setting_value(some)}" for name, some in values.items() if len(some) > 1]
    networks = words.counted(len(experiments), "network")
    one_width = len(values["width"]) == 1 and not first.model_digest
    told.append(f"{networks} of {words.counted(first.width, 'unit')} a layer" if one_width else networks)
    if len(values["epochs"]) == 1:
        told.append(f"trained for {words.counted(first.epochs, 'epoch')}")
    return ", ".join(told)


def in_one_word(task: str, more: list[str], activations: str) -> str:
    """Return what to type instead of words after the task: mostly more activations, with spaces between them."""
    find(task)
    given = [] if activations == ",".join(planning.ACTIVATIONS) else naming.parts(activations)
    names = [*given, *(part for word in more for part in naming.parts(word))]
    if more[0] in TASKS:
        return f"one task is compared at a time, {task} or {more[0]}; which do you want?"
    listed = shlex.quote(",".join(dict.fromkeys(names)))
    return (
        f"the activations are one list with commas between them; type: actscope compare {task} --activations {listed}"
    )


def readable(task: str) -> str:
    """Return a task's name as a part of a folder's name.

    >>> readable("curve:sin(3*x)"), readable("flowers.csv")
    ('curve-sin-3-x', 'flowers-csv')
    """
    return "-".join("".join(sign if sign.isalnum() or sign in "_-" else " " for sign in task).split())[:40]
