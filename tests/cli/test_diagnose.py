"""`actscope diagnose`: the verdict as exit code, the folder, and what a user can do wrong."""

import json
from dataclasses import replace
from unittest.mock import Mock

import pytest

from actscope.cli import run
from actscope.probe import diagnosing
from actscope.probe.records import Diagnosis
from probe.recordings import diagnosis

MODELS = """
import torch
from torch import nn

MODEL = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
BATCHES = [(torch.ones(8, 4), torch.arange(8) % 3)]
LOSS = nn.CrossEntropyLoss()

def setup():
    return MODEL, LOSS, BATCHES

def with_optimizer():
    return MODEL, LOSS, BATCHES, torch.optim.SGD(MODEL.parameters(), 0.1)

def as_dict():
    return {"model": MODEL, "loss_fn": LOSS, "batches": BATCHES}

def doubled():
    return nn.Sequential(*MODEL, nn.Softmax(dim=1)), LOSS, BATCHES

def needs(model):
    return model

def nothing():
    return None

def two():
    return MODEL, LOSS

def misspelt():
    return {"model": MODEL, "los_fn": LOSS, "batches": BATCHES}

def without():
    return {"model": MODEL, "loss_fn": LOSS}

def fails():
    raise RuntimeError("the data are gone")

def empty():
    return MODEL, LOSS, []

def shapes():
    return MODEL, LOSS, [(torch.ones(8, 5), torch.arange(8) % 3)]

NUMBER = 3
"""


