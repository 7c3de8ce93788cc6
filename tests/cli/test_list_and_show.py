"""`actscope list` and `actscope show`: what they print, write, refuse."""

import importlib.util
import json
import math
import os
import re
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
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "range", "steepest", "fades", "mean", "gain", "chi", "kinks", "formula"]
    assert [line.split()[0] for line in lines] == CATALOGUE.names
    assert next(line for line in lines if line.startswith("gelu ")).split() == [
        *("gelu", "−0.17", "to", "∞", "1.129", "left", "0.2821", "1.534", "1.07", "none", "x*normal_cdf(x)")
    ]


def listed(arguments, capsys) -> list[str]:
    assert run(["list", *arguments, "--json"]) == 0
    return [record["name"] for record in json.loads(capsys.readouterr().out)]


POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
FILTERS = {
    "saturating": lambda p: p.saturates_left and p.saturates_right,
    "zero-centred": lambda p: abs(p.mean) < 1e-12,
    "monotone": lambda p: p.increasing or p.decreasing,
    "kinks": lambda p: len(p.kinks) > 0,
    "smooth": lambda p: not p.kinks,
    "bounded": lambda p: max(abs(p.range.low), abs(p.range.high)) < math.inf,
    "odd": lambda p: p.symmetry == "odd",
    "even": lambda p: p.symmetry == "even",
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_and_its_negation_part_the_functions_of_one_number(name, capsys):
    wanted = [activation.name for activation in POINTWISE if FILTERS[name](activation.properties)]
    assert listed([f"--{name}"], capsys) == wanted
    others = listed([f"--no-{name}"], capsys)
    assert sorted(wanted + others) == sorted(activation.name for activation in POINTWISE)
    assert wanted
    assert others


def test_filters_add_up(capsys):
    assert listed(["--odd", "--bounded", "--no-kinks", "--saturating"], capsys) == [
        *("tanh", "bipolar_sigmoid", "arctan", "softsign")
    ]
    assert listed(["--gated"], capsys) == [activation.name for activation in CATALOGUE if activation.gated]
    assert listed(["--no-gated", "--no-rowwise"], capsys) == [activation.name for activation in POINTWISE]
    assert {"prelu", "swish"} <= set(listed(["--learnable"], capsys))
    assert listed(["--family", "gated"], capsys) == listed(["--gated"], capsys)


def test_nothing_found_is_no_error(capsys):
    assert run(["list", "--gated", "--rowwise"]) == 0
    assert capsys.readouterr().out == (
        f"no activation is all of that; without options `actscope list` shows all {len(CATALOGUE)}\n"
    )
    assert listed(["--gated", "--rowwise"], capsys) == []


def test_json_has_every_property(capsys):
    assert run(["list", "--json"]) == 0
    found = {record["name"]: record for record in json.loads(capsys.readouterr().out)}
    gelu, softmax = found["gelu"], found["softmax"]
    assert gelu["properties"]["range"] == [pytest.approx(-0.1699712074799), "inf"]
    assert gelu["properties"]["how"]["gain"].startswith("quadrature, error below")
    assert found["cosine"]["properties"]["limit_left"] == "nan"
    assert softmax["properties"] is None
    assert softmax["parameters"]["temperature"]["default"] == 1.0
    assert found["relu"]["family"] == "piecewise_linear"


@pytest.mark.parametrize("name", [*CATALOGUE.names[::4], "swish"])
def test_show_tells_formula_story_and_origin(name, capsys):
    assert run(["show", name]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    activation = CATALOGUE[name]
    assert activation.title in told
    assert activation.story.split(".")[0] in told
    assert str(activation.introduced.year) in told


def test_show_takes_parameters(capsys):
    assert run(["show", "elu", "--set", "alpha=0.5"]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "ELU (alpha = 0.5)" in told
    assert "range −0.5 to ∞" in told
    assert run(["show", "elu", "--set", "alpha=0.5", "--source"]) == 0
    assert "elu" in capsys.readouterr().out


def test_show_takes_a_formula(tmp_path, capsys):
    page = tmp_path / "mine.html"
    assert run(["show", "x*tanh(log(1 + exp(x)))", "--html", str(page)]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "typed as x*tanh(log(1 + exp(x)))" in told
    assert "largest slope 1.088 at x = 1.491" in told
    assert "x*tanh(log(1 + exp(x)))" in page.read_text(encoding="utf-8")
    assert run(["show", "x*sigmoid(beta*x)", "--set", "beta=2"]) == 0
    assert "beta 2: beta in the formula" in " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert run(["show", "x*tnh(x)"]) == 2
    assert "did you mean 'tanh'?\n  x*tnh(x)\n    ^" in capsys.readouterr().err


@pytest.mark.parametrize("formula", ["log(x)", "1/x", "sin(1/x)", "exp(exp(x))", "sqrt(-1 - x*x)", "tanh(x - 1000)"])
def test_show_takes_odd_formulas(formula, tmp_path, capsys):
    files = [str(tmp_path / f"f.{kind}") for kind in ("svg", "html")]
    assert run(["show", formula, "--svg", files[0], "--html", files[1]]) == 0
    assert "Defined as" in capsys.readouterr().out


def test_a_dark_picture_is_dark(tmp_path, capsys):
    light, dark = tmp_path / "light.svg", tmp_path / "dark.svg"
    assert run(["show", "relu", "--svg", str(light)]) == 0
    assert run(["show", "relu", "--svg", str(dark), "--theme", "dark"]) == 0
    assert "#14171c" in dark.read_text()
    assert "#14171c" not in light.read_text()
    capsys.readouterr()


@pytest.mark.parametrize("name", ["swiglu", "reglu"])
def test_a_gated_activation_has_pictures_too(name, tmp_path, capsys):
    files = [tmp_path / f"{name}.{kind}" for kind in ("png", "svg", "html")]
    assert run(["show", name, *(part for file in files for part in (f"--{file.suffix[1:]}", str(file)))]) == 0
    assert all(file.stat().st_size > 10_000 for file in files)
    assert "f(a, b) at b = 1" in capsys.readouterr().out


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


def test_an_ending_may_be_in_capitals_or_left_out(tmp_path, capsys):
    for path in (tmp_path / "A.SVG", tmp_path / "plain"):
        assert run(["show", "tanh", "--svg", str(path)]) == 0
        assert ET.parse(path).getroot().tag.endswith("svg")
    capsys.readouterr()


@pytest.mark.parametrize("library", ["altair", "jinja2"])
def test_without_what_draws_a_picture_is_refused_before_the_card(library, tmp_path, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == library else find(name, *rest))
    monkeypatch.setattr("actscope.report.saving.find_spec", importlib.util.find_spec)
    assert run(["show", "tanh", "--svg", str(tmp_path / "a.svg")]) == 2
    told = capsys.readouterr()
    assert "needs the extra 'plot': pip install 'actscope[plot]'" in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["show", "gleu"], 2, "no activation is called 'gleu', did you mean 'gelu'? `actscope list` shows them all"),
        (["show"], 2, "Missing argument"),
        (["shwo", "gelu"], 2, "Did you mean 'show'?"),
        (["show", "gelu", "--pgn", "x"], 2, "--png"),
        (["show", "tanh", "--png", "/nowhere/at/all/x.png"], 1, "there is no folder /nowhere/at/all; make it"),
        (
            ["show", "tanh", "--png", "a.jpg"],
            2,
            "a.jpg does not end with .png, which is what --png writes; name it a.png",
        ),
        (["show", "tanh", "--html", "a.svg"], 2, "name it a.html"),
        (["show", "tanh", "--svg", "/"], 1, "/ is a folder; name a file in it"),
        (["show", "tanh", "--svg", "x.svg", "--theme", "drak"], 2, "did you mean 'dark'"),
        (["show", "softmax", "--png", "x.png"], 2, "softmax acts on a row of numbers, so it has no curve to draw"),
        (["show", "elu", "--set", "alpha"], 2, "--set takes NAME=VALUE, such as alpha=0.5"),
        (["show", "elu", "--set", "alpha=much"], 2, "'much' is no number"),
        (["show", "elu", "--set", "alhpa=2"], 2, "did you mean 'alpha'"),
        (["show", "elu", "--set", "alpha=-2"], 2, "elu: `alpha` must be a number > 0"),
        (["list", "--family", "gate"], 2, "no family is called 'gate', did you mean 'gated'"),
        (["list", "--saturatign"], 2, "--saturating"),
    ],
)
def test_mistakes_are_answered_in_a_line(arguments, code, text, capsys):
    assert run(arguments) == code
    told = capsys.readouterr()
    assert text in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("actscope ")


@pytest.mark.parametrize("width", [64, 80, 100, 120, 200])
def test_the_table_fits_and_keeps_every_number(width):
    paper = Console(width=width, file=StringIO())
    paper.print(listing.table(width=width))
    header, *lines = paper.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert header.split()[:4] == ["name", "range", "steepest", "fades"]
    assert ("mean" in header, "chi" in header, "formula" in header) == (width >= 70, width >= 84, width >= 104)
    assert "…" not in "".join(line[: header.find("formula")] for line in lines)
    assert next(line for line in lines if line.startswith("leaky_relu")).split()[1:6] == ["−∞", "to", "∞", "1", "never"]


@pytest.mark.parametrize(
    ("width", "wider"), [(64, "mean, chi and formula"), (80, "chi and formula"), (100, "formula"), (120, "")]
)
def test_the_legend_speaks_of_the_columns_that_are_there(width, wider):
    paper = Console(width=width, file=StringIO())
    paper.print(listing.table(width=width))
    header = paper.file.getvalue().splitlines()[0].split()
    told, _, rest = listing.legend(width).partition(".")
    assert [one.split(":")[0].lower() for one in told.split("; ")] == [
        name for name in header if name not in ("name", "range", "kinks", "formula")
    ]
    assert rest.partition("`")[0].strip() == (f"A terminal of 104 columns shows {wider} too." if wider else "")


def test_show_and_flow_speak_of_the_same_factor(capsys):
    assert run(["show", "sigmoid"]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    (shown,) = re.findall(r"gradient factor ([\d.]+) a layer", told)
    assert run(["flow", "sigmoid", "--depth", "4", "--width", "8", "--seeds", "1", "--samples", "4"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("sigmoid"))
    assert float(row.split()[2]) == pytest.approx(float(shown), abs=5e-4)
    assert float(shown) == pytest.approx(CATALOGUE["sigmoid"].properties.chi ** 0.5, abs=5e-5)


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
