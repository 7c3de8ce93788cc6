"""A diagnosis as page, folder, JSON and series: it loads nothing, loses nothing, and stays small."""

import itertools
import json
import math
import re
import sys
from dataclasses import replace

import altair as alt
import numpy as np
import pytest

from actscope.diagnosing import ShownDiagnosis
from actscope.errors import MissingExtraError, ReportError
from actscope.probe.records import Diagnosis, Finding
from actscope.probe.rows.statistics import COURSE, PLACE, blank
from actscope.report import rendering
from actscope.report.probe import captions, data, figures, labels, page, rows, series, verdicts
from actscope.report.probe.drawn import courses, maps
from actscope.report.probe.figures import lines
from probe.recordings import HEALTHY, SICK, Layer, diagnosis, large, recording
from report.test_browser import BROWSER, drawn, visit

MINE = "<b>mine</b>"


def _shown(found: Diagnosis) -> ShownDiagnosis:
    return ShownDiagnosis(found.recording, found.findings)


@pytest.fixture(scope="module")
def sick() -> Diagnosis:
    """One with a name that HTML would read otherwise."""
    found = diagnosis("saturation")
    return replace(found, findings=(replace(found.findings[0], evidence=f"{MINE} is flat."),))


@pytest.fixture(scope="module")
def whole(sick) -> str:
    return page.page(sick)


def test_the_page_loads_nothing_and_escapes_names(whole):
    assert MINE not in whole.replace(rendering.bundle(), "")
    assert "&lt;b&gt;mine&lt;/b&gt; is flat." in whole
    assert "default-src &#39;none&#39;" in whole
    assert not re.search(r'(?:src|href)="https?:', whole)


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
@pytest.mark.parametrize("flags", [(), ("--blink-settings=preferredColorScheme=0", "--window-size=400,900")])
def test_it_is_drawn_and_quiet(tmp_path, whole, sick, flags):
    (tmp_path / "report.html").write_text(whole)
    document, console = visit(tmp_path / "report.html", tmp_path / "profile", *flags)
    assert console == []
    assert drawn(document) == len(figures.all_of(sick)) == 6


def test_a_map_of_zeros_is_a_sentence(whole, sick):
    assert "map-silent" not in figures.all_of(sick)
    assert "Not drawn, being 0 at every place and every step: silent units." in whole
    assert "Not drawn" not in page.page(diagnosis("dead-units"))


def test_steps_that_were_too_large_are_shown_as_they_were():
    seen = Diagnosis(recording(*(Layer(update=lambda t: 0.7 if t < 0.3 else 1e-4) for _ in range(3))))
    assert [row["value"] for row in courses.profile(seen, "largest")] == [0.7] * 3
    assert [row["value"] for row in courses.profile(seen, "update")] == [1e-4] * 3


def test_a_loss_that_hardly_falls_is_drawn_as_it_falls():
    found = courses.losses(recording(Layer(), loss=lambda t: 2.3026 - 1e-3 * t))
    assert all(one["mean"] > other["mean"] for one, other in itertools.pairwise(found))


def test_a_deep_model_watched_for_long_stays_small_and_shows_the_worst_first():
    found = large()
    told = page.page(found)
    assert len(told.encode()) < 3_000_000
    told = told.replace("<wbr>", "")
    assert told.index("layers.17.intermediate") < told.index("layers.119.intermediate")
    assert "40 more, which are less suspicious" in told
    assert "100 more, which are less suspicious" in told


@pytest.mark.parametrize("name", ["non-finite", "vanishing-gradient", "gates"])
def test_a_notebook_gets_a_fragment_without_scripts(name):
    found = diagnosis(name)
    told = page.notebook(found)
    assert "<script" not in told
    plain = re.sub("<[^>]*>", "", told).replace("\xa0", " ")
    assert all(finding.evidence.replace("`", "") in plain for finding in found.findings)
    headings = re.findall(r"<th [^>]*col[^>]*>", told)
    marked = any(line.found for line in rows.lines(found))
    assert len(headings) == 2 + marked + len(rows.columns(rows.lines(found)))
    assert not re.search(r"</th><th|</td><td|</th><td", told)


@pytest.mark.parametrize("name", [*SICK, *HEALTHY])
def test_every_kind_has_figures_that_json_can_hold(name):
    for figure in figures.all_of(diagnosis(name)).values():
        json.dumps(rendering.spec_of(figure), allow_nan=False)


