"""Workers and schedulers that are killed, that never answer, that have another version: with real processes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from actscope.errors import EngineError, StoreError
from actscope.lab import sweep
from actscope.lab.engines.on_dask import Dask, worked
from actscope.lab.records import Run
from actscope.lab.store import Failure, Store
from lab.made import experiments, made, told
from lab.pretending import BROKEN, POISON, pretend, pretended, pretended_elsewhere

DRIVE = """
import sys
from pathlib import Path
from actscope.lab import sweep
from actscope.lab.engines.on_dask import Dask
from lab.made import experiments
from lab.pretending import pretended
for run in sweep.run(experiments(seeds=int(sys.argv[2])), Path(sys.argv[1]), Dask(2, call=pretended)):
    print(run.experiment.seed, flush=True)
"""


def count(path: Path, table: str = "result") -> int:
    try:
        with Store(path, writing=False) as store:
            return store.rows(f"SELECT count(*) FROM {table}")[0][0]
    except StoreError:  # it is being made
        return 0


def collect(found, into: list) -> None:
    for one in found:
        into.append(one)


def until(true, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def workers_of(process: int) -> list[psutil.Process]:
    found = psutil.Process(process).children(recursive=True)
    alive = [one for one in found if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in alive if "actscope.lab.engines.worker" in " ".join(one.cmdline())]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """A scheduler and workers as a user would start them."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen] = []
        self.scheduler()

    def start(self, module: str, *arguments: str) -> subprocess.Popen:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen:
        self.process = self.start("dask_scheduler", "--port", str(self.port))

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        until(answers)
        return self.process

    def worker(self) -> subprocess.Popen:
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny")


@pytest.fixture
def cluster():
    found = Cluster()
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


def test_results_are_those_of_this_process_and_failures_are_told(tmp_path):
    found = [*experiments(seeds=20), *experiments(seeds=1, width=BROKEN)]
    outcomes = list(sweep.run(found, tmp_path / "a.sqlite", Dask(2, call=pretended)))
    failed = [one for one in outcomes if isinstance(one, Failure)]
    assert [(one.experiment, one.kind, one.detail) for one in failed] == [
        (one, "error", "ValueError: a width of 13") for one in found[-2:]
    ]
    assert told(one for one in outcomes if isinstance(one, Run)) == told(map(made, found[:-2]))
    assert count(tmp_path / "a.sqlite") == 40


def test_workers_that_do_not_have_the_file_send_what_they_found(tmp_path):
    found = experiments(seeds=5)
    engine = Dask(1, call=pretended_elsewhere)
    assert told(sweep.run(found, tmp_path / "a.sqlite", engine)) == told(map(made, found))
    assert count(tmp_path / "a.sqlite") == 10
    assert told(sweep.run(found, None, Dask(1, call=pretended))) == told(map(made, found))


def test_a_poison_cell_fails_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    found = [*experiments(seeds=10), *experiments(seeds=1, width=POISON)[:1], *experiments(seeds=1, depth=2)]
    outcomes = list(sweep.run(found, path, Dask(2, call=pretended)))
    (failed,) = [one for one in outcomes if isinstance(one, Failure)]
    assert (failed.experiment.width, failed.kind, failed.detail) == (POISON, "lost", "its worker was lost")
    assert told(one for one in outcomes if isinstance(one, Run)) == told(made(one) for one in found if one.width < 13)
    # What was recorded before its company's worker was lost was not run again.
    with Store(path, writing=False) as store:
        assert store.rows("SELECT sum(again) FROM result")[0][0] == 0
    # It is not tried again by itself, but when it is asked for.
    begun: list[sweep.Begun] = []
    assert failed in list(sweep.run(found, path, begun=begun.append))
    assert (begun[0].recorded, begun[0].failed) == (22, 1)


