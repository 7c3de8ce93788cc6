"""`actscope flow`: the table, the files, the refusals."""

import json

import pytest

from actscope.cli import run

SMALL = ["--depth", "4", "--width", "8", "--seeds", "2", "--samples", "4"]


def test_a_look_and_its_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = [part for kind in ("png", "svg", "html", "json") for part in (f"--{kind}", f"flow.{kind}")]
    assert run(["flow", "sigmoid", "relu", *SMALL, *files, "--theme", "dark"]) == 0
    told = capsys.readouterr().out
    assert "Through 4 layers" in told
    assert told.splitlines()[-4:] == ["png: flow.png", "svg: flow.svg", "html: flow.html", "json: flow.json"]
    found = json.loads((tmp_path / "flow.json").read_text())
    assert [line["activation"] for line in found["lines"]] == ["sigmoid", "relu"]
    assert run(["flow", "relu", *SMALL, "--json", "flow.json"]) == 1
    assert "flow.json exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert run(["flow", "relu", *SMALL, "--json", "flow.json", "--overwrite"]) == 0


def test_the_same_as_in_python(tmp_path):
    import actscope as act

    there = tmp_path / "flow.json"
    assert run(["flow", "tanh", *SMALL, "--init", "lecun", "--json", str(there)]) == 0
    here = act.flow(["tanh"], depth=4, width=8, seeds=2, samples=4, init="lecun").save(tmp_path / "here.json")
    assert json.loads(there.read_text()) == json.loads(here.read_text())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["softmax"], 2, "softmax mixes the units of a layer"),
        (["glu"], 2, "glu takes two inputs"),
        (["gelo"], 2, "did you mean 'gelu'"),
        (["relu", "--depth", "1"], 2, "`depth` must be a whole number of at least 2"),
        (["relu", "--init", "kaiming"], 2, "`init` must be one of auto"),
        (["relu", "--theme", "pink"], 2, "no theme is called 'pink'"),
        (["relu", "--png", "nowhere/a.png"], 1, "cannot write nowhere/a.png: there is no folder nowhere"),
    ],
)
def test_what_cannot_be_is_said_at_once(arguments, code, told, capsys):
    assert run(["flow", *arguments]) == code
    assert told in capsys.readouterr().err
