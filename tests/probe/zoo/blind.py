"""Programs of others, sick and healthy, chosen and named before any rule was tried on them."""

from . import blind_faults, blind_healthy, blind_library, blind_posts, blind_questions, blind_surveys
from .blind_program import Written
from .case import Case


def programs() -> list[Written]:
    parts = (blind_posts, blind_questions, blind_faults, blind_surveys, blind_healthy, blind_library)
    return [program for part in parts for program in part.programs()]


def cases() -> list[Case]:
    return [program.case("blind") for program in programs()]