def test_workers_and_driver_killed_at_random_and_resumed_give_what_an_undisturbed_sweep_gives(tmp_path):
    path = tmp_path / "a.sqlite"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", DRIVE, str(path), "100"]
    driver = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    driver.stdout.readline()
    workers_of(driver.pid)[0].kill()
    before = count(path)
    until(lambda: count(path) > before + 20)
    until(lambda: len(workers_of(driver.pid)) == 2)
    workers = workers_of(driver.pid)
    driver.kill()
    assert driver.communicate()[1] == b""
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in workers), seconds=15)
    left = count(path)
    assert 20 < left < 200
    begun: list[sweep.Begun] = []
    found = experiments(seeds=100)
    outcomes = list(sweep.run(found, path, Dask(2, call=pretended), begun=begun.append))
    assert begun[0].recorded == left
    assert told(outcomes) == told(map(made, found))
    with Store(path, writing=False) as store:
        (row,) = store.rows("SELECT count(*) AS results, sum(again) AS again FROM result")
    assert (row["results"], row["again"]) == (200, 0)


def test_ctrl_c_ends_the_workers_and_tells_what_they_recorded(tmp_path):
    path = tmp_path / "a.sqlite"
    engine = Dask(2, call=pretended)
    outcomes = []

    def press() -> None:
        until(lambda: path.is_file() and count(path) > 30)
        signal.raise_signal(signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        collect(sweep.run(experiments(seeds=500), path, engine), outcomes)
    pressing.join()
    assert 30 < len(outcomes) == count(path) < 1000
    assert not workers_of(os.getpid())


def test_a_cluster_of_the_users_is_used_and_its_scheduler_may_be_lost_and_come_back(cluster, tmp_path):
    path = tmp_path / "a.sqlite"
    found = experiments(seeds=150)
    cluster.worker()
    cluster.worker()
    outcomes = []

    def disturb() -> None:
        until(lambda: path.is_file() and count(path) > 20)
        cluster.process.kill()
        cluster.process.wait()
        cluster.scheduler()
        cluster.worker()

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    collect(sweep.run(found, path, Dask(scheduler=cluster.address, timeout=20, call=pretended)), outcomes)
    disturbing.join()
    assert told(outcomes) == told(map(made, found))
    with Store(path, writing=False) as store:
        (row,) = store.rows("SELECT count(*) AS results, sum(differed) AS differed FROM result")
        assert store.rows("SELECT count(*) FROM failure")[0][0] == 0
    assert (row["results"], row["differed"]) == (300, 0)


def test_a_scheduler_that_does_not_answer_is_named_within_seconds(tmp_path):
    begin = time.monotonic()
    engine = Dask(scheduler=f"tcp://127.0.0.1:{free_port()}", timeout=1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:\d+ within 1 s; start one"):
        list(sweep.run(experiments(), tmp_path / "a.sqlite", engine))
    assert time.monotonic() - begin < 5


def test_a_scheduler_without_workers_is_named_within_seconds(cluster, tmp_path):
    engine = Dask(scheduler=cluster.address, timeout=1)
    with pytest.raises(EngineError, match="has no workers; start one with `dask worker tcp://"):
        list(sweep.run(experiments(), tmp_path / "a.sqlite", engine))


def test_a_scheduler_that_is_lost_for_good_is_named(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("actscope.lab.engines.on_dask.RETURN_SECONDS", 1.0)
    monkeypatch.setattr("actscope.lab.chunking.FIRST_SECONDS", 0.2)
    path = tmp_path / "a.sqlite"
    cluster.worker()
    found = sweep.run(experiments(seeds=500), path, Dask(scheduler=cluster.address, timeout=20, call=pretended))
    next(found)
    cluster.process.kill()
    with pytest.raises(EngineError, match=r"was lost and has not come back for 1 s; what was recorded is kept"):
        list(found)


def test_a_worker_that_cannot_begin_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("actscope.lab.engines.local_workers.sys.executable", "/bin/false")
    with pytest.raises(EngineError, match="a worker could not be started: it ended with status 1"):
        list(sweep.run(experiments(), tmp_path / "a.sqlite", Dask(1)))


def test_a_worker_that_measures_otherwise_is_refused():
    with pytest.raises(EngineError, match=r"a worker has actscope .* which measures otherwise"):
        worked([], None, -1, pretend)
