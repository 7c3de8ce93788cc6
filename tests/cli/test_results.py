"""`actscope results`: what was recorded is listed, exported and reported again, and nothing else is ever made of it."""

import csv
import io
import json
import os

import pyarrow.parquet
import pytest

from actscope.catalogue.defining import named
from actscope.cli import run
from actscope.lab import sweep
from actscope.lab.planning import plan
from actscope.lab.store import Store

SMALL = ["--depth", "1", "--width", "4", "--seeds", "2", "--epochs", "1", "--samples", "60"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two sweeps, and the report of the second beside them."""
    folder = tmp_path_factory.mktemp("stored")
    path = folder / "results.sqlite"
    activations = [named("relu"), named("x*tanh(x)")]
    list(sweep.run(plan("xor", activations, depth=1, width=4, seeds=2, epochs=1, samples=60), path))
    command = ["compare", "moons", "--activations", "relu,x*tanh(x)", *SMALL, "--lr", "0.01,0.1", "--store", str(path)]
    assert run([*command, "--out", str(folder / "moons")]) == 0
    return path


def results(store, *arguments) -> int:
    return run(["results", "--store", str(store), *arguments])


def test_results_are_listed(store, capsys):
    assert results(store) == 0
    told = capsys.readouterr().out
    assert f"12 results in {store}" in told
    assert results(store, "--task", "xor") == 0
    told = capsys.readouterr().out
    assert "x_tanh_x" in told
    assert "moons" not in told
    assert f"4 results in {store}" in told
    assert results(store, "--task", "spirals") == 0
    assert capsys.readouterr().out == f"no results of 'spirals' in {store}; there are some of moons, xor\n"
    assert results(store, "--task", "mons") == 0
    assert f"no results of 'mons' in {store}, did you mean 'moons'? there are" in capsys.readouterr().out


def test_sweeps_are_listed(store, capsys):
    assert results(store, "--sweeps") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:5] for line in lines[1:]] == [["xor", "4", "4", "0"], ["moons", "8", "8", "0"]]


def test_results_are_exported(store, tmp_path, capfdbinary):
    assert results(store, "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert len(rows) == 12
    assert [row["lr"] for row in rows if row["task"] == "moons"] == ["0.01", "0.01", "0.1", "0.1"] * 2
    assert {row["formula"] for row in rows} == {"", "x*tanh(x)"}
    assert results(store, "--format", "json", "--task", "xor") == 0
    found = json.loads(capfdbinary.readouterr().out)
    assert [row["activation"] for row in found] == ["relu", "x_tanh_x"] * 2
    assert results(store, "--out", str(tmp_path / "all.parquet")) == 0
    table = pyarrow.parquet.read_table(tmp_path / "all.parquet")
    assert table.num_rows == 12
    assert [str(row["test_score"]) for row in table.to_pylist()] == [row["test_score"] for row in rows]
    assert results(store, "--out", str(tmp_path / "all.parquet")) == 1
    assert b"exists already" in capfdbinary.readouterr().err


def test_a_report_is_made_again_from_the_store_alone(store, tmp_path, capsys):
    again = tmp_path / "again"
    assert results(store, "--report", str(again), "--sweep", "moons") == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {again / 'report.html'}"
    before, after = (
        json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
        for folder in (store.parent / "moons", again)
    )
    assert after == before


def test_which_sweep_is_asked_where_it_is_not_clear(store, tmp_path, capsys):
    assert results(store, "--report", str(tmp_path / "out")) == 2
    assert "which sweep is meant? say --sweep with one of xor-" in capsys.readouterr().err
    assert results(store, "--report", str(tmp_path / "out"), "--sweep", "mons") == 2
    assert "the store has no sweep 'mons'" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_failures_are_listed(tmp_path, capsys):
    path = tmp_path / "a.sqlite"
    code = "def factory(activation):\n    raise ValueError('no ' + activation.__name__)\n"
    (tmp_path / "net.py").write_text(code)
    command = ["compare", "xor", "--activations", "relu", *SMALL, "--store", str(path)]
    command += ["--model", f"{tmp_path / 'net.py'}:factory", "--depth", "1"]
    assert run([*command, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert "no network could be trained; relu at depth 1 with seed 0 failed: SettingError" in told.err
    assert "with ValueError: no ReLU" in told.err
    assert results(path, "--failures") == 0
    told = capsys.readouterr().out
    assert "ValueError: no ReLU" in " ".join(told.split())
    assert results(path, "--sweeps") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[2:5] == ["2", "0", "2"]


def test_a_sweep_without_a_run_has_no_report(tmp_path, capsys):
    path = tmp_path / "a.sqlite"
    with Store(path) as store:
        from actscope.lab.sweep import About, note_sweep, tasks, text

        found = plan("xor", ["relu"], seeds=1)
        note_sweep(store, "xor-1", found, text(About(tasks.card_of(found[0]))))
    assert results(path, "--report", str(tmp_path / "out")) == 2
    assert "no run was finished" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--format", "xls"], 2, "--format must be one of table, csv, json, parquet, but got 'xls'"),
        (["--format", "parquet"], 2, "Parquet is no text; say where to write it"),
        (["--format", "table", "--out", "a.csv"], 2, "add --format csv, json or parquet"),
        (["--out", "a.txt"], 2, "a.txt does not end with .csv, .json or .parquet, which are written; name it a.csv"),
        (["--out", "a"], 2, "a does not end with .csv, .json or .parquet"),
        (["--task", "spirals", "--out", "a.csv"], 2, "there are some of moons, xor; nothing was written"),
        (["--task", "spirals", "--format", "json"], 2, "there are some of moons, xor; nothing was written"),
        (["--sweeps", "--format", "csv"], 2, "--sweeps prints a table; leave out --format"),
        (["--failures", "--out", "a.csv"], 2, "--failures prints a table; leave out --out"),
        (["--format", "csv", "--out", "a.json"], 2, "a.json does not end with .csv"),
        (["--sweep", "nothing"], 2, "the store has no sweep 'nothing'"),
    ],
)
def test_what_cannot_be_is_said(arguments, code, text, store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert results(store, *arguments) == code
    assert text in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_store_that_is_not_there_or_is_none_is_said(tmp_path, capsys):
    assert results(tmp_path / "a.sqlite") == 1
    assert "there is no store" in capsys.readouterr().err
    (tmp_path / "a.sqlite").write_text("not a database " * 100)
    assert results(tmp_path / "a.sqlite") == 1
    assert "it is no store of results; choose another file" in capsys.readouterr().err
    assert run(["results"]) == 1
    assert "`actscope compare` makes one" in capsys.readouterr().err
