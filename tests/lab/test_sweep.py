"""Sweeps that are killed and go on: every cell is run once and recorded once, whatever happens in between."""

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from actscope.catalogue.defining import define
from actscope.errors import SettingError, StoreError, SweepBusyError
from actscope.lab import sweep
from actscope.lab.concluding import comparison_of, concluded
from actscope.lab.engines import Answer, Outcome
from actscope.lab.engines.on_dask import Dask
from actscope.lab.planning import plan
from actscope.lab.records import Run
from actscope.lab.store import Failure, Store
from actscope.lab.store.results import record
from actscope.lab.store.sweeps import tallies
from lab.made import experiments, made, told
from lab.pretending import BROKEN

# As small as networks are, so that the 200 of them are killed and not the patience of who waits for this test.
TINY = {"depth": [1, 2], "width": 4, "epochs": 2, "samples": 60}
DRIVE = """
import os, sys
from pathlib import Path
from actscope.lab import sweep, training
from actscope.lab.engines.choosing import engine_of
from actscope.lab.planning import plan
experiments = plan("xor", ["relu", "tanh"], seeds=50, depth=[1, 2], width=4, epochs=2, samples=60)
for workers in sys.stdin:
    if child := os.fork():
        print(child, flush=True)
        os.waitpid(child, 0)
        continue
    print(sum(1 for _ in sweep.run(experiments, Path(sys.argv[1]), engine_of(int(workers) or None))), flush=True)
    os._exit(0)
"""


class Pretending:
    """An engine that trains nothing, and fails with networks of a certain width."""

    name, workers, processors = "a test", 1, 1

    def __init__(self) -> None:
        self.ran = []

    def run(self, take, target, progress):
        del target, progress
        while chunk := take():
            for cell in chunk.cells:
                self.ran.append(cell.experiment)
                broken = cell.experiment.width == BROKEN
                outcome = Outcome(
                    cell.id, None if broken else made(cell.experiment), "ValueError: no" if broken else ""
                )
                yield Answer(chunk, (outcome,))
            yield Answer(chunk, seconds=0.001)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.sqlite"


@pytest.fixture(scope="module")
def undisturbed():
    found = plan("xor", ["relu", "tanh"], seeds=50, **TINY)
    return told(sweep.run(found))


