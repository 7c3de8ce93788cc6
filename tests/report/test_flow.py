"""The flow told: the same numbers in table, figure, page and JSON; nothing that a name or a nan could spoil."""

import json
import math
import re
from dataclasses import replace

import pytest

from actscope.errors import ReportError
from actscope.lab.flow.records import End, Flow, Line, Measured, OverSeeds, Sizes
from actscope.lab.records import Estimate
from actscope.report import rendering
from actscope.report.flow import page, rows, words
from actscope.report.flow.figure import figure
from actscope.report.flow.text import text
from report.test_browser import BROWSER, drawn, visit

MINE = "<b>mine</b>"


def level(layer: int, signal: float, gradient: float) -> Measured:
    return Measured(
        layer,
        OverSeeds(signal, signal * 0.9, signal * 1.1),
        OverSeeds(gradient, gradient * 0.8, gradient * 1.25),
    )


def line(name: str, rate: float, verdict: str, **other) -> Line:
    layers = [(k, 1.0, 0.5 * rate ** (60 - k)) for k in range(1, 61)]
    measured = tuple(level(*layer) for layer in layers)
    return Line(
        activation=name,
        weight_scale=1.5,
        first_scale=1.0,
        bias_scale=0.0,
        predicted=tuple(Sizes(*layer) for layer in layers),
        measured=measured,
        single=measured,
        predicted_rate=rate,
        measured_rate=Estimate(rate, rate * 0.99, rate * 1.01, 2),
        deviation_growth=0.5,
        verdict=verdict,
        predicted_end=other.get("predicted_end"),
        measured_ends=other.get("measured_ends", ()),
    )


@pytest.fixture(scope="module")
def flow() -> Flow:
    underflow = End(57, "gradient underflows")
    return Flow(
        depth=60,
        width=64,
        init="auto",
        seeds=2,
        samples=16,
        deepest=100_000,
        lines=(
            line(MINE, 0.17, "vanishing", predicted_end=End(58, "gradient underflows"), measured_ends=(underflow,)),
            line("relu", 1.0, "level"),
            line("tanh", 1.085, "exploding", predicted_end=End(1090, "gradient overflows")),
            replace(
                line("step", 0.0, "none"),
                measured_rate=Estimate(0.0, math.nan, math.nan, 2),
            ),
        ),
        answer="Through 60 layers it goes on.",
    )


@pytest.mark.parametrize("width", [80, 60, 120])
def test_the_table(flow, width, agrees_with_golden):
    agrees_with_golden(f"flow-{width}.txt", text(flow, width))


def test_the_table_fits(flow):
    for width in (50, 60, 80, 100):
        assert max(map(len, text(flow, width).splitlines())) <= width


def test_the_figure_draws_what_the_record_says(flow):
    spec = rendering.spec_of(figure(flow))
    datasets = json.dumps(spec)
    gradient, signal = spec["concat"]
    assert [panel["title"] for panel in (gradient, signal)] == [words.GRADIENT_PANEL, words.SIGNAL_PANEL]
    drawn = {(row["activation"], row["layer"]): row for row in rows.measured(flow, "gradient")}
    for found in flow.lines:
        assert drawn[found.activation, 1]["size"] == rows.positive(found.measured[0].gradient.mean)
        assert drawn[found.activation, 60]["size"] == rows.positive(found.measured[-1].gradient.mean)
    assert words.FLOAT32_ZERO in datasets
    assert words.FLOAT32_INFINITE not in datasets
    assert "cross: float32 gives up" in json.dumps(spec["title"])


def test_a_logarithm_is_asked_for_positive_numbers_only(flow):
    for quantity in ("gradient", "signal"):
        for found in (rows.predicted(flow, quantity), rows.measured(flow, quantity), rows.lost(flow, quantity)):
            for row in found:
                assert all(row[key] is None or 0 < row[key] < math.inf for key in ("size", "low", "high") if key in row)


def test_the_cross_stands_where_float32_still_holds(flow):
    (cross,) = rows.lost(flow, "gradient")
    assert cross["activation"] == MINE
    # 57 layers from the last are too many, so 56 are held: layers 60 to 5.
    assert cross["layer"] == 5
    assert rows.lost(flow, "signal") == []


def test_deep_networks_are_thinned(flow):
    layers = [row["layer"] for row in rows.measured(flow, "gradient") if row["activation"] == "relu"]
    assert len(layers) == rows.MOST_DOTS
    assert (layers[0], layers[-1]) == (1, 60)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_drawn(flow, theme, tmp_path):
    drawn = page.save(flow, tmp_path / "flow.svg", theme).read_text()
    assert "lines: predicted" in drawn
    assert rendering.colours_of(theme)["category"][3] in drawn
    assert page.save(flow, tmp_path / "flow.png", theme).read_bytes().startswith(b"\x89PNG")


def test_the_page_holds_everything_and_loads_nothing(flow):
    whole = page.page(flow)
    shown = re.sub(r"<script.*?</script>", "", whole, flags=re.DOTALL)
    assert MINE not in shown
    assert "&lt;b&gt;mine&lt;/b&gt;" in shown
    for told in ("Through 60 layers it goes on.", "arXiv:1606.05340", "1.085", "measured 57", "1090", "never"):
        assert told in shown
    assert not re.search(r"(src|href)=\"http", shown)
    assert "Content-Security-Policy" in whole


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
def test_the_page_is_drawn_and_quiet(flow, tmp_path):
    path = page.save(flow, tmp_path / "flow.html")
    document, console = visit(path, tmp_path / "profile")
    assert console == []
    assert drawn(document) == 1


def test_a_notebook_gets_no_scripts(flow):
    fragment = page.notebook(flow)
    assert "<script" not in fragment
    assert MINE not in re.sub(r"<svg.*?</svg>", "", fragment, flags=re.DOTALL)
    assert "<svg" in fragment


def test_json_has_every_number_and_no_nan(flow):
    found = json.loads(page.as_json(flow))
    assert (found["format"], found["version"]) == ("actscope flow", 1)
    assert found["lines"][3]["measured_rate"]["low"] is None
    assert found["lines"][2]["predicted_end"] == {"depth": 1090, "cause": "gradient overflows"}
    assert len(found["lines"][0]["measured"]) == 60


def test_an_ending_says_what_is_written(flow, tmp_path):
    assert json.loads(page.save(flow, tmp_path / "a.json").read_text())["depth"] == 60
    assert page.save(flow, str(tmp_path / "a.HTML")).read_text().startswith("<!doctype html>")
    with pytest.raises(ReportError, match=r"a\.pdf must end with what it shall be, one of \.png, \.svg"):
        page.save(flow, tmp_path / "a.pdf")
    with pytest.raises(ReportError, match="cannot write"):
        page.save(flow, tmp_path / "no" / "a.json")


def test_one_network_has_neither_band_nor_interval(flow):
    def single(found: Line) -> Line:
        def alone(layer: Measured) -> Measured:
            (signal, gradient) = layer.signal.mean, layer.gradient.mean
            return Measured(layer.layer, OverSeeds(signal, signal, signal), OverSeeds(gradient, gradient, gradient))

        rate = found.measured_rate.mean
        measured = tuple(map(alone, found.measured))
        return replace(found, measured=measured, measured_rate=Estimate(rate, math.nan, math.nan, 1))

    one = replace(flow, seeds=1, lines=tuple(map(single, flow.lines)))
    assert "95 %" not in text(one)
    assert '"area"' not in json.dumps(rendering.spec_of(figure(one)))
    assert '"area"' in json.dumps(rendering.spec_of(figure(flow)))
