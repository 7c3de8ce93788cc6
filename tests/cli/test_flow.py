"""`actscope flow`: the table, the files, the refusals."""

import html
import json
import re
import shlex

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


def test_names_and_formulas_come_in_words_or_with_commas(tmp_path, capsys):
    there = tmp_path / "flow.json"
    page = tmp_path / "flow.html"
    words = ["sigmoid,relu", "where(x > 0, x, 0.1*x),", "x*tanh(x)"]
    assert run(["flow", *words, *SMALL, "--json", str(there), "--html", str(page)]) == 0
    lines = json.loads(there.read_text())["lines"]
    assert [line["activation"] for line in lines] == ["sigmoid", "relu", "where_x_0_x_0_1_x", "x_tanh_x"]
    assert [line["defined"] and line["defined"]["written"] for line in lines] == [
        *(None, None, "where(x > 0, x, 0.1*x)", "x*tanh(x)")
    ]
    assert "x_tanh_x is x*tanh(x)." in " ".join(capsys.readouterr().out.split())
    # The page repeats what was typed, as a shell takes it.
    (command,) = re.findall(r"<pre>(actscope flow .*)</pre>", html.unescape(page.read_text(encoding="utf-8")))
    again = tmp_path / "again.json"
    assert run([*shlex.split(command)[1:], "--json", str(again)]) == 0
    assert json.loads(again.read_text()) == json.loads(there.read_text())


def test_a_formula_gives_the_flow_of_its_like(tmp_path):
    files = [tmp_path / "typed.json", tmp_path / "named.json"]
    for name, file in zip(("x/(1 + exp(-x))", "silu"), files, strict=True):
        assert run(["flow", name, *SMALL, "--json", str(file)]) == 0
    typed, known = (json.loads(file.read_text())["lines"][0] for file in files)
    assert typed["predicted"] == known["predicted"]
    assert typed["measured_rate"] == known["measured_rate"]


def test_formulas_that_differ_in_parentheses_alone_are_told_apart(tmp_path):
    there = tmp_path / "flow.json"
    assert run(["flow", "1/(1 + x*x)", "1/1 + x*x", *SMALL, "--json", str(there)]) == 0
    names = [line["activation"] for line in json.loads(there.read_text())["lines"]]
    assert names == ["f_1_over_1_plus_x_x", "f_1_over_1_plus_x_x_2"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["softmax"], 2, "softmax mixes the units of a layer"),
        (["glu"], 2, "glu takes two inputs"),
        (["gelo"], 2, "did you mean 'gelu'"),
        (["gelo,relu"], 2, "no activation is called 'gelo', did you mean 'gelu'"),
        (["x*tnh(x)"], 2, "did you mean 'tanh'?\n  x*tnh(x)\n    ^"),
        (["relu,", "x*tanh(x)", "x*tanh(x)"], 2, "names x_tanh_x more than once"),
        ([","], 2, "must name at least one activation"),
        (["relu", "--depth", "1"], 2, "`depth` must be a whole number of at least 2"),
        (["relu", "--init", "kaiming"], 2, "`init` must be one of auto"),
        (["relu", "--theme", "pink"], 2, "no theme is called 'pink'"),
        (["relu", "--json", "a.txt"], 2, "a.txt does not end with .json"),
        (["relu", "--png", "nowhere/a.png"], 1, "cannot write nowhere/a.png: there is no folder nowhere"),
    ],
)
def test_what_cannot_be_is_said_at_once(arguments, code, told, capsys):
    assert run(["flow", *arguments]) == code
    assert told in capsys.readouterr().err
