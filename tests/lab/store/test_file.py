"""The file of results: what is committed stays, and what is wrong with a file is said without touching it."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from actscope.errors import StoreError
from actscope.lab.store import Store, path_of
from actscope.lab.store.file import VERSION
from actscope.lab.store.results import record, recorded
from lab.made import experiments, made

WRITE = """
import itertools, sys
from pathlib import Path
from actscope.lab.store import Store
from actscope.lab.store.results import record
from lab.made import experiments, made
with Store(Path(sys.argv[1])) as store:
    for experiment in experiments(seeds=int(sys.argv[2])):
        record(store, [made(experiment)], "a test")
        print(experiment.seed, flush=True)
"""


def write(path: Path, seeds: int, **options) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITE, str(path), str(seeds)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def count(path: Path) -> int:
    with Store(path, writing=False) as store:
        assert store.rows("PRAGMA integrity_check")[0][0] == "ok"
        return store.rows("SELECT count(*) FROM result")[0][0]


def test_a_new_file_is_one_of_ours_and_opens_again(tmp_path):
    path = tmp_path / "a.sqlite"
    with Store(path) as store:
        token = store.token
    with Store(path) as store, Store(path, writing=False) as reader:
        assert store.token == reader.token == token
        assert store.rows("PRAGMA journal_mode")[0][0] == "wal"
        assert store.rows("PRAGMA synchronous")[0][0] == 2
        assert store.rows("PRAGMA user_version")[0][0] == VERSION
    assert os.listdir(tmp_path) == ["a.sqlite"]
    with Store(tmp_path / "b.sqlite") as other:
        assert other.token != token


def test_a_file_may_be_named_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Store(Path("a ü#%.sqlite")) as store:
        assert store.path == tmp_path / "a ü#%.sqlite"
        assert store.path.is_file()


def test_several_processes_may_make_one_file_at_the_same_moment(tmp_path):
    processes = [write(tmp_path / "a.sqlite", 1) for _ in range(3)]
    for process in processes:
        assert process.wait() == 0, process.stderr.read()
        process.communicate()
    assert count(tmp_path / "a.sqlite") == 2


def test_what_was_committed_survives_a_kill(tmp_path):
    path = tmp_path / "a.sqlite"
    process = write(path, 4_000)
    lines = [process.stdout.readline() for _ in range(40)]
    process.kill()
    lines += process.communicate()[0].splitlines()
    # What was told is there; one more may be there that the process could not tell any more.
    assert count(path) - len(lines) in (0, 1)


def test_what_was_begun_and_not_committed_is_not_there(tmp_path):
    with Store(tmp_path / "a.sqlite") as store:
        one, two = experiments(seeds=1)
        record(store, [made(one)], "a test")
        with pytest.raises(ZeroDivisionError), store.transaction() as database:
            assert 1 / (database.execute("DELETE FROM result").rowcount - 1)
        record(store, [made(two)], "a test")
        assert store.rows("SELECT count(*) FROM result")[0][0] == 2


@pytest.mark.parametrize("content", [b"task,activation\n" * 100, b"SQLite format 3\0" + bytes(5000), b"\x7fELF" * 500])
def test_a_file_that_is_none_is_named_and_left_alone(content, tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    for writing in (True, False):
        with pytest.raises(StoreError, match=r"a\.sqlite: it is (no store of results|damaged).*choose another file"):
            Store(path, writing=writing)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE result (mine)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database, and stays as it is; choose another file"):
        Store(path)
    assert path.read_bytes() == before


def test_a_newer_store_is_left_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    with Store(path) as store, store.transaction() as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    for writing in (True, False):
        with pytest.raises(
            StoreError, match=r"newer actscope \(its tables are version 2, this one knows 1\).*pip inst"
        ):
            Store(path, writing=writing)
    assert path.read_bytes() == before


def test_a_damaged_store_is_named_where_the_damage_is_met(tmp_path):
    path = tmp_path / "a.sqlite"
    found = experiments(seeds=30)
    with Store(path) as store:
        record(store, map(made, found), "a test")
    content = bytearray(path.read_bytes())
    content[len(content) // 3 :] = os.urandom(len(content) - len(content) // 3)
    path.write_bytes(content)
    with (
        pytest.raises(StoreError, match=r"it is damaged, and nothing was changed in it.*recover"),
        Store(path) as store,
    ):
        store.rows("SELECT sum(length(run)), min(task) FROM result")
    assert path.read_bytes() == content


def test_folders_and_places_that_are_not_there_are_named(tmp_path):
    with pytest.raises(StoreError, match="is a folder; name a file in it"):
        Store(tmp_path)
    with pytest.raises(StoreError, match="there is no folder"):
        path_of(tmp_path / "nowhere" / "a.sqlite")
    with pytest.raises(StoreError, match="there is no store"):
        Store(tmp_path / "a.sqlite", writing=False)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_loses_nothing(tmp_path):
    path = tmp_path / "a.sqlite"
    found = experiments(seeds=200)
    with Store(path) as store:
        store.rows("PRAGMA max_page_count = 40")
        one_by_one = (record(store, [made(experiment)], "a test") for experiment in found)
        with pytest.raises(StoreError, match="the disk is full; free some space: what was recorded before is kept"):
            list(one_by_one)
        room = store.rows("SELECT count(*) FROM result")[0][0]
        assert 10 < room < 400
        store.rows("PRAGMA max_page_count = 4000")
        record(store, map(made, found), "a test")
    assert count(path) == 400


def test_a_disk_that_takes_no_more_loses_nothing(tmp_path):
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = write(tmp_path / "a.sqlite", 4_000, preexec_fn=no_room)
    out, err = process.communicate()
    assert process.returncode == 1
    assert "StoreError: the store" in err
    assert "the disk" in err.splitlines()[-1]
    assert count(tmp_path / "a.sqlite") == len(out.splitlines()) > 5


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_file_that_may_not_be_written_is_named(tmp_path):
    path = tmp_path / "a.sqlite"
    with Store(path):
        pass
    path.chmod(0o400)
    with pytest.raises(StoreError, match="it is read-only"), Store(path) as store:
        record(store, [made(experiments()[0])], "a test")


def test_a_store_that_may_not_be_written_is_named(tmp_path):
    with Store(tmp_path / "a.sqlite") as store:
        store.rows("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="it is read-only; make it writable, or choose another file"):
            record(store, [made(experiments()[0])], "a test")


def test_a_reader_disturbs_no_writer(tmp_path):
    path = tmp_path / "a.sqlite"
    process = write(path, 150)
    process.stdout.readline()
    seen = []
    while process.poll() is None:
        seen.append(count(path))
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == 0
    assert seen == sorted(seen)
    assert count(path) == 300


def test_the_users_own_store_can_be_moved(tmp_path, monkeypatch):
    monkeypatch.setenv("ACTSCOPE_STORE", str(tmp_path / "deep" / "mine.sqlite"))
    assert path_of("auto") == tmp_path / "deep" / "mine.sqlite"
    assert (tmp_path / "deep").is_dir()
    monkeypatch.delenv("ACTSCOPE_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert path_of("auto").name == "results.sqlite"
    assert path_of(None) is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ACTSCOPE_STORE", str(tmp_path / "file" / "mine.sqlite"))
    with pytest.raises(StoreError, match="cannot make the folder"):
        path_of("auto")
    with Store(tmp_path / "a.sqlite") as store:
        assert recorded(store, ["nothing"]) == set()
