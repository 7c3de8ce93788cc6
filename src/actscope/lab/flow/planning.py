"""From what a user asks to what is measured; whatever is wrong is said here, before anything is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ...catalogue import Activation, get
from ...errors import SettingError
from ..asking import choice, count
from ..records import INITS, Init

ACTIVATIONS = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be looked at: networks that differ in their activation alone."""

    activations: tuple[Activation, ...]
    depth: int
    width: int
    init: Init
    seeds: int
    samples: int


def ask(
    activations: Sequence[str | Activation] = ACTIVATIONS,
    *,
    depth: int = 50,
    width: int = 256,
    init: str = "auto",
    seeds: int = 3,
    samples: int = 64,
) -> Question:
    """Return the question, checked; raises SettingError or UnknownActivationError.

    >>> [activation.name for activation in ask(["tanh", "swish"], depth=8).activations]
    ['tanh', 'swish']
    """
    return Question(
        activations=_of_one_number(activations),
        depth=count("depth", depth, least=2, why=", between which a gradient can change"),
        width=count("width", width),
        init=cast(Init, choice("init", init, INITS)),
        seeds=count("seeds", seeds),
        samples=count("samples", samples),
    )


def _of_one_number(given: Sequence[str | Activation]) -> tuple[Activation, ...]:
    if isinstance(given, str | Activation):
        name = given if isinstance(given, str) else given.name
        raise SettingError(f"`activations` must be a list of names, but got {name!r}; write [{name!r}]")
    found = tuple(get(one) for one in given)
    if not found:
        raise SettingError(f"`activations` must name at least one activation, such as {', '.join(ACTIVATIONS)}")
    names = [activation.name for activation in found]
    for activation in found:
        if names.count(activation.name) > 1:
            raise SettingError(f"`activations` names {activation.name} more than once; name it once")
        if not activation.pointwise:
            what = (
                "takes two inputs, which a layer of plain units does not give; name what opens its gate, such as silu"
                if activation.gated
                else "mixes the units of a layer, and the theory is of functions of one number; leave it out"
            )
            raise SettingError(f"{activation.name} {what}")
    return found
