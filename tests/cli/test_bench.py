"""`actscope bench`: what it prints, writes, refuses."""

import json

import pytest

from actscope.bench import accuracy, machine, speed
from actscope.cli import run
from actscope.report import files

QUICK = ["bench", "accuracy", "--functions", "relu", "--kinds", "value", "--samples", "2000", "--against", "none"]


def told(capsys) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_accuracy_prints_the_table_and_writes_the_numbers(tmp_path, capsys):
    path = tmp_path / "accuracy.json"
    assert run([*QUICK, "--json", str(path)]) == 0
    out = told(capsys)
    assert out.startswith("actscope relu value 0.5")
    assert "actscope: 1 of 1 functions and slopes within 2 ulp everywhere." in out
    (score,) = json.loads(path.read_text())["scores"]
    assert (score["activation"], score["errors"]["beyond"]) == ("relu", 0)


def test_16_bits_and_float64_are_measured_too(capsys):
    for dtype in ("float16", "bfloat16", "float64"):
        arguments = [argument for argument in QUICK if argument not in ("--samples", "2000")]
        assert run([*arguments, "--dtype", dtype, "--samples", "200"]) == 0
        assert f"{dtype}: largest error" in told(capsys)


def test_an_interrupted_walk_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(accuracy, "walk_all", interrupted)
    assert run(["bench", "accuracy", "--exhaustive", "--state", str(tmp_path)]) == 130
    assert "the same command goes on where it stopped" in capsys.readouterr().err


def test_speed_prints_the_tables(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(machine, "busy_seconds", lambda: None)
    monkeypatch.setattr(speed.starting, "first_calls", lambda: {"first call": 0.08})
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    path = tmp_path / "speed.json"
    arguments = ["--functions", "tanh", "--sizes", "1k", "--threads", "1", "--against", "pytorch"]
    assert run(["bench", "speed", *arguments, "--json", str(path)]) == 0
    out = told(capsys)
    assert "1k elements, 1 thread; ns an element; a copy takes" in out
    assert "Bytes an element that forward keeps for backward: ours PyTorch functions" in out
    assert {tuple(cell["shape"]) for cell in json.loads(path.read_text())["cells"]} == {(16,), (1024,)}


@pytest.fixture
def nothing_is_measured(monkeypatch):
    def measured(*_, **__):
        raise AssertionError("it was measured first")

    for module, name in ((accuracy, "measure"), (accuracy, "walk_all"), (speed, "measure")):
        monkeypatch.setattr(module, name, measured)


@pytest.mark.usefixtures("nothing_is_measured")
@pytest.mark.parametrize(
    "arguments", [["accuracy"], ["accuracy", "--exhaustive"], ["speed"]], ids=["sample", "walk", "speed"]
)
def test_a_file_that_cannot_be_written_is_refused_at_once(arguments, tmp_path, capsys, monkeypatch):
    there = tmp_path / "there.json"
    there.write_text("mine")
    (tmp_path / "folder").mkdir()
    command = ["bench", *arguments, "--functions", "relu"]
    for path, text in (
        (there, "there.json exists already; choose another name, or add --overwrite"),
        (tmp_path / "nowhere" / "x.json", "nowhere; make it, or choose another place"),
        (tmp_path / "folder", "folder is a folder"),
        (there / "x.json", "; make it, or choose another place"),
    ):
        assert run([*command, "--json", str(path)]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert text in told.err
    assert run([*command, "--json", str(tmp_path / "x.csv")]) == 2
    assert "x.csv does not end with .json" in capsys.readouterr().err
    monkeypatch.setattr(files.tempfile, "TemporaryFile", unwritable)
    assert run([*command, "--json", str(there), "--overwrite"]) == 1
    assert "cannot write" in capsys.readouterr().err
    assert there.read_text() == "mine"


def unwritable(**_):
    raise PermissionError(13, "Permission denied")


def test_a_file_is_replaced_if_told_to(tmp_path, capsys):
    path = tmp_path / "accuracy.json"
    path.write_text("yesterday's")
    assert run([*QUICK, "--json", str(path), "--overwrite"]) == 0
    assert "json: " in capsys.readouterr().out
    assert json.loads(path.read_text())["format"] == "actscope accuracy"
    assert [*tmp_path.iterdir()] == [path]


def test_a_busy_machine_is_refused_in_a_line(monkeypatch, capsys):
    clock = iter(range(100))
    monkeypatch.setattr(machine, "busy_seconds", lambda: float(next(clock)))
    monkeypatch.setattr(speed.time, "sleep", lambda _: None)
    assert run(["bench", "speed", "--functions", "relu", "--against", "none"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "add --force to see numbers all the same" in told.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["accuracy", "--functions", "gleu"], "did you mean 'gelu'?"),
        (["accuracy", "--dtype", "float8"], "no dtype is called 'float8'"),
        (["accuracy", "--kinds", "valve"], "did you mean 'value'?"),
        (["accuracy", "--against", "numpy"], "no library is called 'numpy'"),
        (["accuracy", "--exhaustive", "--dtype", "float16"], "--exhaustive walks float32"),
        (["accuracy", "--exhaustive", "--samples", "5"], "leave out --samples"),
        (["accuracy", "--samples", "0"], "--samples"),
        (["speed", "--sizes", "4q"], "--sizes must be whole numbers such as 4096, 64k or 1M, but got '4q'"),
        (["speed", "--threads", "x"], "--threads must be whole numbers"),
        (["speed", "--threads", "4096"], "threads must be from 1 to"),
        (["speed", "--against", "tensorflow"], "nothing to time is called 'tensorflow'"),
    ],
)
def test_mistakes_are_answered_in_a_line(arguments, text, capsys):
    assert run(["bench", *arguments]) == 2
    told = capsys.readouterr()
    assert text in " ".join(told.err.split())
    assert "Traceback" not in told.err
