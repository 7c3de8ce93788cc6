import io
from dataclasses import replace

import pytest
from rich.console import Console

from actscope.lab.planning import plan
from actscope.lab.records import Failure, Run
from actscope.lab.sweep import Begun
from actscope.lab.tuning import trials
from actscope.report import watched
from actscope.report.watching import Pace
from report.samples import sample

RUNS = sample(("relu", "[red]x"), depths=(1,), seeds=2, epochs=3).runs


def hear(console: Console, runs: tuple[Run, ...] = RUNS) -> str:
    with watched([run.experiment for run in RUNS], console) as heard:
        for run in runs:
            for epoch in run.history:
                heard.epoch(run.experiment, epoch)
            heard.outcome(run)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_plain_stream_gets_a_line_for_each_network():
    lines = hear(Console(file=io.StringIO(), width=30)).splitlines()
    assert len(lines) == len(RUNS) == 4
    accuracy = 100 * RUNS[0].final.test_score
    assert lines[0] == f"[1/4] relu, 1 layer, seed 0: test accuracy {accuracy:.1f} %, {RUNS[0].seconds:.1f} s"
    assert lines[1].startswith("[2/4] [red]x, 1 layer, seed 0")


def test_a_terminal_gets_a_bar_that_is_full_at_the_end_and_then_gone():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with watched([run.experiment for run in RUNS], console) as heard:
        for run in RUNS:
            for epoch in run.history:
                heard.epoch(run.experiment, epoch)
            heard.outcome(run)
        assert heard.bar.tasks[0].percentage == 100.0
        assert heard.bar.live.is_started
        heard.bar.refresh()
        assert "[red]x, depth 1, seed 1" in console.file.getvalue()
    assert not heard.bar.live.is_started
    assert "[4/4]" not in console.file.getvalue()


def test_an_interruption_takes_the_bar_away():
    console = Console(file=io.StringIO(), force_terminal=True)
    with pytest.raises(KeyboardInterrupt), watched([run.experiment for run in RUNS], console) as heard:
        raise KeyboardInterrupt
    assert not heard.bar.live.is_started


def test_the_time_left_goes_by_the_last_minute():
    now = [0.0]
    pace = Pace(lambda: now[0])
    now[0] = 4.0
    pace.count()
    assert pace.seconds_each() is None
    for _ in range(96):
        now[0] += 1.0
        pace.count()
    assert pace.seconds_each() == pytest.approx(1.0, rel=0.1)
    for _ in range(300):
        now[0] += 0.5
        pace.count()
    assert pace.seconds_each() == pytest.approx(0.5, rel=0.1)
    now[0] += 60.0
    assert pace.seconds_each() > 0.9


def test_what_the_store_has_is_told_in_one_line_and_counted_at_once():
    console = Console(file=io.StringIO(), width=200)
    with watched([run.experiment for run in RUNS], console) as heard:
        heard.begun(Begun("xor-1", cells=4, recorded=2, failed=1, store=None))
        for run in RUNS[:2]:
            heard.outcome(run)
        heard.outcome(Failure(RUNS[2].experiment, "error", "ValueError: no", 1))
        assert heard.done == 3
        heard.outcome(RUNS[3])
    lines = console.file.getvalue().splitlines()
    assert lines[0] == (
        "2 of 4 networks were trained before and are in the store, 1 failed before (--retry tries it again)"
    )
    assert [line[:5] for line in lines[1:]] == ["[4/4]"]


def test_a_failure_is_told_as_it_happens():
    for terminal in (False, True):
        console = Console(file=io.StringIO(), width=200, force_terminal=terminal)
        with watched([run.experiment for run in RUNS], console) as heard:
            heard.outcome(Failure(RUNS[0].experiment, "error", "ValueError: [no]", 1))
            assert heard.bar.tasks[0].completed == 4
        assert "relu, 1 layer, seed 0: failed, ValueError: [no]" in console.file.getvalue()


def test_the_cells_of_a_grid_are_told_apart():
    runs = [
        replace(RUNS[0], experiment=replace(RUNS[0].experiment, lr=lr, init=init))
        for lr in (0.001, 0.01)
        for init in ("he", "xavier")
    ]
    console = Console(file=io.StringIO(), width=200)
    with watched([run.experiment for run in runs], console) as heard:
        for run in runs:
            heard.outcome(run)
        heard.epoch(runs[0].experiment, RUNS[0].history[0])
        assert heard.bar.tasks[0].description.startswith("relu, depth 1, lr 0.001, he, seed 0: ")
        assert "%" in heard.bar.tasks[0].description
    lines = [line.partition("] ")[2].partition(":")[0] for line in console.file.getvalue().splitlines()]
    assert lines == [f"relu, depth 1, lr {lr}, {init}, seed 0" for lr in (0.001, 0.01) for init in ("he", "xavier")]


def test_while_rates_are_tuned_the_rate_is_told():
    tried = trials(plan("xor", ["relu"], depth=2, seeds=1))
    console = Console(file=io.StringIO(), width=200)
    with watched(tried, console) as heard:
        heard.outcome(replace(RUNS[0], experiment=tried[2]))
    assert console.file.getvalue().startswith("[1/7] relu, depth 2, lr 0.001, seed 0: validation accuracy")
