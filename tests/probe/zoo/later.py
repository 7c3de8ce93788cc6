"""A second set of programs of others, for many fields, chosen and named before any rule was tried on them."""

from . import later_healthy, later_outputs, later_training
from .case import Case


def cases() -> list[Case]:
    return [
        program.case("later") for part in (later_outputs, later_training, later_healthy) for program in part.programs()
    ]