UNSEEN = tuple(replace(one, bins=one.bins[:0]) for one in recording(Layer()).parameters)
NOTHING = replace(
    recording(), steps=0, bins=np.zeros(0, np.int64), course=blank(COURSE, 0), parameters=UNSEEN, optimizer=None
)
LOSSLESS = replace(recording(Layer()), course=blank(COURSE, 20), differentiated=False)
LITTLE = {
    "nothing seen": NOTHING,
    "nothing seen of parameters": replace(NOTHING, parameters=()),
    "steps alone": recording(),
    "one step": recording(Layer(), steps=1),
    "one step and no place": recording(steps=1),
    "no step of a parameter": recording(Layer("Mine", trained=False)),
    "no parameters": replace(recording(Layer()), parameters=()),
    "a check": LOSSLESS,
    "forward passes alone": replace(LOSSLESS, graph="unseen"),
}


@pytest.mark.parametrize("name", LITTLE)
def test_what_has_little_to_tell_has_every_output(name, tmp_path):
    found = _shown(Diagnosis(LITTLE[name]))
    assert "Diagnosis of Net" in found.save(tmp_path / "out").read_text()
    json.loads((tmp_path / "out" / "diagnosis.json").read_text())
    told = (" ".join(str(found).split()), found._repr_html_())
    assert all((labels.NOTHING_SEEN in one) is (found.recording.steps == 0) for one in told)
    assert all((labels.NO_BACKWARD in one) is (name in ("a check", "forward passes alone")) for one in told)
    assert all(("call loss.backward()" in one) is (name == "forward passes alone") for one in told)
    assert all(("could not be judged" in one) is (not found.judged) for one in told)
    assert len(list(found.scalars())) <= 20
    if found.recording.steps == 0:
        assert found.series() == {}


def test_where_measuring_stopped_nothing_is_called_healthy():
    why = "measuring stopped at step 3: ValueError: `x`"
    stopped = replace(recording(Layer(), notes=("a note", why)), broken=why)
    assert verdicts.head(Diagnosis(stopped)) == f"Net: could not be judged; {why}"
    assert verdicts.answer(Diagnosis(stopped)) == f"Could not be judged; {why}"
    sick = Diagnosis(stopped, diagnosis("dead-units").findings)
    assert verdicts.head(sick) == f"Net: 1 finding; {why}"
    assert verdicts.answer(sick) == "Dead units at 3/relu."


def test_names_in_backticks_are_code():
    finding = Finding("softmax-twice", "", 1.0, 0.0, "There is a softmax behind `a<2`.", ("Take `b` out.",))
    found = Diagnosis(recording(Layer(), notes=("`c` is compiled",)), (finding,))
    for told in (page.page(found).replace(rendering.bundle(), ""), page.notebook(found)):
        for name in ("a&lt;2", "b", "c"):
            assert f"<code>{name}</code>" in told
        assert "`" not in re.sub(r"(?s)<script.*?</script>", "", told)


def test_what_is_so_or_not_has_no_numbers():
    static = Finding("softmax-twice", "", 1.0, 0.0, "", ())
    assert page.section(1, static, set()).numbers == ()
    assert [name for name, _ in page.section(1, replace(static, since=3), set()).numbers] == ["since step"]
    later = replace(static, since=3, measured=4.0)
    assert [name for name, _ in page.section(1, later, set()).numbers] == ["since step", "measured", "threshold"]
    counted = replace(static, measured=0.9, threshold=0.6)
    assert [name for name, _ in page.section(1, counted, set()).numbers] == ["measured", "threshold"]


def test_labels_are_plain_numbers():
    found = replace(recording(Layer("relu", mean=3.0, spread=3.0), bins=4))
    pictures = {name: rendering.svg(figure) for name, figure in figures.all_of(Diagnosis(found)).items()}
    labels = re.findall(r">([^<>]+)</text>", pictures["distributions"])
    assert "10" in labels
    assert not [label for label in labels if re.fullmatch(r"\de\+\d", label)]


def test_a_loss_that_never_changes_has_its_value_on_the_axis():
    found = Diagnosis(recording(Layer(), bins=8, loss=1.1234))
    found.recording.course["loss_low"] = found.recording.course["loss_high"] = 1.1234
    labels_ = re.findall(r">([^<>]+)</text>", rendering.svg(figures.all_of(found)["loss"]))
    assert "1.123" in labels_


