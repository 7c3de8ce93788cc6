"""The league table of errors: every function of every library, on a sample or on all float32 numbers."""

import importlib.util
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from ..catalogue import Activation
from ..errors import SettingError, did_you_mean, missing_extra
from . import by_actscope, machine, measuring, states, walking
from .formats import FLOAT32, FLOAT64, FORMATS, Format
from .libraries import implementation
from .records import Accuracy, Library, Progress, Score, TruthCheck, joined, unheard
from .subjects import KINDS, Subject, subjects

SAMPLES = 1_000_000
FLOAT64_SAMPLES = 4_000
"""In float64 mpmath computes every one."""
_SAVE_EVERY = 2.0


def form_called(dtype: str) -> Format:
    """Return the number format of a name. Raises SettingError for an unknown one."""
    for name, form in FORMATS.items():
        if name == dtype:
            return form
    raise SettingError(f"no dtype is called {dtype!r}{did_you_mean(dtype, FORMATS)}; there are {', '.join(FORMATS)}")


def measure(
    activations: Iterable[Activation],
    libraries: Sequence[Library],
    *,
    kinds: Sequence[str] = KINDS,
    form: Format = FLOAT32,
    samples: int | None = None,
    progress: Progress = unheard,
) -> Accuracy:
    """Return the errors on a sample that holds every tail, the neighbours of kinks and the ends of the format.

    All numbers are tried where the format has 16 bits. Raises MissingExtraError for float64 without mpmath.
    """
    start = time.perf_counter()
    if form is FLOAT64 and not _has_mpmath():
        raise missing_extra("torch", "measuring float64, whose truth is computed by mpmath,")
    count = samples or (FLOAT64_SAMPLES if form is FLOAT64 else SAMPLES)
    wanted = _measurable(activations, kinds)
    scores: list[Score] = []
    truths: list[TruthCheck] = []
    for k, subject in enumerate(wanted):
        progress(subject.name, k, len(wanted))
        on = measuring.setting(subject, form, count)
        scores += [found for library in libraries if (found := measuring.score(library, on))]
        truths += _truth_check(subject, form) if form is not FLOAT64 else []
    return Accuracy(
        form.name, form.limit, tuple(scores), tuple(truths), machine.environment(), time.perf_counter() - start
    )


def walk_all(
    activations: Iterable[Activation],
    libraries: Sequence[Library],
    *,
    kinds: Sequence[str] = KINDS,
    where: Path,
    fresh: bool = False,
    processes: int = 1,
    progress: Progress = unheard,
) -> Accuracy:
    """Return the errors on all float32 numbers, going on where an earlier walk was interrupted.

    What is found is kept in the folder `where`, so that a finished walk is not made again while library, code and
    processor are the same; `fresh` begins anew. Partial derivatives and gated functions are measured on a sample.
    """
    start = time.perf_counter()
    wanted = _measurable(activations, kinds)
    walks = [
        walking.walk(subject, library)
        for subject in wanted
        for library in libraries
        if _walkable(subject) and implementation(library, subject, FLOAT32)
    ]
    kept = [states.state(walk, where, fresh) for walk in walks]
    total = walking.PIECES * len(walks)
    done = sum(state.done for state in kept)
    scores: list[Score] = []
    with walking.pool(processes) if processes > 1 and done < total else nullcontext() as pool:
        for walk, state in zip(walks, kept, strict=True):
            states_met = [state]
            for further in _further(walk, state, processes, pool):
                done += 1
                progress(f"{walk.subject.name}, {walk.library}", done, total)
                states_met[0] = further
            scores.append(_score(walk, *states_met))
    for subject in wanted:
        if not _walkable(subject):
            on = measuring.setting(subject, FLOAT32, SAMPLES)
            scores += [found for library in libraries if (found := measuring.score(library, on))]
    truths = [check for subject in wanted for check in _truth_check(subject, FLOAT32)]
    return Accuracy(
        FLOAT32.name, FLOAT32.limit, tuple(scores), tuple(truths), machine.environment(), time.perf_counter() - start
    )


def _further(
    walk: walking.Walk, state: states.State, processes: int, pool: ProcessPoolExecutor | None
) -> Iterator[states.State]:
    """Yield the state of a walk after each further piece; what was done is kept also when this is interrupted."""
    saved = time.monotonic()
    try:
        for errors in walking.pieces(walk, state.done, processes, pool):
            state = states.further(state, joined(state.errors, errors), state.done + 1)
            if time.monotonic() - saved > _SAVE_EVERY:
                states.save(state)
                saved = time.monotonic()
            yield state
    finally:
        states.save(state)


def _score(walk: walking.Walk, state: states.State) -> Score:
    compute = implementation(walk.library, walk.subject, FLOAT32)
    assert compute is not None
    missed = measuring.limits_missed(walk.subject, FLOAT32, compute)
    name = walk.subject.activation.name
    return Score(name, walk.subject.kind, walk.library, state.errors, exhaustive=True, limits_missed=missed)


def _walkable(subject: Subject) -> bool:
    return subject.activation.pointwise and subject.by is None


def _measurable(activations: Iterable[Activation], kinds: Sequence[str]) -> list[Subject]:
    return [subject for subject in subjects(activations, kinds) if by_actscope.truth(subject)]


def _truth_check(subject: Subject, form: Format) -> list[TruthCheck]:
    return [measuring.truth_check(subject, form)] if _has_mpmath() else []


def _has_mpmath() -> bool:
    return importlib.util.find_spec("mpmath") is not None
