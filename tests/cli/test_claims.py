"""`actscope claims`: from the command to the page, and every way it can be stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any

import pytest

import actscope as act
from actscope.cli import run
from actscope.errors import SettingError, UnknownClaimError
from actscope.lab.claims import collection

# Claims that take no time, one that breaks down, and one that never ends.
CLAIMS = """
import sys, time
from actscope.lab.claims import Claim, Measured, Number, Verdict
from actscope.lab.claims.pictures import Chart, line

def measure():
    lines = (line("sigmoid", [0.0, 1.0, 2.0], [0.25, 0.2, 0.1]),)
    return Measured({"largest": Number(0.25, "largest slope", low=0.24, high=0.26, uncertainty="made up")},
                    (Chart("A line", "x", "slope", lines),))

def broken():
    raise ValueError("nothing to <see> here")

def endless():
    print("it goes on", file=sys.stderr, flush=True)
    time.sleep(1000)

def claim(id, group, measure, condition=""):
    return Claim(id, group, ("A0",), f"Claim [{id}]", "It is so.", "In no time.", "It holds if it is measured.",
                 measure, lambda _: Verdict("holds when", condition) if condition else Verdict("holds"),
                 "It is. It was.", {"largest": 1.0})

FOUND = {one.id: one for one in (
    claim("C01", "neuron", measure),
    claim("C02", "neuron", measure, "x is below 3"),
    claim("C03", "function", broken),
    claim("C04", "depth", endless),
)}
"""


@pytest.fixture(autouse=True)
def claims(monkeypatch):
    session: dict[str, Any] = {}
    exec(CLAIMS, session)
    # A claim knows its group, as the place where one is written does.
    monkeypatch.setattr(collection, "_places", lambda: session["FOUND"])
    monkeypatch.setattr(collection, "_declared", session["FOUND"].__getitem__)


@pytest.fixture
def unmeasurable(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("nothing shall be measured")

    monkeypatch.setattr("actscope.lab.claims.measured", refuse)


def start(arguments: list[str], folder: Path) -> subprocess.Popen:
    """Start the command in a process of its own, with these claims in place of the articles'."""
    code = f"{CLAIMS}\nfrom actscope.lab.claims import collection\n"
    code += "collection._places = lambda: FOUND\ncollection._declared = FOUND.__getitem__\n"
    code += f"from actscope.cli import main\nimport sys\nsys.argv = ['actscope', 'claims', *{arguments!r}]\nmain()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def test_claims_are_measured_told_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["claims", "c02,C01", "c01"]) == 0
    told = capsys.readouterr()
    first, second = told.err.splitlines()
    assert re.fullmatch(r"\[1/2\] C01 Claim \[C01\]: holds, [\d.]+ (s|ms|µs)", first)
    assert re.fullmatch(r"\[2/2\] C02 Claim \[C02\]: holds when …, [\d.]+ (s|ms|µs)", second)
    assert "holds when x is below 3" in " ".join(told.out.split())
    assert "2 claims: 1 holds, 1 holds under a condition." in told.out
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_breaks_down_stops_no_other_and_is_no_success(tmp_path, capsys):
    assert run(["claims", "function", "neuron", "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert "not measured (ValueError: nothing to <see> here)" in told.err
    assert told.out.splitlines()[-1] == f"claims: {tmp_path}/out/claims.html"
    found = json.loads((tmp_path / "out/claims.json").read_text(encoding="utf-8"))
    assert [(claim["id"], claim["word"]) for claim in found["claims"]] == [
        ("C01", "holds"),
        ("C02", "holds when"),
        ("C03", "not measured"),
    ]
    assert found["claims"][2]["problem"] == "ValueError: nothing to <see> here"
    assert {path.name for path in (tmp_path / "out/figures").iterdir()} == {
        *("c01-1.svg", "c01-1.png", "c02-1.svg", "c02-1.png")
    }
    assert "nothing to &lt;see&gt; here" in (tmp_path / "out/claims.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["C60"], 2, "no claim is called 'C60'"),
        (["neurn"], 2, "did you mean 'neuron'?"),
        (["C01", "C02,deep"], 2, "there are C01 to C04 and the groups function, neuron, depth"),
        ([","], 2, "claims are named by id or group, such as C05 or depth, but got ','"),
        (["C01", "--out", "file"], 1, "file is a file, but the report needs a folder"),
        (["C01", "--out", "full"], 1, "claims.html is in the way and was not written by actscope"),
        (["C01", "--out", "/proc/out"], 1, "cannot write /proc/out"),
    ],
)
@pytest.mark.usefixtures("unmeasurable")
def test_what_cannot_be_is_said_before_anything_is_measured(arguments, code, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "claims.html").write_text("mine")
    assert run(["claims", *arguments]) == code
    assert told in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "full" / "claims.html").read_text() == "mine"


def test_a_folder_that_holds_claims_is_only_replaced_when_asked(tmp_path, capsys):
    out = str(tmp_path / "out")
    assert run(["claims", "C01", "C02", "--out", out]) == 0
    assert run(["claims", "C01", "--out", out]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert run(["claims", "C01", "--out", out, "--overwrite"]) == 0
    assert not (tmp_path / "out/figures/c02-1.svg").exists()


def test_open_shows_the_page_in_a_free_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda page: bool(opened.append(page)) or len(opened) == 1)
    assert run(["claims", "C01", "--open"]) == 0
    assert run(["claims", "C01", "--open"]) == 0
    assert opened == [(tmp_path / name / "claims.html").as_uri() for name in ("claims", "claims-2")]
    assert "no browser could be started; open claims-2/claims.html yourself" in capsys.readouterr().err


def test_ctrl_c_keeps_what_was_measured(tmp_path):
    process = start(["C01", "C04", "--out", "out"], tmp_path)
    assert process.stderr.readline().startswith("[1/2] C01")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Interrupted: 1 of 2 claims were measured." in out
    assert out.splitlines()[-1] == "claims: out/claims.html"
    found = json.loads((tmp_path / "out/claims.json").read_text(encoding="utf-8"))
    assert (found["planned"], len(found["claims"])) == (2, 1)


def test_ctrl_c_before_anything_was_measured_leaves_nothing(tmp_path):
    process = start(["C04", "--out", "out"], tmp_path)
    assert process.stderr.readline() == "it goes on\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted before the first claim was measured; nothing to report" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_the_same_in_python(tmp_path):
    heard: list[str] = []
    found = act.claims("c02", "c01, C01", progress=lambda finding: heard.append(finding.id))
    assert heard == [finding.id for finding in found] == ["C01", "C02"]
    assert (len(found), found["c02"].verdict.condition) == (2, "x is below 3")
    assert repr(found) == "<claims C01, C02: 2 of 2 measured>"
    assert "holds when x is below 3" in " ".join(str(found).split())
    assert "<svg" in found._repr_html_()
    assert found.as_dict()["claims"][0]["article"] == "A0"
    page = found.save(tmp_path / "out")
    assert page.name == "claims.html"
    with pytest.raises(UnknownClaimError, match="'C03' was not measured here; there are C01, C02"):
        found["C03"]


def test_python_is_told_what_is_no_claim():
    with pytest.raises(UnknownClaimError, match="no claim is called 'C99'"):
        act.claims("C99")
    with pytest.raises(SettingError, match=r"claims are named by id or group, such as C05 or depth, but got \['C01'\]"):
        act.claims(["C01"])
    assert [finding.id for finding in act.claims("neuron")] == ["C01", "C02"]
