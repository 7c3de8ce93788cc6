"""C20: whether ReLU is much faster than sigmoid and tanh."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from ....bench.timing import Call, rounds
from ...training import quiet_torch
from ...wording import listed
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars
from . import passes
from .passes import LIBRARIES, MOST, SIZES, Place

SECONDS: Mapping[Place, float] = {"cache": 0.5, "memory": 1.5}
STEP_SECONDS = 0.8
WORKS = ("forward", "backward")
SETTINGS = (
    *(f"{library}_{place}_{work}" for library, place, work in itertools.product(LIBRARIES, SIZES, WORKS)),
    *(f"{library}_step" for library in LIBRARIES),
)
FUNCTIONS = ("relu", "sigmoid", "tanh")
SLOWER = FUNCTIONS[1:]
Times = Mapping[str, list[float]]


def measure() -> Measured:
    """Time all passes in turns, in cache and in memory, and the steps of a layer."""
    numbers: dict[str, Number] = {}
    pictures: list[Bars] = []
    with quiet_torch():
        for place in SIZES:
            times = rounds(_passes(place), SECONDS[place])
            for library, work in itertools.product(LIBRARIES, WORKS):
                what = f"{work} pass in {library}, data in {place}"
                numbers |= compared(f"{library}_{place}_{work}", what, times, f"{library} {work} ")
            tanh = f"forward pass in PyTorch, data in {place}: tanh over ReLU"
            numbers[f"tanh_{place}"] = passes.ratio(times["PyTorch forward tanh"], times["PyTorch forward relu"], tanh)
            pictures.append(_bars(place, times))
        steps = {f"{library} {name}": passes.step(library, name) for library in LIBRARIES for name in FUNCTIONS}
        times = rounds(steps, STEP_SECONDS)
    for library in LIBRARIES:
        numbers |= compared(f"{library}_step", f"step of a whole layer in {library}", times, f"{library} ")
    return Measured(numbers, tuple(pictures))


def _passes(place: Place) -> dict[str, Call]:
    x, grad, out = passes.data(place)
    calls: dict[str, Call] = {"copy": lambda: out.copy_(x)}
    for library, name in itertools.product(LIBRARIES, FUNCTIONS):
        calls[f"{library} forward {name}"] = passes.forward(library, name, x, out)
        calls[f"{library} backward {name}"] = passes.backward(library, name, x, grad, out)
    return calls


def compared(key: str, what: str, times: Times, start: str) -> dict[str, Number]:
    """Return how many times ReLU's time the faster of the other two takes, and the share of rounds with twice for both.

    >>> times = {"relu": [1.0, 1.0], "sigmoid": [4.0, 5.0], "tanh": [3.0, 1.0]}
    >>> {name: number.value for name, number in compared("key", "what", times, "").items()}
    {'key': 2.0, 'key_twice': 0.5}
    """
    relu, others = times[f"{start}relu"], [times[start + name] for name in SLOWER]
    each = [passes.ratio(other, relu, f"{what}: the faster of sigmoid and tanh, over ReLU") for other in others]
    both = [min(found) for found in zip(*others, strict=True)]
    return {
        key: min(each, key=lambda number: number.value),
        f"{key}_twice": passes.share(both, relu, f"{what}: share of rounds in which both took twice as long"),
    }


def _bars(place: Place, times: Times) -> Bars:
    def each() -> Iterator[Bar]:
        for library, work, name in itertools.product(LIBRARIES, WORKS, FUNCTIONS):
            found = passes.ratio(times[f"{library} {work} {name}"], times["copy"], "")
            yield Bar(f"{library}, {work}", found.value, found.low, found.high, group=name)

    where = {
        "cache": "With data in cache, forward passes of sigmoid and tanh take several times ReLU's time",
        "memory": "With data in memory, most passes take little longer than ReLU's",
    }[place]
    return Bars(where, "time over that of a copy", tuple(each()), log=True)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    held = [setting for setting in SETTINGS if n[f"{setting}_twice"] >= MOST]
    if len(held) == len(SETTINGS):
        return HOLDS
    if not held:
        return FAILS
    rest = [setting for setting in SETTINGS if setting not in held]
    where = [place for place in SIZES if all(place in setting for setting in held)]
    plain = f"the data lie in {where[0]}, and not in all passes" if where else "the setting is one of some"
    return Verdict(
        "holds when",
        f"{plain}: {listed([_said(setting) for setting in held], 'or')} ({_times(held, n)} times as fast on this "
        f"machine). It is not much faster in {_grouped(rest, n)}",
    )


def _said(setting: str) -> str:
    library, place, *work = setting.split("_")
    return f"the {work[0]} pass of {library} in {place}" if work else f"the whole step of a layer in {library}"


def _grouped(settings: Sequence[str], n: Values) -> str:
    """Return settings with how many times as fast ReLU is there; all passes over a place, and all steps, together."""
    groups = {
        **{f"any pass in {place}": [setting for setting in SETTINGS if place in setting] for place in SIZES},
        "the whole step of a layer": [setting for setting in SETTINGS if setting.endswith("step")],
    }
    whole = {name: some for name, some in groups.items() if set(some) <= set(settings)}
    alone = [setting for setting in settings if not any(setting in some for some in whole.values())]
    ranges = {name: [f"{end(n[one] for one in some):.1f}" for end in (min, max)] for name, some in whole.items()}
    told = [f"{_said(setting)} ({n[setting]:.1f} times)" for setting in alone]
    told += [f"{name} ({' to '.join(dict.fromkeys(ends))} times)" for name, ends in ranges.items()]
    return listed(told, "or")


def _times(settings: Sequence[str], n: Values) -> str:
    return listed([f"{n[setting]:.1f}" for setting in settings])


CLAIM = Claim(
    id="C20",
    group="cost",
    articles=("A1", "A2", "A4"),
    title="ReLU is much faster than sigmoid and tanh, forward and backward",
    statement="ReLU only compares with 0, while sigmoid and tanh compute exponentials, so it is much faster in both "
    "passes.",
    how="PyTorch's compiled functions and ours, float32, one thread, normal numbers, results written to memory that is "
    "there: 256 KiB, which caches hold, and 32 MiB, which they do not. Then the whole step of a layer of 512 units on "
    "a batch of 128, forward and backward with the matrix products. Calls take turns in rounds, and a ratio is that of "
    "one round. All numbers are of this machine; another has others.",
    criterion="It holds in a setting if both sigmoid and tanh take at least twice ReLU's time in three rounds of four, "
    "and everywhere if it does in all ten settings.",
    measure=measure,
    judge=judge,
    why="In cache the time goes into arithmetic, of which an exponential needs much more than a comparison, whereas in "
    "memory all functions wait for the same data. Going back, the slopes of sigmoid and tanh follow from their outputs "
    "by a multiplication, so that only who keeps the inputs instead needs the exponentials again.",
    refuting={f"{setting}_twice": 1.0 for setting in SETTINGS},
    instead="In none of the settings do sigmoid and tanh take twice the time of ReLU.",
)
