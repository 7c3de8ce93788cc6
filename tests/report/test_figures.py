import base64
import math
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from actscope.lab.records import Boundary, Comparison, Estimate
from actscope.report import figures, html, rendering, rows, text
from report.samples import MINE, sample

NAMES = ["accuracy", "learning", "gradient", "units", "output", "centre", "curve-gelu", "curve-relu", "curve-sigmoid"]


def datasets(spec: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    yield from spec["datasets"].values()


def marks(spec: Any) -> Iterator[dict[str, Any]]:
    if isinstance(spec, dict):
        if "mark" in spec:
            yield spec
        for inner in spec.values():
            yield from marks(inner)
    elif isinstance(spec, list):
        for inner in spec:
            yield from marks(inner)


def test_a_report_has_these_figures(plane: Comparison, specs):
    assert list(specs) == NAMES
    assert "boundary" in figures.all_of(plane)


def test_every_specification_is_valid_vega_lite(comparison: Comparison, plane: Comparison, single: Comparison):
    for one in (comparison, plane, single):
        for figure in figures.all_of(one).values():
            figure.to_dict(validate=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_draws(specs, name):
    svg = rendering.svg_of_spec(specs[name])
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    drawn = [path for path in root.iter() if path.tag.endswith("path") and len(path.get("d", "")) > 20]
    assert len(drawn) > 3
    pixels = rendering.png_of_svg(svg)
    width, height = struct.unpack(">II", pixels[16:24])
    assert width > 600
    assert height > 150
    assert len(pixels) > 10_000


def test_learning_draws_the_rows(comparison: Comparison, specs):
    drawn = [row for values in datasets(specs["learning"]) for row in values]
    expected = rows.learning(comparison, "score") + rows.learning(comparison, "loss")
    assert sorted(map(str, drawn)) == sorted(map(str, expected))


@pytest.mark.parametrize(
    ("name", "quantities"),
    [
        ("gradient", ["gradient"]),
        ("units", ["silent", "saturated"]),
        ("output", ["mean", "spread"]),
        ("centre", ["off_centre"]),
    ],
)
def test_layer_figures_draw_the_rows(comparison: Comparison, specs, name, quantities):
    drawn = [row for values in datasets(specs[name]) for row in values]
    expected = [row for quantity in quantities for row in rows.layers(comparison, quantity)]
    unique = {str(row) for row in expected}
    assert {str(row) for row in drawn} == unique


def test_accuracy_draws_standings_and_runs(comparison: Comparison, specs):
    drawn = [row for values in datasets(specs["accuracy"]) for row in values]
    assert drawn == rows.standings(comparison) + rows.finals(comparison)


def test_colours_follow_the_order_of_the_comparison_in_every_figure(comparison: Comparison, specs):
    for name in NAMES[:6]:
        domains = {
            tuple(mark["encoding"]["color"]["scale"]["domain"])
            for mark in marks(specs[name])
            if "color" in mark["encoding"]
        }
        assert domains == {comparison.activations}, name


def test_no_colour_and_no_theme_is_in_a_figure(specs):
    for name, spec in specs.items():
        assert "config" not in spec
        assert not any("color" in (m["mark"] if isinstance(m["mark"], dict) else {}) for m in marks(spec)), name


def test_a_gradient_of_zero_is_not_drawn_on_a_logarithmic_scale_but_told():
    found = sample(("relu", "sigmoid"))
    dead = found.runs[0]
    state = replace(dead.start.layers[0], gradient=0.0)
    snapshot = replace(dead.start, layers=(state, *dead.start.layers[1:]))
    runs = tuple(
        replace(run, snapshots=(snapshot, run.end)) if run.experiment.activation == "relu" else run
        for run in found.runs
    )
    found = replace(found, runs=runs)
    spec = rendering.spec_of(figures.gradient(found))
    drawn = [row for values in datasets(spec) for row in values]
    assert all(row["mean"] is None or row["mean"] > 0 for row in drawn)
    assert figures.zero_gradients(found) == ["relu"]


def test_one_seed_has_no_band_and_no_interval(single: Comparison):
    spec = rendering.spec_of(figures.learning(single))
    assert not any(mark["mark"]["type"] == "area" for mark in marks(spec))


def test_every_figure_tells_what_it_shows_in_words(specs):
    for name, spec in specs.items():
        assert len(spec["description"]) > 30, name
    assert "gelu 95.6 %" in specs["accuracy"]["description"]
    assert "Saturated for x in [−6.0, 0.0]." in specs["curve-relu"]["description"]


def test_the_map_encodes_class_and_certainty():
    url = figures.data_url(((0.0, 0.5), (0.9, 1.0)))
    blob = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    assert blob.startswith(b"\x89PNG")
    at = blob.index(b"IDAT")
    (length,) = struct.unpack(">I", blob[at - 4 : at])
    raw = zlib.decompress(blob[at + 4 : at + 4 + length])
    top, bottom = raw[1:9], raw[10:18]  # the first row of a picture is the highest y
    blue, orange = bytes.fromhex("0a6bb8"), bytes.fromhex("d1520b")
    assert top == orange + bytes([120]) + orange + bytes([150])
    assert bottom == blue + bytes([150]) + blue + bytes([0])


def test_the_boundary_shows_the_test_points(plane: Comparison):
    spec = rendering.spec_of(figures.boundary(plane))
    points = plane.task.points
    assert points is not None
    expected = [
        {"x": x, "y": y, "class": str(label)} for x, y, label in zip(points.x, points.y, points.label, strict=True)
    ]
    assert expected in list(datasets(spec))
    assert len(spec["concat"]) == 6
    svg = rendering.svg_of_spec(spec)
    assert svg.count("<image") == 6
    # Nobody wants to have a picture's bytes read to them.
    assert not re.search(r'aria-label="[^"]*base64', svg)
    assert len(rendering.png_of_svg(svg, 0.5)) < len(rendering.png_of_svg(svg)) < 2_000_000


@pytest.mark.parametrize(("low", "high"), [(0.06, 3.0), (1e-7, 0.3), (0.9, 1.1), (1e-300, 1e300), (0.31, 0.34)])
def test_logarithmic_ticks_are_round_and_few(low, high):
    ticks = figures.log_ticks(low, high)
    assert len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)


def test_names_that_look_like_html_stay_text(specs):
    svg = rendering.svg_of_spec(specs["learning"])
    assert MINE not in svg
    assert "&lt;b&gt;mine&lt;/b&gt;" in svg


def everywhere(comparison: Comparison, **changes: float) -> Comparison:
    """Return the comparison with the same numbers in every epoch and layer of every run."""

    def changed(record: Any) -> Any:
        names = {field.name for field in fields(record)}
        return replace(record, **{name: value for name, value in changes.items() if name in names})

    return replace(
        comparison,
        runs=tuple(
            replace(
                run,
                history=tuple(changed(epoch) for epoch in run.history),
                snapshots=tuple(
                    replace(shot, layers=tuple(changed(layer) for layer in shot.layers)) for shot in run.snapshots
                ),
            )
            for run in comparison.runs
        ),
    )


ODD = {
    "one layer, one epoch": sample(("relu", "tanh"), depths=(1,), epochs=1),
    "every loss nan": everywhere(sample(("relu",)), train_loss=math.nan, test_loss=math.inf),
    "no gradient at all": everywhere(sample(("step",)), gradient=0.0, mean=0.0, spread=0.0),
    "every gradient infinite": everywhere(sample(("relu",)), gradient=math.inf, mean=math.nan, spread=-math.inf),
    "all the same": everywhere(sample(("relu",)), train_score=1.0, test_score=1.0, train_loss=0.0, test_loss=0.0),
    "far apart": everywhere(sample(("relu",)), gradient=1e-300, train_loss=1e300, mean=-1e30, spread=1e30),
    "interrupted before the second depth": replace(
        sample(("relu", "tanh"), depths=(2, 5)),
        runs=sample(("relu", "tanh"), depths=(2,)).runs[:1],
        standings=(),
        reasons=(),
        planned=8,
    ),
    "a map of nan": replace(
        (flat := sample(("relu",), plane=True)),
        runs=tuple(
            replace(run, boundary=Boundary((0.0, 1.0), (0.0, 1.0), ((math.nan, 0.5), (0.5, 0.5)))) for run in flat.runs
        ),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_numbers_are_drawn_and_told_without_a_fault(name):
    found = ODD[name]
    for figure in figures.all_of(found).values():
        figure.to_dict(validate=True)
        ET.fromstring(rendering.svg(figure))
    assert html.page(found).endswith("</html>")
    assert text(found)


def test_many_activations_stay_apart():
    names = tuple(f"own{i}" for i in range(11))
    spec = rendering.spec_of(figures.gradient(sample(names)))
    line = next(mark for mark in marks(spec) if mark["mark"]["type"] == "line")
    assert line["encoding"]["strokeDash"]["scale"]["range"] == [[1, 0]] * 8 + [[6, 3]] * 3


def test_an_interval_is_not_drawn_beyond_what_is_possible(comparison: Comparison):
    wide = replace(comparison.standings[0], test_score=Estimate(0.95, -0.2, 1.135, 2))
    spec = rendering.spec_of(figures.intervals(replace(comparison, standings=(wide, *comparison.standings[1:]))))
    drawn = [row for values in datasets(spec) for row in values if row["activation"] == wide.activation]
    assert {(row["low"], row["high"]) for row in drawn if "low" in row} == {(0.0, 1.0)}