class Drivers:
    """Processes that run the sweep, one after the other. They are forked, so that PyTorch is loaded once."""

    def __init__(self, path: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-c", DRIVE, str(path)]
        self.parent = subprocess.Popen(command, env=environment, text=True, **pipes)

    def start(self, workers: int = 0) -> psutil.Process:
        """Start the sweep and return its process."""
        self.parent.stdin.write(f"{workers}\n")
        self.parent.stdin.flush()
        return psutil.Process(int(self.parent.stdout.readline()))

    def end(self) -> tuple[str, str]:
        """Wait for the sweep to end, and return what it printed and complained of."""
        return self.parent.communicate()


def count(path: Path) -> int:
    try:
        with Store(path, writing=False) as store:
            return store.rows("SELECT count(*) FROM result")[0][0]
    except StoreError:  # it is not there yet, or being made
        return 0


def wait_for(path: Path, results: int, process: psutil.Process) -> None:
    while count(path) < results and process.is_running():
        time.sleep(0.005)


def check(path: Path, undisturbed: dict) -> None:
    """All 200 results are there, none was made twice, and all are those of a sweep that nothing disturbed."""
    begun: list[sweep.Begun] = []
    outcomes = list(sweep.run(plan("xor", ["relu", "tanh"], seeds=50, **TINY), path, Pretending(), begun=begun.append))
    assert begun[0].recorded == 200
    assert told(outcomes) == undisturbed
    with Store(path, writing=False) as store:
        assert store.rows("PRAGMA integrity_check")[0][0] == "ok"
        (row,) = store.rows("SELECT count(*) AS results, sum(again) AS again FROM result")
    assert (row["results"], row["again"]) == (200, 0)


def test_a_sweep_that_is_killed_five_times_equals_one_that_is_not(path, undisturbed):
    chance = random.Random(0)
    kept = 0
    drivers = Drivers(path)
    for _ in range(5):
        process = drivers.start()
        wait_for(path, kept + chance.randrange(1, 12), process)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        assert count(path) >= kept
        kept = count(path)
    assert kept < 200
    drivers.start()
    assert drivers.end() == ("200\n", "")
    check(path, undisturbed)


def test_a_sweep_on_two_workers_of_which_one_is_killed_equals_one_in_this_process(path, undisturbed):
    drivers = Drivers(path)
    process = drivers.start(workers=2)
    wait_for(path, 20, process)
    found = process.children(recursive=True)
    workers = [one for one in found if "actscope.lab.engines.worker" in " ".join(one.cmdline())]
    assert len(workers) == 2
    workers[0].kill()
    assert drivers.end() == ("200\n", "")
    check(path, undisturbed)


def test_what_the_store_has_is_told_at_once_and_not_run_again(path):
    some, all_of = experiments(seeds=3), experiments(seeds=8)
    engine = Pretending()
    assert told(sweep.run(some, path, engine)) == told(map(made, some))
    engine.ran.clear()
    begun: list[sweep.Begun] = []
    found = sweep.run(all_of, path, engine, begun=begun.append)
    assert [next(found).experiment for _ in some] == list(some)
    assert engine.ran == []
    assert told(found) == told(made(one) for one in all_of[6:])
    assert engine.ran == list(all_of[6:])
    assert begun == [sweep.Begun(begun[0].name, 16, 6, 0, path)]


def test_two_names_of_one_formula_are_run_once_and_told_twice(path):
    both = [define("mine", "x*tanh(x)"), define("yours", "x*tanh(x)")]
    found = plan("xor", both, seeds=2, depth=1, width=4, epochs=1, samples=60)
    engine = Pretending()
    for store in (None, path, path):
        outcomes = list(sweep.run(found, store, engine))
        assert {one.experiment for one in outcomes} == set(found)
    assert len(engine.ran) == 4
    with Store(path, writing=False) as store:
        compared = comparison_of(store, sweep.sweep_name(found))
    assert compared.activations == ("mine", "yours")
    assert len(compared.runs) == 4


def test_a_failure_is_told_again_until_it_is_to_be_tried_again(path):
    found = [*experiments(seeds=2), *experiments(seeds=1, width=BROKEN)]
    engine = Pretending()
    first = list(sweep.run(found, path, engine))
    failures = [one for one in first if isinstance(one, Failure)]
    assert [(one.kind, one.detail, one.attempts) for one in failures] == [("error", "ValueError: no", 1)] * 2
    engine.ran.clear()
    begun: list[sweep.Begun] = []
    assert [one for one in sweep.run(found, path, engine, begun=begun.append) if isinstance(one, Failure)] == failures
    assert (engine.ran, begun[0].recorded, begun[0].failed) == ([], 4, 2)
    assert len(list(sweep.run(found, path, engine, retry=True))) == 6
    assert engine.ran == found[-2:]


def test_failures_are_left_out_of_the_comparison_and_named():
    found = experiments(seeds=3)
    failure = Failure(found[1], "error", "ValueError: no", 1)
    compared = concluded(found, [failure, *(made(one) for one in found if one != found[1])][::-1], remarks=["remarked"])
    assert [run.experiment for run in compared.runs] == [one for one in found if one != found[1]]
    assert not compared.interrupted
    assert compared.notes[-2:] == (
        "1 network could not be trained: tanh at depth 1 with seed 0 failed: ValueError: no",
        "remarked",
    )
    with pytest.raises(SettingError, match="no network could be trained; tanh at depth 1 with seed 0 failed: ValueErr"):
        concluded(found, [failure])


def test_a_second_driver_is_refused_and_other_sweeps_are_not(path):
    found = sweep.run(experiments(), path, Pretending())
    next(found)
    with pytest.raises(SweepBusyError, match=f"is being run by process {os.getpid()} since"):
        next(sweep.run(experiments()[::-1], path, Pretending()))
    assert len(list(sweep.run(experiments(seeds=1), path, Pretending()))) == 2
    found.close()
    assert len(list(sweep.run(experiments(), path, Pretending()))) == 4


def test_ctrl_c_tells_what_is_recorded_first(path):
    class Pressed(Pretending):
        def run(self, take, target, progress):
            del progress
            chunk = take()
            # Recorded by a worker that cannot tell any more.
            with Store(Path(target.path)) as store:
                record(store, [made(cell.experiment) for cell in chunk.cells[:3]], self.name)
            yield Answer(chunk, (Outcome(chunk.cells[0].id, recorded=True),))
            raise KeyboardInterrupt

    outcomes = []
    found = sweep.run(experiments(), path, Pressed())
    with pytest.raises(KeyboardInterrupt):
        outcomes += (next(found) for _ in range(9))
    outcomes += []
    with Store(path, writing=False) as store:
        assert store.rows("SELECT count(*) FROM result")[0][0] == 3


def test_training_in_process_goes_through_the_store_as_without(path):
    found = experiments(seeds=2)
    heard = []
    stored = list(sweep.run(found, path, progress=lambda *of: heard.append(of)))
    assert told(stored) == told(sweep.run(found)) == told(sweep.run(found, path))
    assert len(heard) == 4 * 3
    assert all(isinstance(one, Run) for one in stored)


def test_a_result_that_differs_is_counted_and_noted(path):
    found = experiments(seeds=2)
    list(sweep.run(found, path, Pretending()))
    with Store(path) as store:
        record(store, [replace(made(found[0]), steps=9)], "another machine")
    with Store(path, writing=False) as store:
        compared = comparison_of(store, sweep.sweep_name(found))
    assert "1 of the runs gave other numbers when they were made again" in compared.notes[-1]


def test_a_report_needs_nothing_but_the_store(tmp_path, path):
    """Also of data that are gone."""
    data = tmp_path / "flowers.csv"
    rows = [f"{k % 7},{k % 5},{'ab'[k % 2]}" for k in range(60)]
    data.write_text("\n".join(["x,y,kind", *rows]))
    found = plan(str(data), ["relu", "tanh"], target="kind", seeds=2, depth=1, width=4, epochs=1)
    before = concluded(found, list(sweep.run(found, path)))
    data.unlink()
    with Store(path, writing=False) as store:
        after = comparison_of(store, sweep.sweep_name(found))
    assert repr(after) == repr(before)


def test_tuned_rates_and_the_threshold_come_back(path):
    import actscope as act

    before = act.compare("xor", ["relu", "tanh"], lr="auto", threshold=0.6, store=path, seeds=2, **TINY)
    with Store(path, writing=False) as store:
        assert ["-rates-" in one.name for one in tallies(store)] == [True, False]
        after = comparison_of(store, tallies(store)[1].name)
    assert after.tuned
    assert {standing.reached.threshold for standing in after.standings} == {0.6}
    assert repr(after.as_dict()) == repr(before.as_dict())


def test_an_engine_that_is_asked_for_twice_is_refused():
    from actscope.lab.engines.choosing import engine_of

    assert isinstance(engine_of(workers=2), Dask)
    with pytest.raises(SettingError, match="give one of the two"):
        engine_of(workers=2, scheduler="tcp://127.0.0.1:8786")
    with pytest.raises(SettingError, match=r"such as tcp://10\.0\.0\.5:8786, but got 'here'"):
        engine_of(scheduler="here")
    with pytest.raises(SettingError, match="`scheduler_timeout` must be > 0"):
        engine_of(scheduler="tcp://127.0.0.1:8786", scheduler_timeout=0)