def test_one_step_has_no_maps_and_a_check_speaks_of_no_training():
    seen = recording(Layer(), steps=1, bins=1)
    assert maps.maps(Diagnosis(seen)) == maps.zeros(Diagnosis(seen)) == []
    checked = Diagnosis(replace(seen, differentiated=False))
    told = page.page(checked).replace("\xa0", " ")
    assert "Healthy by the graph of the loss: nothing wrong was seen in it. No training was seen." in told
    assert "It cannot exclude what shows in training alone, wrong data" in told
    assert "what arrives, in one step." in told


@pytest.mark.parametrize("bins", [2, 3, 6, 40])
def test_the_steps_of_a_map_are_whole_numbers(bins):
    found = Diagnosis(recording(Layer(), steps=bins, bins=bins))
    drawn_ = rendering.svg(figures.all_of(found)["map-flat"])
    ticks = [float(text) for text in re.findall(r">(\d+)</text>", drawn_)]
    assert len(ticks) == len(set(ticks))


def test_the_loss_is_drawn_to_the_last_step():
    found = courses.losses(recording(Layer(), steps=100, bins=20))
    assert [found[0]["step"], found[-1]["step"]] == [5, 100]


def test_a_figure_stands_beside_what_it_shows():
    names = {name: figures.evidence(diagnosis(name), diagnosis(name).findings[0]) for name in SICK}
    assert all(names.values())
    static = Finding("softmax-twice", "softmax", math.nan, math.nan, "", ())
    assert figures.evidence(diagnosis("relu"), static) is None


def _bounds(finding: Finding) -> set[str]:
    seen = diagnosis("vanishing-gradient")
    figure = figures.evidence(seen, finding)
    assert figure is not None
    return set(re.findall(r"bound [^'\"]+", json.dumps(rendering.spec_of(figure))))


@pytest.mark.parametrize(
    ("places", "ticks"), [(2, [1, 2]), (8, [*range(1, 9)]), (9, [1, 3, 5, 7, 9]), (20, [1, 4, 7, 10, 13, 16, 19])]
)
def test_a_profile_names_whole_places(places, ticks):
    found = [{"order": k, "value": 1.0, "place": str(k)} for k in range(1, places + 1)]
    drawn_ = lines.profile(found, "gradient", None).to_dict()
    assert drawn_["layer"][0]["encoding"]["x"]["axis"]["values"] == ticks


def test_a_figure_draws_the_bound_of_its_finding_or_none():
    relu = Finding("unsuited-initialisation", "", 2.26e5, 50.0, "", ())
    assert _bounds(relu) == set()
    assert _bounds(replace(relu, measured=9.0, threshold=5.0)) == {"bound 5"}
    per_layer = Finding("vanishing-gradient", "", 0.14, 0.37, "", ())
    assert _bounds(per_layer) == set()
    assert _bounds(replace(per_layer, threshold=1e-3)) == {"bound 0.001"}
    assert _bounds(Finding("unscaled-inputs", "", 6.0, 5.0, "", ())) == set()


def test_a_map_that_is_mostly_blank_says_why_once():
    seen = recording(Layer(), Layer())
    holes = np.arange(len(seen.bins)) % 4 > 0
    places = []
    for history in seen.places:
        bins = history.bins.copy()
        bins[holes] = blank(PLACE)
        places.append(replace(history, bins=bins))
    sparse = replace(seen, places=tuple(places), unseen=75)
    assert page.page(Diagnosis(sparse)).count("Blank: not measured (25 of 100 steps were looked at).") == 1
    assert json.loads(data.as_json(Diagnosis(sparse)))["looked"] == 25
    assert "Blank:" not in page.page(Diagnosis(replace(seen, unseen=75)))


def test_a_column_without_any_number_is_left_out():
    seen = diagnosis("relu")
    blind = [replace(one, bins=one.bins.copy()) for one in seen.recording.places]
    for one in blind:
        one.bins["arriving_squares"] = one.bins["arriving_count"] = 0
    without = replace(seen, recording=replace(seen.recording, places=tuple(blind), parameters=()))
    for told in (page.page(seen), page.notebook(seen)):
        assert all(f">{name}</th>" in told for name in labels.COLUMNS.values())
        assert f">{labels.FOUND}</th>" not in told
    for told in (page.page(without), page.notebook(without)):
        assert not any(f">{labels.COLUMNS[name]}</th>" in told for name in ("gradient", "update"))
        assert f">{labels.COLUMNS['silent']}</th>" in told
        assert told.replace(rendering.bundle(), "").count("<td") == len(blind) * (1 + 4)