@pytest.fixture
def models(tmp_path, monkeypatch):
    (tmp_path / "own_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def stubbed(monkeypatch):
    """The probe says what it is told to, and keeps what it was called with."""
    calls = {}

    def say(name):
        def diagnose(model, loss_fn, batches, optimizer=None, steps=100, *, progress=None):
            calls.update(model=model, loss_fn=loss_fn, batches=batches, optimizer=optimizer, steps=steps)
            for step in range(steps):
                progress(step + 1, steps)
            return name if isinstance(name, Diagnosis) else diagnosis(name)

        monkeypatch.setattr(diagnosing, "diagnose", diagnose)
        return calls

    return say


@pytest.mark.parametrize("function", ["setup", "with_optimizer", "as_dict"])
@pytest.mark.parametrize("place", ["own_models.py", "own_models"])
@pytest.mark.usefixtures("models")
def test_what_a_function_may_return(stubbed, function, place, capsys):
    calls = stubbed("relu")
    assert run(["diagnose", f"{place}:{function}", "--steps", "7"]) == 0
    assert type(calls["model"]).__name__ == "Sequential"
    assert calls["steps"] == 7
    assert (calls["optimizer"] is not None) is (function == "with_optimizer")
    assert "Net: healthy" in capsys.readouterr().out


def test_findings_are_told_and_written(models, stubbed, capsys):
    stubbed("dead-units")
    assert run(["diagnose", "own_models:setup", "--out", "there"]) == 1
    told = capsys.readouterr().out
    assert "1. Dead units at 3/relu" in told
    assert told.splitlines()[-1] == "report: there/report.html"
    assert json.loads((models / "there" / "diagnosis.json").read_text())["healthy"] is False
    assert run(["diagnose", "own_models:setup", "--out", "there"]) == 2
    assert "choose another folder, or --overwrite it" in capsys.readouterr().err
    assert run(["diagnose", "own_models:setup", "--out", "there", "--overwrite"]) == 1


@pytest.mark.usefixtures("models")
def test_what_could_not_be_judged_is_no_verdict(stubbed, capsys):
    why = "measuring stopped at step 3: ValueError: no"
    stopped = replace(diagnosis("relu").recording, broken=why, notes=(why,))
    stubbed(Diagnosis(stopped))
    assert run(["diagnose", "own_models:setup"]) == 2
    assert f"actscope: could not be judged; {why}" in capsys.readouterr().err
    stubbed(Diagnosis(stopped, diagnosis("dead-units").findings))
    assert run(["diagnose", "own_models:setup"]) == 1
    assert why in capsys.readouterr().err
    stubbed(Diagnosis(replace(diagnosis("relu").recording, differentiated=False, graph="unseen")))
    assert run(["diagnose", "own_models:setup"]) == 2
    assert "could not be judged; no backward pass was seen" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_a_worker_that_ends_is_told_wherever_the_signal_comes(monkeypatch, capsys):
    lost = RuntimeError("DataLoader worker (pid 17) is killed by signal: Killed.")
    monkeypatch.setattr(diagnosing, "diagnose", Mock(side_effect=lost))
    assert run(["diagnose", "own_models:setup"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "failed with RuntimeError: DataLoader worker (pid 17) is killed" in told
    assert "with num_workers=0 its own words are told" in told
    monkeypatch.setattr(diagnosing, "diagnose", Mock(side_effect=RuntimeError("a fault of ours")))
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run(["diagnose", "own_models:setup"])


@pytest.mark.usefixtures("models")
def test_a_real_model_with_softmax_twice(capsys):
    assert run(["diagnose", "own_models.py:doubled", "--steps", "3"]) == 1
    assert "applies it again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("own_models", "names no function"),
        ("own_models.py", "it has setup, with_optimizer"),
        ("own_models:setpu", "did you mean 'setup'?"),
        ("own_models:NUMBER", "is of type int, not a function"),
        ("nowhere:setup", "there is no module 'nowhere'"),
        ("nowhere.py:setup", "there is no file"),
        ("own_model.py:setup", "/own_model.py, did you mean 'own_models.py'?"),
        ("own_model:setup", "there is no module 'own_model', did you mean 'own_models'?"),
        ("own_models:needs", "needs model, but is called with nothing"),
        ("own_models:nothing", "returned NoneType instead of three or four things"),
        ("own_models:two", "returned tuple of 2 instead"),
        ("own_models:misspelt", "'los_fn', did you mean 'loss_fn'?"),
        ("own_models:without", "a dict without 'batches'"),
        ("own_models:fails", "failed with RuntimeError: the data are gone, in line 37 of "),
        ("own_models:empty", "is empty"),
        ("own_models:shapes", "does not run on batch 1"),
    ],
)
@pytest.mark.usefixtures("models")
def test_what_cannot_be_run_is_said_without_a_traceback(target, says, capsys):
    assert run(["diagnose", target, "--steps", "2"]) == 2
    told = capsys.readouterr()
    assert says in " ".join(told.err.split())
    assert "Traceback" not in told.err
    assert told.out == ""


def test_a_message_names_few_functions_and_none_where_there_are_none(models, capsys):
    (models / "bare.py").write_text("")
    (models / "full.py").write_text("".join(f"def make{k}(): pass\n" for k in range(11)))
    for name, says in (("bare.py", "names no function; type path/"), ("full.py:xyz", "make6, make7 and 3 more\n")):
        assert run(["diagnose", name]) == 2
        told = capsys.readouterr().err
        assert says in told
        assert len(told) < 240


def test_a_module_that_does_not_import_is_said(models, capsys):
    (models / "broken.py").write_text("import not_there_at_all")
    assert run(["diagnose", "broken.py:setup"]) == 2
    told = capsys.readouterr().err
    assert "imports 'not_there_at_all', which is not found: is it a file of your project?" in told
    assert "pip" not in told
    (models / "leaving.py").write_text("raise SystemExit(0)")
    assert run(["diagnose", "leaving.py:setup"]) == 2
    assert "importing leaving.py failed with SystemExit" in capsys.readouterr().err


@pytest.mark.parametrize("steps", ["0", "-3", "many"])
@pytest.mark.usefixtures("models")
def test_steps_are_a_whole_number(steps, capsys):
    assert run(["diagnose", "own_models:setup", "--steps", steps]) == 2
    assert "steps" in capsys.readouterr().err
