"""The data that networks are trained on: generated, of scikit-learn, or a user's own. Nothing is downloaded.

find(given, target=..., kind=..., size=...)     what a user names or hands over -> a task and its source
namesake(name)                                  a file or folder that is called like a task
task_of(experiment), data_of(experiment)        what training needs
card_of(experiment), card(name)                 what a report tells
suits(task, model)                              whether a model can take the data
"""

from .collection import TASKS, find, namesake, task_called, task_of
from .fitting import axes_for, suits
from .generated import checkerboard, circles, moons, shapes, spirals, xor
from .loading import card, card_of, data_of, load
from .sources import source_of
from .splitting import stratified
from .task import Data, Task

__all__ = [
    "TASKS",
    "Data",
    "Task",
    "axes_for",
    "card",
    "card_of",
    "checkerboard",
    "circles",
    "data_of",
    "find",
    "load",
    "moons",
    "namesake",
    "shapes",
    "source_of",
    "spirals",
    "stratified",
    "suits",
    "task_called",
    "task_of",
    "xor",
]
