"""`actscope list` and `actscope show`: what they print, write, refuse."""

import os
import signal
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from io import StringIO

import pytest
from rich.console import Console

from actscope.catalogue import CATALOGUE
from actscope.cli import listing, run


def test_list_has_a_row_for_each_activation(capsys):
    assert run(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == CATALOGUE.names
    assert next(line for line in lines if line.startswith("gelu ")).split() == [
        *("gelu", "−0.17", "to", "∞", "1.129", "left", "0.2821", "1.534", "none", "x*normal_cdf(x)")
    ]


@pytest.mark.parametrize("name", [*CATALOGUE.names, "swish"])
def test_show_tells_formula_story_and_origin(name, capsys):
    assert run(["show", name]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    activation = CATALOGUE[name]
    assert activation.title in told
    assert activation.story.split(".")[0] in told
    assert str(activation.introduced.year) in told


def test_source_is_llvm_and_nothing_else(capsys):
    assert run(["show", "silu", "--source"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("; silu: value and slope in one pass, float32\ndeclare float @llvm.fma.f32")
    assert "; x*sigmoid(x)" in out


def test_pictures_are_written(tmp_path, capsys):
    png, svg, html = (tmp_path / f"tanh.{kind}" for kind in ("png", "svg", "html"))
    assert run(["show", "tanh", "--png", str(png), "--svg", str(svg), "--html", str(html)]) == 0
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    assert width > 500
    assert height > 300
    assert ET.parse(svg).getroot().tag.endswith("svg")
    assert "<!doctype html>" in html.read_text(encoding="utf-8").lower()
    assert f"png: {png}" in capsys.readouterr().out


def test_a_picture_is_not_overwritten_silently(tmp_path, capsys):
    path = tmp_path / "tanh.png"
    path.write_bytes(b"mine")
    assert run(["show", "tanh", "--png", str(path)]) == 1
    assert path.read_bytes() == b"mine"
    assert "exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert run(["show", "tanh", "--png", str(path), "--overwrite"]) == 0
    assert path.read_bytes() != b"mine"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["show", "gleu"], 2, "no activation is called 'gleu', did you mean 'gelu'? `actscope list` shows them all"),
        (["show"], 2, "Missing argument"),
        (["shwo", "gelu"], 2, "Did you mean 'show'?"),
        (["show", "gelu", "--pgn", "x"], 2, "--png"),
        (["show", "tanh", "--png", "/nowhere/at/all/x.png"], 1, "/nowhere/at/all"),
    ],
)
def test_mistakes_are_answered_in_a_line(arguments, code, text, capsys):
    assert run(arguments) == code
    told = capsys.readouterr()
    assert text in told.err
    assert "Traceback" not in told.err
    assert told.out == "" or code == 1


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("actscope ")


def test_a_narrow_terminal_keeps_every_number():
    narrow = Console(width=80, file=StringIO())
    narrow.print(listing.table(formulas=False))
    lines = narrow.file.getvalue().splitlines()
    assert lines[1].split() == ["name", "range", "slope", "fades", "mean", "gain", "kink"]
    assert next(line for line in lines if line.startswith("leaky_relu")).split()[-3:] == ["0.395", "1.414", "0"]


@pytest.mark.parametrize("coding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("arguments", [["list"], ["show", "gelu"]])
def test_a_stream_that_knows_few_signs_is_no_error(arguments, coding):
    environment = {**os.environ, "PYTHONIOENCODING": coding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-m", "actscope", *arguments], capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("wait", [0.05, 0.1, 0.2, 0.4])
def test_ctrl_c_while_loading_is_no_traceback_of_ours(wait, tmp_path):
    command = [sys.executable, "-m", "actscope", "compare", "digits"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path)
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    # Before Python has reached our first line, the interruption is Python's own to report.
    assert b"actscope/cli" not in told
    assert list(tmp_path.iterdir()) == []
