"""C45: whether exponentials are expensive."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ....bench.timing import Call, rounds
from ...training import quiet_torch
from ...wording import listed
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars
from . import passes
from .passes import LIBRARIES, MOST, SIZES, Library, Place

SECONDS: Mapping[Place, float] = {"cache": 0.5, "memory": 1.5}
EXPONENTIAL = ("sigmoid", "tanh", "elu", "softplus", "silu")
Setting = tuple[Library, Place]
SETTINGS = tuple(itertools.product(LIBRARIES, SIZES))


def measure() -> Measured:
    """Time functions that compute exponentials, ReLU, and a copy of the same size, in turns."""
    with quiet_torch():
        times = {place: rounds(_passes(place), SECONDS[place]) for place in SIZES}
    numbers: dict[str, Number] = {}
    for library, place in SETTINGS:
        copy, where = times[place]["copy"], f"{library}, data in {place}"
        relu, *others = (times[place][f"{library} {name}"] for name in ("relu", *EXPONENTIAL))
        ratios = sorted((passes.ratio(other, copy, "") for other in others), key=lambda number: number.value)
        fastest = [min(found) for found in zip(*others, strict=True)]
        key = f"{library}_{place}"
        numbers |= {
            f"{key}_least": replace(ratios[0], meaning=f"{where}: the cheapest of the five over a copy"),
            f"{key}_most": replace(ratios[-1], meaning=f"{where}: the dearest of the five over a copy"),
            f"{key}_relu": passes.ratio(relu, copy, f"{where}: ReLU, without exponentials, over a copy"),
            f"{key}_twice": passes.share(fastest, copy, f"{where}: share of rounds in which all five took two copies"),
        }
    return Measured(numbers, tuple(_bars(place, times[place]) for place in SIZES))


def _passes(place: Place) -> dict[str, Call]:
    x, _, out = passes.data(place)
    calls: dict[str, Call] = {"copy": lambda: out.copy_(x)}
    for library, name in itertools.product(LIBRARIES, (*EXPONENTIAL, "relu")):
        calls[f"{library} {name}"] = passes.forward(library, name, x, out)
    return calls


def _bars(place: Place, times: Mapping[str, list[float]]) -> Bars:
    bars = []
    for name, library in itertools.product((*EXPONENTIAL, "relu"), LIBRARIES):
        found = passes.ratio(times[f"{library} {name}"], times["copy"], "")
        bars.append(Bar(name, found.value, found.low, found.high, group=library))
    titles = {
        "cache": "In cache an exponential costs several copies",
        "memory": "In memory it may cost hardly more than one",
    }
    return Bars(titles[place], "time over that of a copy", tuple(bars), log=True)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    held = [(library, place) for library, place in SETTINGS if n[f"{library}_{place}_twice"] >= MOST]
    if len(held) == len(SETTINGS):
        return HOLDS
    if not held:
        return FAILS
    rest = [setting for setting in SETTINGS if setting not in held]
    return Verdict(
        "holds when",
        f"{_where(held)}. Then even the cheapest of the five takes as long as two copies ({_told(n, held)}, on this "
        f"machine). It is not so when {_where(rest)} ({_told(n, rest)})",
    )


def _where(settings: Sequence[Setting]) -> str:
    """Return where the data lie, and the library too where not both are so."""
    both = [place for place in SIZES if all((library, place) in settings for library in LIBRARIES)]
    alone = [f"data lie in {place} with {library}" for library, place in settings if place not in both]
    return listed([*(f"data lie in {place}" for place in both), *alone], "or")


def _told(n: Values, settings: Sequence[Setting]) -> str:
    def copies(library: Library, place: Place) -> str:
        least, most = (n[f"{library}_{place}_{end}"] for end in ("least", "most"))
        return f"{library} in {place} {least:.1f} to {most:.1f} copies"

    return listed([copies(*setting) for setting in settings])


CLAIM = Claim(
    id="C45",
    group="cost",
    articles=("A2", "A4"),
    title="Exponentials are expensive",
    statement="Activations that compute exponentials, such as sigmoid, tanh and ELU, cost much for that reason.",
    how="Five activations with exponentials and ReLU, PyTorch's compiled functions and ours, forward, float32, one "
    "thread, against a copy of the same data: 256 KiB, which caches hold, and 32 MiB, which they do not. Calls take "
    "turns in rounds, and a ratio is that of one round. All numbers are of this machine; another has others.",
    criterion="It holds in a setting if even the cheapest of the five takes at least as long as two copies in three "
    "rounds of four, and everywhere if it does in all four settings.",
    measure=measure,
    judge=judge,
    why="An exponential takes a dozen multiplications and additions where a copy takes none, which shows as long as "
    "the data are at hand. From memory numbers come so slowly that the processor has time for the arithmetic of a "
    "compact implementation, though not of any.",
    refuting={f"{library}_{place}_twice": 1.0 for library, place in SETTINGS},
    instead="In none of the settings does the cheapest of them take as long as two copies.",
)
