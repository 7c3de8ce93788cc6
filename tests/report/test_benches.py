"""The tables of the benches: read them in the golden files."""

import io
import json
import math

import pytest
from rich.console import Console

from actscope.bench.records import (
    Accuracy,
    Cell,
    Environment,
    Errors,
    Load,
    Saved,
    Score,
    Speed,
    Timing,
    TruthCheck,
    Worst,
)
from actscope.report import accuracy, benching, speed

WHERE = Environment("A processor", 2, "Linux x86_64", "3.11.7", {"actscope": "0.1.0", "torch": "2.13.0"})


def errors(ulp: float, at: float, beyond: int = 0, normal: float | None = None, **others) -> Errors:
    worst = Worst(ulp, (at,), 1.0, 1.0)
    normal_worst = worst if normal is None else Worst(normal, (2.0,), 1.0, 1.0)
    return Errors(1_000_000, 10, beyond, worst, normal_worst, **others)


def scores(exhaustive: bool = False) -> tuple[Score, ...]:
    infinite = Worst(math.inf, (1.7021586329262988e38,), math.inf, 1.7021586329262988e38)
    lost = (Worst(math.inf, (-math.inf,), math.nan, 0.0), Worst(math.inf, (math.nan,), 0.0, math.nan))
    return (
        Score("gelu", "value", "actscope", errors(0.5396, -10.710213661193848), exhaustive),
        Score(
            "gelu",
            "value",
            "PyTorch",
            errors(1.678e7, -6.410244941711426, 41_000, broken=996, broken_worst=infinite),
            exhaustive,
            lost,
        ),
        Score("gelu", "value", "JAX", errors(8.4e6, 1e-39, 20, normal=1.2), exhaustive),
        Score("gelu", "slope", "actscope", Errors(1_000_000), exhaustive),
        Score("gelu", "slope", "PyTorch", errors(2.0001, -1.5, 1, nan_lost=5), exhaustive),
    )


def table(truths: tuple[TruthCheck, ...] = (), dtype: str = "float32", **options) -> Accuracy:
    return Accuracy(dtype, 2.0, scores(**options), truths, WHERE, 12.5)


def shown(what, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(what)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def test_the_league_table(agrees_with_golden):
    truths = (
        TruthCheck("gelu", "value", 600, Worst(2.1e-9, (0.5,))),
        TruthCheck("gelu", "slope", 700, Worst(8e-8, (1.0,))),
    )
    agrees_with_golden("bench-accuracy.txt", shown(accuracy.summary(table(truths))))


def test_a_narrow_terminal_goes_without_the_places():
    lines = shown(accuracy.summary(table()), 60).splitlines()
    assert lines[1].split() == ["gelu", "value", "0.54", "1.7e7,", "4.1", "%", "1.2,", "<", "0.1", "%", "†"]


def test_what_was_not_checked_is_said():
    assert "It was not checked: mpmath is not installed." in shown(accuracy.summary(table()))
    assert "computed by mpmath" in shown(accuracy.summary(table(dtype="float64")))


def test_an_exhaustive_table_says_so():
    assert "on all 1,000,000 finite numbers" in " ".join(shown(accuracy.summary(table(exhaustive=True))).split())


def test_inputs_can_be_typed_again():
    import numpy as np

    for number in (-6.410244941711426, 1.7021586329262988e38, 2.0**-149, 3.0, -0.0010000000474974513):
        assert np.float32(accuracy._input(number)) == np.float32(number)


def cell(function: str, work: str, ratio: float, shape=(4096,), threads=1, table="functions") -> Cell:
    ours = 2e-6 * (1 + (work != "forward"))
    timings = [Timing("actscope", ours, 1.0)]
    if ratio:
        timings += [Timing("PyTorch", ours * ratio, ratio), Timing("SciPy", ours * 4, 4.0)]
    return Cell(table, function, work, shape, threads, 1e-6, tuple(timings))


QUIET = Load(0.02, 12, 1, 0)


def timings(load: Load = QUIET) -> Speed:
    works = ("forward", "forward and backward")
    cells = [cell(name, work, ratio) for name, ratio in (("gelu", 0.5), ("mish", 8.0), ("gcu", 0)) for work in works]
    cells += [cell("gelu", work, 2.0, (16,)) for work in works]
    cells += [cell("softmax", work, 1.0, (64, 1 << 14), 2, "rows") for work in works]
    saved = (Saved("gelu", 4, 4), Saved("mish", 4, 4), Saved("swiglu", 8, 12))
    return Speed(tuple(cells), {"first call": 0.0812}, saved, load, WHERE, 99.0)


def test_the_table_of_times(agrees_with_golden):
    agrees_with_golden("bench-speed.txt", shown(speed.summary(timings())))


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (Load(1.2, 12, 0, 5), "disturbed 5 of 12 measurements: THE RATIOS MEAN LITTLE"),
        (Load(None, 12, 0, 0), "How busy the machine was besides is not known here."),
        (Load(0.01, 12, 0, 0), "Other processes took 0.01 processors meanwhile."),
    ],
)
def test_the_load_of_the_machine_is_told(load, text):
    assert text in " ".join(shown(speed.summary(timings(load))).split())


def test_without_pytorchs_function_ours_is_told_alone():
    cells = tuple(cell("gcu", work, 0) for work in ("forward", "forward and backward"))
    note = "PyTorch has no gcu: ours is timed beside a plain copy."
    text = shown(speed.summary(Speed(cells, {"first call": 0.0812}, (), QUIET, WHERE, 9.0, (note,))))
    assert note in text.splitlines()
    assert "against PyTorch" not in text
    assert "Bytes" not in text
    assert "ratio" not in text
    assert text.replace(note, "").count("PyTorch") == 0
    assert text.splitlines()[-1] == "first call  81.2"


@pytest.mark.parametrize("record", [table(), timings()], ids=["accuracy", "speed"])
def test_json_holds_every_number_strictly(record):
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    whole = json.loads(benching.as_json(record), parse_constant=refuse)
    assert whole["format"] == f"actscope {type(record).__name__.lower()}"
    assert whole["environment"]["libraries"]["torch"] == "2.13.0"
    if isinstance(record, Accuracy):
        assert whole["scores"][1]["limits_missed"][0]["at"] == ["-inf"]
        assert whole["scores"][1]["errors"]["broken_worst"]["got"] == "inf"


def test_without_a_terminal_progress_is_a_line_now_and_then(monkeypatch):
    clock = iter([0.0, 1.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr(benching.time, "monotonic", lambda: next(clock))
    console = Console(file=io.StringIO(), width=80)
    with benching.heard(console) as told:
        told("gelu value", 1, 90)
        told("gelu [slope]", 2, 90)
        told("mish value", 3, 90)
    assert console.file.getvalue() == "2 of 90: gelu [slope]\n"


def test_on_a_terminal_progress_is_a_bar_that_goes_away():
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with benching.heard(console) as told:
        told("gelu value", 1, 90)
    assert "gelu value" in console.file.getvalue()
