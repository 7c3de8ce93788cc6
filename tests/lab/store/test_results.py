"""Runs in the store: recorded once, told as they were, whatever they were called."""

import dataclasses
import json
import math

import pytest

from actscope.catalogue.defining import define
from actscope.errors import SettingError, StoreError
from actscope.lab.identity import cell_id
from actscope.lab.records import Source
from actscope.lab.store import Failure, Store
from actscope.lab.store.results import differing, record, recorded, runs_of
from actscope.lab.store.rows import rows
from actscope.lab.store.sweeps import (
    all_failures,
    experiments_of,
    failures_of,
    forget_failures,
    note_failure,
    note_sweep,
    tallies,
)
from lab.made import experiments, made, told


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "a.sqlite") as opened:
        yield opened


def by_cell(some):
    return {cell_id(experiment): experiment for experiment in some}


def test_runs_come_back_as_they_were(store):
    found = experiments(seeds=8)
    runs = [made(experiment) for experiment in found]
    assert any(math.isnan(run.final.test_loss) for run in runs)
    record(store, runs, "a test")
    back = dict(runs_of(store, by_cell(found)))
    assert list(back) == [cell_id(experiment) for experiment in found]
    assert told(back.values()) == told(runs)
    assert [run.seconds for run in back.values()] == [0.5] * 16


def test_many_cells_are_found_in_few_questions(store):
    found = experiments(seeds=350)
    record(store, [made(experiment) for experiment in found[::2]], "a test")
    assert recorded(store, by_cell(found)) == set(by_cell(found[::2]))
    assert [run.experiment for _, run in runs_of(store, by_cell(found[::-1]))] == list(found[::2])[::-1]


def test_the_first_result_is_kept_and_others_are_counted(store):
    first, second = (made(experiment) for experiment in experiments(seeds=1))
    record(store, [first, second], "a test")
    record(store, [dataclasses.replace(first, seconds=9.0)], "a test")
    assert differing(store, by_cell(experiments())) == 0
    record(store, [dataclasses.replace(second, steps=3)], "a test")
    assert differing(store, by_cell(experiments())) == 1
    assert [(row["again"], row["differed"]) for row in rows(store)] == [(1, 0), (1, 1)]
    (_, back), (_, other) = runs_of(store, by_cell(experiments(seeds=1)))
    assert (back.seconds, other.steps) == (0.5, 2)


def test_a_run_is_told_under_the_name_that_is_asked_for(store):
    from actscope.lab.planning import plan

    mine, yours = (plan("xor", [define(name, "x*tanh(x)")], seeds=1)[0] for name in ("mine", "yours"))
    record(store, [made(mine)], "a test")
    ((_, back),) = runs_of(store, by_cell([yours]))
    assert back.experiment == yours
    here, there = (dataclasses.replace(mine, task="a.csv", source=Source(path, "abc")) for path in ("/a.csv", "/b.csv"))
    record(store, [made(here)], "a test")
    ((_, back),) = runs_of(store, by_cell([there]))
    assert back.experiment.source.path == "/b.csv"


def test_a_result_that_cannot_be_read_is_named(store):
    found = by_cell(experiments(seeds=1))
    record(store, map(made, found.values()), "a test")
    with store.transaction() as database:
        database.execute("UPDATE result SET run = x'00'")
    with pytest.raises(StoreError, match=r"the result of cell .* cannot be read"):
        list(runs_of(store, found))


def test_plain_columns_can_be_asked_in_sql(store):
    record(store, map(made, experiments(seeds=8, lr=[0.1, 0.01])), "a test")
    (row,) = store.rows(
        "SELECT count(*) AS runs, count(test_loss) AS finite, avg(test_score) AS score FROM result "
        "WHERE activation = 'tanh' AND task = 'xor' AND json_extract(settings, '$.lr') = 0.1"
    )
    assert (row["runs"], row["finite"], row["score"]) == (8, 7, 0.25)
    facts = json.loads(store.rows("SELECT facts FROM env")[0]["facts"])
    assert facts["engine"] == "a test"
    assert facts["threads"] == 1
    assert {"actscope", "torch", "numpy"} <= facts["libraries"].keys()


def test_rows_are_flat_and_tell_every_setting(store):
    record(store, map(made, experiments(seeds=1)), "a test")
    found = list(rows(store))
    assert [row["activation"] for row in found] == ["relu", "tanh"]
    assert {name: found[0][name] for name in ("task", "depth", "lr", "init", "patience", "model", "formula")} == {
        "task": "xor",
        "depth": 1,
        "lr": 0.003,
        "init": "auto",
        "patience": None,
        "model": "mlp",
        "formula": None,
    }
    assert all(isinstance(value, str | int | float | None) for row in found for value in row.values())
    assert list(rows(store, task="moons")) == []


def test_a_sweep_is_found_again_with_its_experiments(store):
    found = experiments(lr=[0.1, 0.01])
    note_sweep(store, "xor-1", found, '{"card":1}')
    note_sweep(store, "xor-1", found[::-1], '{"card":2}')
    assert experiments_of(store, "xor-1") == found[::-1]
    with pytest.raises(SettingError, match=r"has no sweep 'xor-2', did you mean 'xor-1'?"):
        experiments_of(store, "xor-2")
    record(store, [made(found[0])], "a test")
    note_failure(store, cell_id(found[1]), Failure(found[1], "error", "ValueError: no", 1))
    note_failure(store, cell_id(found[2]), Failure(found[2], "lost", "killed", 2))
    ((tally),) = tallies(store)
    assert (tally.name, tally.task, tally.planned, tally.recorded, tally.failed) == ("xor-1", "xor", 8, 1, 1)
    assert len(list(rows(store, sweep="xor-1"))) == 1
    assert list(rows(store, sweep="xor-2")) == []


def test_failures_are_counted_until_they_are_final_and_can_be_forgotten(store):
    found = experiments(seeds=2)
    cells = list(by_cell(found))
    note_sweep(store, "xor-1", found, "{}")
    for attempt in (1, 2, 3):
        note_failure(store, cells[0], Failure(found[0], "lost", "killed", attempt))
    note_failure(store, cells[1], Failure(found[1], "error", "ValueError: no", 1))
    note_failure(store, cells[2], Failure(found[2], "lost", "killed", 1))
    kept = failures_of(store, by_cell(found))
    assert {cell: (failure.kind, failure.attempts) for cell, failure in kept.items()} == {
        cells[0]: ("lost", 3),
        cells[1]: ("error", 1),
        cells[2]: ("lost", 1),
    }
    assert [failure.experiment for failure in all_failures(store)] == [found[0], found[1]]
    record(store, [made(found[1])], "a test")
    assert [failure.experiment for failure in all_failures(store, "xor-1")] == [found[0]]
    assert all_failures(store, "xor-2") == []
    forget_failures(store, cells)
    assert failures_of(store, by_cell(found)) == {}