def test_one_place_has_no_profile():
    seen = Diagnosis(recording(Layer("tanh", spread=9.0)))
    (place,) = seen.recording.places
    wide = Finding("unsuited-initialisation", place.place.name, 9.0, 5.0, "", ())
    assert isinstance(figures.evidence(seen, wide), alt.ConcatChart)
    assert figures.evidence(seen, replace(wide, name="exploding-gradient")) is None


def test_the_key_of_the_maps_tells_of_what_is_on_them():
    healthy, dead = (captions.key(maps.maps(diagnosis(name))) for name in ("relu", "dead-units"))
    assert "Another colour" in dead
    assert "bold" in dead
    assert "Another colour" not in healthy
    assert "bold" not in healthy


def test_a_strip_within_bounds_does_not_call_a_sick_model_healthy_and_its_faintest_cell_is_no_blank_one():
    drawn_ = rendering.svg(figures.all_of(diagnosis("dead-units"))["map-flat"])
    assert "within bounds" in drawn_
    assert "healthy" not in drawn_
    assert min(map(float, re.findall(r' opacity="([\d.]+)"', drawn_)), default=1.0) >= 0.25


def test_the_folder(tmp_path, sick):
    found = _shown(sick)
    there = found.save(tmp_path / "out")
    assert there == tmp_path / "out" / "report.html"
    names = sorted(path.name for path in (tmp_path / "out" / "figures").iterdir())
    assert names == sorted(f"{name}.{kind}" for name in figures.all_of(sick) for kind in ("svg", "png"))
    assert json.loads((tmp_path / "out" / "diagnosis.json").read_text())["format"] == "actscope diagnosis"
    with pytest.raises(ReportError, match="overwrite"):
        found.save(tmp_path / "out")
    assert found.save(tmp_path / "out", overwrite=True) == there


@pytest.mark.parametrize("name", [*SICK, *HEALTHY])
def test_findings_come_back_from_the_json(name):
    found = diagnosis(name)
    read = json.loads(data.as_json(found), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    back = tuple(
        Finding(**{**one, "advice": tuple(one["advice"]), "also": tuple(one["also"])}) for one in read["findings"]
    )
    assert back == rows.told(found)
    assert read["healthy"] is found.healthy
    assert [place["name"] for place in read["places"]] == [one.place.name for one in found.recording.places]
    assert all(len(some) == len(read["bins"]) for place in read["places"] for some in place["series"].values())


def test_series_have_names_steps_and_what_was_planted():
    found = series.series(diagnosis("dead-units"))
    assert found["place/3/relu/silent"][-1] == (100, 58 / 64)
    assert found["parameter/2.weight/update"][0] == (5, pytest.approx(1e-3))
    assert found["course/loss"][-1] == (100, pytest.approx(0.3 + 2 * math.exp(-4)))
    assert all(math.isfinite(value) for pairs in found.values() for _, value in pairs)


def test_scalars_hold_the_same_step_by_step():
    found = diagnosis("vanishing-gradient")
    steps = dict(series.scalars(found))
    assert list(steps) == found.recording.bins.tolist()
    again = [(name, step, value) for step, values in steps.items() for name, value in values.items()]
    flat = [(name, step, value) for name, pairs in series.series(found).items() for step, value in pairs]
    assert sorted(again) == sorted(flat)


def test_tensorboard_reads_what_was_written(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = _shown(diagnosis("dead-units"))
    assert found.to_tensorboard(tmp_path / "runs") == tmp_path / "runs"
    events = accumulator.EventAccumulator(str(tmp_path / "runs"), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    expected = found.series()
    assert set(events.Tags()["scalars"]) == set(expected)
    for name, pairs in expected.items():
        read = [(event.step, event.value) for event in events.Scalars(name)]
        assert read == [(step, pytest.approx(value, rel=1e-6)) for step, value in pairs]
    for history in found.recording.places:
        held = events.Histograms(f"place/{history.place.name}/inputs")
        assert [event.step for event in held] == found.recording.bins.tolist()
        for event, row in zip(held, history.bins, strict=True):
            value = event.histogram_value
            assert sum(value.bucket) == row["histogram"].sum()
            assert value.bucket_limit == sorted(value.bucket_limit)
            assert value.sum / value.num == pytest.approx(float(row["mean"]))


def test_without_tensorboard_the_pip_line_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(MissingExtraError, match=r"actscope\[tensorboard\]"):
        _shown(diagnosis("relu")).to_tensorboard(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="file"):
        _shown(diagnosis("relu")).to_tensorboard(tmp_path / "file")
