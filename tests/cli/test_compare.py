"""`actscope compare`: from the command to the report, and every way it can be stopped."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from actscope.cli import run

SMALL = ["--activations", "identity,relu", "--depth", "2", "--seeds", "2", "--epochs", "3", "--samples", "120"]


def start(arguments: list[str], folder, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "actscope", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_a_comparison_from_the_command_to_the_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["compare", "xor", *SMALL]) == 0
    told = capsys.readouterr()
    assert told.err.splitlines()[0].startswith("xor: identity, relu at depth 2, 4 networks")
    assert told.out.splitlines()[-1] == "report: compare-xor/report.html"
    assert "On xor at depth 2" in told.out
    found = json.loads((tmp_path / "compare-xor/comparison.json").read_text(encoding="utf-8"))
    assert [r["experiment"]["activation"] for r in found["runs"]] == ["identity", "relu"] * 2
    assert run(["compare", "xor", *SMALL]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "report: compare-xor-2/report.html"


def test_the_same_as_in_python(tmp_path):
    import actscope as act

    out = tmp_path / "out"
    command = ["compare", "moons", "--activations", "tanh,cos", "--depth", "1,2", "--width", "8", "--seeds", "1"]
    command += ["--epochs", "2", "--optimizer", "sgd", "--lr", "0.5", "--init", "lecun", "--batch-size", "32"]
    assert run([*command, "--samples", "100", "--noise", "0.3", "--out", str(out)]) == 0
    there = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    here = act.compare(
        *("moons", ["tanh", "cos"]),
        depth=[1, 2],
        width=8,
        seeds=1,
        epochs=2,
        optimizer="sgd",
        lr=0.5,
        init="lecun",
        batch_size=32,
        samples=100,
        noise=0.3,
    )
    assert [r["history"][-1]["train_loss"] for r in there["runs"]] == [r.final.train_loss for r in here.runs]


def test_defaults_are_those_of_python():
    import inspect

    import actscope as act
    from actscope.cli import compare
    from actscope.lab import planning

    python = inspect.signature(act.compare).parameters
    command = inspect.signature(compare.command).parameters
    plan = inspect.signature(planning.plan).parameters
    for name in plan.keys() - {"task", "activations"}:
        assert python[name].default == plan[name].default
    for name in command.keys() - {"context", "task", "activations", "no_store", "out", "overwrite"}:
        typed = {"patience": "none"}.get(name, python[name].default)
        assert str(command[name].default) == str(typed)
    assert command["activations"].default == ",".join(python["activations"].default)
    assert python.keys() - command.keys() == {"progress"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["digitz"], "did you mean 'digits'?"),
        (["xor", "--activations", "relu,gleu"], "did you mean 'gelu'?"),
        (["xor", "--activations", ""], "at least one activation"),
        (["xor", "--activations", "relu,relu"], "names relu more than once; name it once"),
        (["xor", "--activations", "relu,x*tnh(x)"], "no function is called 'tnh', did you mean 'tanh'?"),
        (["xor", "--activations", "relu", "tanh"], "type: actscope compare xor --activations relu,tanh"),
        (["xor", "relu", "x*tanh(x)"], "type: actscope compare xor --activations 'relu,x*tanh(x)'"),
        (["xor", "moons"], "one task is compared at a time, xor or moons"),
        (["relu", "tanh"], "no task is called 'relu'"),
        (["xor", "--activations", "softmax"], "cannot stand in a hidden layer"),
        (["xor", "--depth", "0"], "`depth` must be a whole number of at least 1, but got 0"),
        (["xor", "--depth", "two"], "--depth must be whole numbers separated by commas, such as 2,8"),
        (["xor", "--width", "0"], "`width` must be a whole number of at least 1, but got 0"),
        (["xor", "--seeds", "-1"], "`seeds` must be a whole number of at least 1, but got -1"),
        (["xor", "--epochs", "0"], "`epochs` must be a whole number of at least 1, but got 0"),
        (["xor", "--batch-size", "0"], "`batch_size` must be"),
        (["xor", "--samples", "3"], "`samples` must be"),
        (["xor", "--lr", "0"], "`lr` must be > 0"),
        (["xor", "--lr", "nan"], "`lr` must be a finite number"),
        (["xor", "--noise", "-1"], "`noise` must be >= 0"),
        (["xor", "--optimizer", "adm"], "did you mean 'adam'?"),
        (["xor", "--init", "kaiming"], "auto, he, xavier, lecun, default"),
        (
            ["xor", "--epochs", "many"],
            "--epochs must be whole numbers separated by commas, such as 2,8, but got 'many'",
        ),
        (["xor", "--seeds", "many"], "--seeds must be a whole number, such as 5, but got 'many'"),
        (["xor", "--workers", "two"], "--workers must be a whole number, such as 5, but got 'two'"),
        (["xor", "--most-cells", "1e5"], "--most-cells must be a whole number, such as 5, but got '1e5'"),
        ([], "which task? for example: actscope compare xor --activations relu,tanh"),
        (["xor", "--lr", "auto,0.1"], "--lr auto stands alone, since it finds each activation's own rate; type --lr "),
        (["xor", "--lr", "0.1,auto,1"], "type --lr auto, or --lr 0.1,1"),
        (["iris"], "no task is called 'iris', did you mean 'sklearn:iris'?"),
        (["xor", "--lr", "1e-3;1e-2"], "--lr must be numbers separated by commas, such as 0.001,0.01"),
        (["xor", "--lr", "0.1,0.1"], "`lr` holds 0.1 more than once"),
        (["xor", "--patience", "5,never"], "--patience must be none or whole numbers separated by commas"),
        (["xor", "--schedule", "cosin"], "did you mean 'cosine'?"),
        (["xor", "--model", "conv,mlp"], "the model conv takes images, but a sample of xor is 2 plain numbers"),
        (["xor", "--model", "resnet"], "or a factory of your own as package.module:factory"),
        (["xor", "--model", "nothing:here"], "there is no module 'nothing'"),
        (["xor", "--target", "y"], "are for data of your own, but xor is a task"),
        (["xor", "--seeds", "10000"], "the grid has 40,000 networks (4 activations x 10000 seeds)"),
        (["xor", "--threshold", "1.5"], "`threshold` must be a share of right answers such as 0.95"),
        (["xor", "--workers", "0"], "`workers` must be a whole number of at least 1, but got 0"),
        (["xor", "--workers", "2", "--scheduler", "tcp://127.0.0.1:8786"], "give one of the two"),
        (["xor", "--scheduler", "here"], "such as tcp://10.0.0.5:8786, but got 'here'"),
    ],
)
def test_a_wrong_setting_is_answered_before_any_training(arguments, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["compare", *arguments]) == 2
    told = capsys.readouterr().err
    assert text in " ".join(told.replace("│", " ").split())
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_step_is_trained_and_the_reason_said(tmp_path, capsys):
    arguments = ["compare", "xor", "--activations", "step,relu", "--depth", "2", "--seeds", "1", "--epochs", "2"]
    assert run([*arguments, "--out", str(tmp_path / "out")]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "the slope of step is 0 everywhere" in told


def test_out_that_holds_a_report_or_cannot_be_written_is_refused_at_once(tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["compare", "xor", *SMALL, "--out", str(out)]) == 0
    before = (out / "report.html").read_bytes()
    capsys.readouterr()
    assert run(["compare", "xor", *SMALL, "--out", str(out)]) == 1
    told = capsys.readouterr()
    assert "overwrite" in told.err
    assert "networks" not in told.err  # nothing was started
    assert (out / "report.html").read_bytes() == before
    assert run(["compare", "xor", *SMALL, "--out", str(out), "--overwrite"]) == 0
    (tmp_path / "file").write_text("mine")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        assert run(["compare", "xor", *SMALL, "--out", str(bad)]) == 1
        assert "Traceback" not in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_ctrl_c_reports_what_was_finished(tmp_path):
    arguments = ["compare", "xor", "--activations", "relu,tanh", "--depth", "2", "--seeds", "400", "--epochs", "5"]
    process = start([*arguments, "--samples", "200", "--out", "out"], tmp_path)
    lines = []
    while not any(line.startswith("[4/800]") for line in lines):
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "of 800" in out
    assert out.splitlines()[-1] == "report: out/report.html"
    found = json.loads((tmp_path / "out/comparison.json").read_text(encoding="utf-8"))
    assert 4 <= len(found["runs"]) < found["planned"] == 800


@pytest.mark.parametrize("out", [["--out", "out"], []])
def test_the_same_command_goes_on_from_an_interrupted_report(out, tmp_path, monkeypatch, capsys, own_store):
    from actscope.cli import resuming
    from actscope.lab import planning, sweep
    from actscope.lab.concluding import concluded
    from actscope.report import save

    def planned(samples=120, names=("identity", "relu")):
        return planning.plan("xor", names, depth=2, seeds=2, epochs=3, samples=samples)

    def goes_on(experiments, store=own_store, threshold=None) -> bool:
        return resuming.goes_on(folder, experiments, store, threshold=threshold, tuned=False)

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / (out[1] if out else "compare-xor")
    save(concluded(planned(), list(sweep.run(planned()[:2], own_store))), folder)
    assert goes_on(planned())
    # Another sweep has another report, and this one stays where its runs are not in the store.
    assert not goes_on(planned(samples=130))
    assert not goes_on(planned(names=("identity", "tanh")))
    assert not goes_on(planned(), threshold=0.9)
    assert not goes_on(planned(), store=None)
    assert not goes_on(planned(), store=tmp_path / "other.sqlite")
    assert run(["compare", "xor", *SMALL, *out]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {folder.name}/report.html"
    found = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert (len(found["runs"]), found["interrupted"]) == (4, False)
    assert [path.name for path in tmp_path.iterdir() if path.name != own_store.name] == [folder.name]
    # It is whole now, and stays.
    assert not goes_on(planned())


def test_tuned_rates_go_on_too(tmp_path):
    from dataclasses import replace

    from actscope.cli import resuming
    from actscope.lab import planning, sweep, tuning
    from actscope.lab.concluding import concluded
    from actscope.report import saving

    planned = planning.plan("xor", ["relu", "tanh"], depth=1, width=2, seeds=2, epochs=1, samples=40)
    tried = tuning.trials(planned)
    settled, rates = tuning.tuned(planned, list(sweep.run(tried)))
    store = tmp_path / "a.sqlite"
    some = list(sweep.run(settled[:2], store))
    found = concluded(settled, some, tuned=rates)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "comparison.json").write_text(saving.COMPARISON.as_json(found, ()), encoding="utf-8")
    assert resuming.goes_on(folder, planned, store, threshold=None, tuned=True)
    assert not resuming.goes_on(folder, planned, store, threshold=None, tuned=False)
    others = [replace(one, width=3) for one in planned]
    assert not resuming.goes_on(folder, others, store, threshold=None, tuned=True)
    store.unlink()
    assert not resuming.goes_on(folder, planned, store, threshold=None, tuned=True)


def test_ctrl_c_while_the_report_is_written_names_the_command_that_writes_it(tmp_path, monkeypatch, capsys):
    import shlex

    from actscope import report

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(report, "save", stopped)
        assert run(["compare", "xor", *SMALL, "--out", "my out"]) == 130
        told = capsys.readouterr().err.splitlines()[-1]
        assert told.startswith("actscope: interrupted while the report was written; every result is recorded: ")
        assert run(["compare", "xor", *SMALL, "--no-store", "--out", "out"]) == 130
        assert "nothing was recorded, since --no-store was given" in capsys.readouterr().err
    name, *command = shlex.split(told.partition("recorded: ")[2].removesuffix(" makes it"))
    assert name == "actscope"
    assert run(command) == 0
    found = json.loads((tmp_path / "my out/comparison.json").read_text(encoding="utf-8"))
    assert len(found["runs"]) == 4


def test_a_folder_that_is_called_like_the_task_is_spoken_of(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert run(["compare", "xor", *SMALL]) == 0
    first = capsys.readouterr().err.splitlines()[0]
    assert first == "actscope: xor is the task of that name; for the folder here write ./xor"
    (tmp_path / "digits").write_text("")
    assert run(["compare", "digits", "--size", "8"]) == 2
    assert "digits is the task of that name; for the file here write ./digits" in capsys.readouterr().err


def test_ctrl_c_before_anything_is_finished_leaves_nothing(tmp_path):
    arguments = ["compare", "digits", "--depth", "6", "--epochs", "100000", "--out", "out"]
    process = start(arguments, tmp_path)
    assert process.stderr.readline().startswith("digits:")
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "nothing to report" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_leaves_nothing_half_written(tmp_path):
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = start(["compare", "xor", *SMALL, "--no-store", "--out", "out"], tmp_path, preexec_fn=no_room)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "out" in err.splitlines()[-1]
    assert "On xor at depth 2" in out  # the result itself is not lost
    assert list(tmp_path.iterdir()) == []


def test_the_first_line_comes_within_five_seconds(tmp_path):
    begin = time.monotonic()
    process = start(["compare", "digits", "--depth", "6", "--seeds", "2", "--out", "out"], tmp_path)
    assert process.stderr.readline()
    waited = time.monotonic() - begin
    process.kill()
    process.communicate()
    assert waited < 5


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path):
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = start(["show", "gelu", "--source"], tmp_path, env=environment)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=30)


def test_formulas_are_compared_like_names(tmp_path, capsys):
    out = tmp_path / "out"
    given = ["--activations", "silu,x/(1 + exp(-x)), where(x > 0, x, 0)", *SMALL[2:]]
    assert run(["compare", "xor", *given, "--out", str(out)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "x_over_1_plus_exp_minus_x is x/(1 + exp(-x))" in told
    found = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    ends = {run["experiment"]["activation"]: run["history"][-1]["train_loss"] for run in found["runs"]}
    assert list(ends) == ["silu", "x_over_1_plus_exp_minus_x", "where_x_0_x_0"]
    assert ends["x_over_1_plus_exp_minus_x"] == ends["silu"] != ends["where_x_0_x_0"]
    assert "where(x &gt; 0, x, 0)" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["relu", "where(x > 0, x, 0)"])
def test_the_command_that_a_report_prints_is_one_that_runs(name, tmp_path):
    import shlex

    import actscope as act
    from actscope.catalogue.defining import named
    from actscope.report.commands import command_line

    both = ["identity", named(name)]
    comparison = act.compare("xor", both, depth=[1, 2], width=4, seeds=1, epochs=1, samples=100)
    name, *arguments = shlex.split(command_line(comparison))
    assert name == "actscope"
    assert run([*arguments, "--out", str(tmp_path / "out")]) == 0
    again = json.loads((tmp_path / "out/comparison.json").read_text(encoding="utf-8"))
    assert [r["history"][-1]["test_loss"] for r in again["runs"]] == [r.final.test_loss for r in comparison.runs]


def test_what_was_trained_is_not_trained_again(tmp_path, capsys, own_store):
    from actscope.lab import planning, sweep

    some = planning.plan("xor", ["identity", "relu"], depth=2, seeds=1, epochs=3, samples=120)
    list(sweep.run(some, own_store))
    assert run(["compare", "xor", *SMALL, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert "2 of 4 networks were trained before and are in the store" in told.err
    assert [line[:5] for line in told.err.splitlines() if line.startswith("[")] == ["[3/4]", "[4/4]"]
    assert f"2 of 4 runs were recorded before, in {own_store}" in " ".join(told.out.split())


def test_a_model_that_fails_with_one_activation_stops_no_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "def factory(activation):\n"
        "    if activation.__name__ == 'Tanh': raise ValueError('no tanh here')\n"
        "    return nn.Sequential(nn.Linear(2, 4), activation(), nn.Linear(4, 1))\n"
    )
    command = ["compare", "xor", "--activations", "relu,tanh", "--model", "net.py:factory", "--seeds", "2"]
    assert run([*command, "--epochs", "2", "--samples", "60", "--out", "out"]) == 1
    told = capsys.readouterr()
    assert "seed 0: failed, SettingError" in told.err
    assert "no tanh here" in told.err
    found = json.loads((tmp_path / "out/comparison.json").read_text(encoding="utf-8"))
    assert [r["experiment"]["activation"] for r in found["runs"]] == ["relu", "relu"]
    assert len(found["failed"]) == 2
    assert run([*command, "--epochs", "2", "--samples", "60", "--depth", "1,2"]) == 2
    assert "`depth` has 2 values, but net.py:factory is a model of your own" in capsys.readouterr().err


def test_a_sweep_that_another_process_is_at_is_refused(tmp_path, capsys, own_store):
    from actscope.lab import planning, sweep

    found = planning.plan("xor", ["identity", "relu"], depth=2, seeds=2, epochs=3, samples=120)
    held = sweep.run(found, own_store)
    next(held)
    assert run(["compare", "xor", *SMALL, "--out", str(tmp_path / "out")]) == 1
    assert f"is being run by process {os.getpid()} since" in capsys.readouterr().err
    held.close()


@pytest.mark.parametrize(
    ("gone", "arguments", "extras"),
    [(["torch", "altair"], [], "lab,plot"), (["altair", "distributed"], ["--workers", "2"], "plot,cluster")],
)
def test_all_extras_that_are_missing_are_named_at_once(gone, arguments, extras, tmp_path, monkeypatch, capsys):
    from actscope.cli import extras as looked_for

    found = looked_for.find_spec
    monkeypatch.setattr(looked_for, "find_spec", lambda name: None if name in gone else found(name))
    assert run(["compare", "xor", *SMALL, *arguments, "--out", str(tmp_path / "out")]) == 2
    assert f"pip install 'actscope[{extras}]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
