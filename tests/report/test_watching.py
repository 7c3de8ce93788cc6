import io

import pytest
from rich.console import Console

from actscope.lab.records import Run
from actscope.report import watched
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
