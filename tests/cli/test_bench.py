"""`actscope bench`: what it prints, writes, refuses."""

import json

import pytest

from actscope.bench import accuracy, machine, speed
from actscope.cli import run

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
