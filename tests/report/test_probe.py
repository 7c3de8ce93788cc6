"""A diagnosis told in the terminal: what is planted is read off the table and the words, at any width."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest

from actscope.diagnosing import ShownDiagnosis
from actscope.probe.findings import DEFINITIONS, judged
from actscope.probe.records import Diagnosis, FirstBad, Spacing
from actscope.probe.rows.statistics import PLACE, blank
from actscope.report.probe import page, rows, verdicts, words
from actscope.report.probe.drawn import curves, maps
from actscope.report.probe.text import text
from probe.recordings import HEALTHY, SICK, Layer, diagnosis, large, recording

EVERY = [*SICK, *HEALTHY]


def _shown(found: Diagnosis) -> ShownDiagnosis:
    return ShownDiagnosis(found.recording, found.findings)


@pytest.mark.parametrize(("name", "width"), [("dead-units", 80), ("dead-units", 120), ("relu", 80), ("large", 80)])
def test_the_text(name, width, agrees_with_golden):
    found = large() if name == "large" else diagnosis(name)
    agrees_with_golden(f"diagnosis-{name}-{width}.txt", text(found, width))


@pytest.mark.parametrize("name", EVERY)
def test_everything_that_was_found_is_told(name):
    found = diagnosis(name)
    told = " ".join(text(found, 100).split())
    assert (f"{found.recording.model}: healthy" in told) is (name in HEALTHY)
    for history in found.recording.places:
        assert history.place.name in told
    for finding in found.findings:
        assert DEFINITIONS[finding.name].title in told.lower() + told
        assert finding.evidence in told
        assert f"actscope findings {finding.name}" in told
        for line in finding.advice:
            assert line.strip() in told
        for claim in DEFINITIONS[finding.name].claims:
            assert claim in told


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("name", ["vanishing-gradient", "non-finite", "gates", "large"])
def test_it_fits_and_nothing_is_cut_off(name, width):
    told = text(large(24, 500) if name == "large" else diagnosis(name), width)
    assert "…" not in told
    # A line of code stays one line, which can be typed.
    lines = told.splitlines()
    assert all(len(line) <= width for line in lines if "actscope.nn" not in line)
    assert "       actscope.nn.replace(model, 'relu', 'elu')" in lines or name == "gates"
    assert all(line == line.rstrip() for line in told.splitlines())


def test_a_long_name_is_broken_between_its_words():
    names = [f"bert.{where}.intermediate.intermediate_act_fn/gelu" for where in ("encoder.0", "decoder.1")]
    found = Diagnosis(recording(*(Layer("gelu", name=name) for name in (*names, "pooler.activation_function/tanh"))))
    told = text(found, 60)
    shown = [
        line.split("  ")[0] for line in told[told.index("place ") : told.index("Worst first")].splitlines()[1:] if line
    ]
    assert "".join(shown) == "".join(line.name for line in rows.lines(found))
    assert all(re.search(r"([./_]|/gelu|/tanh|^gelu|^tanh)$", line) for line in shown)


def test_names_are_text_and_not_markup():
    seen = recording(Layer(name="[red]mine[/red]/relu"), Layer())
    assert "[red]mine[/red]/relu" in text(Diagnosis(seen), 100)


def test_the_worst_come_first_and_the_rest_is_counted():
    found = large(40, 500)
    lines = rows.lines(found)
    assert lines[0].history.place.order == 18
    assert lines[0].found == lines[0].worst == (1,)
    told = text(found, 120)
    assert "and 34 more, where nothing was found" in told
    assert told.index("17/gelu") < told.index("38/gelu")
    assert "0/gelu stands for model.encoder.layers.0.intermediate.activation_function/gelu" in " ".join(told.split())


def test_a_finding_at_a_layer_or_its_weight_is_found_at_the_place_behind():
    found = diagnosis("dead-units")
    for where in ("3/relu", "2", "2.weight"):
        moved = replace(found, findings=(replace(found.findings[0], where=where, also=()),))
        assert [line.name for line in rows.lines(moved) if line.found] == ["3/relu"]


def test_hints_come_last_and_are_no_disease():
    finding = diagnosis("dead-units").findings[0]
    hint = replace(finding, weight="hint", name="unreached-parameters")
    both = Diagnosis(SICK["dead-units"](), (hint, finding))
    assert rows.told(both) == (finding, hint)
    told = text(Diagnosis(HEALTHY["relu"](), (hint,)))
    assert "Net: healthy, 1 hint" in told
    assert told.index("Looked for") < told.index("Hints")


def test_notes_and_spacing_are_told():
    told = text(Diagnosis(recording(Layer(), notes=("`block` is compiled: its inside was not seen",))))
    assert "`block` is compiled" in told
    assert "gradients every 4th step, parameters every 10th step" in told
    spaced = replace(recording(Layer(), steps=5000), spacing=Spacing(109, 4, 1), unseen=4887)
    told = text(Diagnosis(spaced), 120)
    assert "113 of 5,000 steps were looked at; of these, at the end gradients at every 4th." in told
    assert verdicts.spacing(replace(spaced, spacing=Spacing(109, 1, 1))) == "113 of 5,000 steps were looked at."
    every = "Measured at the end: gradients every 4th step."
    assert verdicts.spacing(replace(spaced, unseen=0, spacing=Spacing(1, 4, 1))) == every
    assert "Measured" not in text(Diagnosis(replace(spaced, unseen=0, spacing=Spacing(1, 1, 1))))


def test_a_few_steps_without_a_finding_are_no_health():
    early, enough = (Diagnosis(recording(Layer(), steps=steps)) for steps in (9, 10))
    assert verdicts.head(early) == "Net: healthy so far: too early to tell"
    assert verdicts.answer(early) == "Healthy so far: too early to tell after 9 steps."
    assert early.healthy
    assert verdicts.head(enough) == "Net: healthy"
    assert verdicts.answer(enough) == "Healthy: nothing wrong was seen in 10 steps."
    checked = Diagnosis(recording(Layer(), steps=1, differentiated=False))
    assert verdicts.head(checked) == "Net: healthy"
    assert verdicts.head(replace(diagnosis("dead-units"), recording=early.recording)) == "Net: 1 finding"


@pytest.mark.parametrize("seen", [recording(), recording(bins=1, steps=1)], ids=["steps alone", "one step"])
def test_a_model_without_activations_has_no_table(seen):
    told = text(Diagnosis(seen))
    assert "0 places" in told
    assert "–" not in told


def test_what_was_never_measured_takes_no_column():
    told = text(diagnosis("frozen"), 120)
    assert "update" in told
    bare = recording(Layer(trained=False), Layer(trained=False))
    assert "of weight" not in text(Diagnosis(bare), 120)


def test_where_the_end_was_not_looked_at_the_table_speaks_of_the_last_that_was():
    seen = diagnosis("relu")
    early = [replace(one, bins=one.bins.copy()) for one in seen.recording.places]
    for one in early:
        one.bins[10:] = blank(PLACE)
    found = replace(seen, recording=replace(seen.recording, places=tuple(early)))
    assert rows.window(seen.recording) == slice(12, 20)
    assert rows.window(found.recording) == slice(6, 10)
    told = text(found)
    assert "Over steps 31 to 50, the last that were looked at." in " ".join(told.split())
    assert rows.columns(rows.lines(found)) == rows.columns(rows.lines(seen))
    assert "over steps 31 to 50, the last that were looked at" in page.page(found).replace("\xa0", " ")
    assert rows.window(replace(found.recording, places=())) == slice(12, 20)


def test_only_the_columns_that_are_there_are_explained():
    told = text(diagnosis("frozen"), 120)
    assert all(f"{column}: " in told for column in ("Silent units", "Gradient", "Update"))
    bare = text(Diagnosis(recording(Layer(trained=False), Layer(trained=False))), 120)
    assert "Gradient: " in bare
    assert "Update: " not in bare


def test_the_numbers_of_the_table_are_those_that_were_planted():
    at = {line.history.place.order: line for line in rows.lines(diagnosis("vanishing-gradient"))}
    for order, line in at.items():
        assert line.gradient == pytest.approx(7.0 ** (order - 8))
        assert line.update == pytest.approx(1e-3)
        assert line.spread == pytest.approx(1.0)
    dead = {line.name: line.silent for line in rows.lines(diagnosis("dead-units"))}
    assert dead["3/relu"] == round(0.9 * 64) / 64
    assert dead["1/relu"] == 0


def test_the_series_of_silent_units_rises_where_it_was_planted():
    found = SICK["dead-units"]()
    share = rows.silent_share(found.places[1])
    planted = [round(min(0.9, max(0.0, 3.0 * (step / 100 - 0.2))) * 64) / 64 for step in found.bins]
    assert share.tolist() == planted
    with pytest.raises(AssertionError):
        assert rows.silent_share(found.places[0]).tolist() == planted


def _normal_shares(one: curves.Distribution, normal: NormalDist) -> list[tuple[float, float]]:
    return [(bar["share"], normal.cdf(bar["to"]) - normal.cdf(bar["from"])) for bar in one.histogram]


def test_the_histogram_beneath_the_curve_is_the_distribution_that_arrived():
    found = {one.place: one for one in curves.distributions(diagnosis("saturation"))}
    wide = _normal_shares(found["3/tanh"], NormalDist(0.0, 8.0))
    assert sum(share for share, _ in wide) == pytest.approx(1, abs=3 * curves.TAIL)
    # A cell is up to a fifth as wide as where it lies, so the bars inside one are level.
    assert all(abs(share - true) < 0.012 for share, true in wide)
    with pytest.raises(AssertionError):
        assert all(abs(share - true) < 0.012 for share, true in _normal_shares(found["3/tanh"], NormalDist(0.0, 4.0)))


def test_the_curve_is_the_activation_and_its_flat_ranges_are_grey():
    (one,) = (one for one in curves.distributions(diagnosis("saturation")) if one.place == "3/tanh")
    x = np.array([row["x"] for row in one.curve])
    assert np.allclose([row["value"] for row in one.curve], np.tanh(x), atol=1e-3)
    assert np.allclose([row["slope"] for row in one.curve], 1 - np.tanh(x) ** 2, atol=1e-3)
    edge = math.acosh(10.0)
    left, right = one.flat
    assert left["to"] == pytest.approx(-edge, abs=0.01)
    assert right["from"] == pytest.approx(edge, abs=0.01)


def test_a_curve_over_a_wide_range_shows_where_the_function_bends():
    (one,) = curves.distributions(Diagnosis(recording(Layer("tanh", spread=200.0))))
    assert one.ends[1] > 300
    assert max(row["slope"] for row in one.curve) > 0.95
    rising = [row for row in one.curve if row["slope"] > 0.01]
    assert max(b["x"] - a["x"] for a, b in pairwise(rising)) < 0.5


def test_a_function_of_ones_own_has_a_histogram_without_a_curve():
    (one,) = curves.distributions(Diagnosis(recording(Layer("MyActivation"))))
    assert one.curve == []
    assert one.flat == []
    assert one.histogram


@pytest.mark.parametrize(
    ("name", "quantity", "side"),
    [
        ("dead-units", "silent", maps.ABOVE),
        ("saturation", "flat", maps.ABOVE),
        ("vanishing-gradient", "gradient", maps.BELOW),
        ("exploding-gradient", "gradient", maps.ABOVE),
        ("learning-rate-too-high", "update", maps.ABOVE),
        ("learning-rate-too-low", "update", maps.BELOW),
    ],
)
def test_a_map_marks_what_is_beyond_the_bound_and_healthy_ones_have_nothing_marked(name, quantity, side):
    assert side in maps.map_of(diagnosis(name), quantity).sides
    for healthy in HEALTHY:
        assert maps.map_of(diagnosis(healthy), quantity).sides in {(), (maps.WITHIN,)}, healthy


def test_it_shows_itself():
    found = _shown(diagnosis("dead-units"))
    assert repr(found) == "<diagnosis of Net: 1 finding, 100 steps seen>"
    assert str(found) == text(found)
    assert "58 of 64 units" in found._repr_html_()


def test_large_counts_are_told_in_words():
    assert [words.many(count) for count in (9_999, 10_000, 999_960)] == ["9,999", "10 thousand", "1 million"]


def test_the_first_bad_number_is_kept():
    assert SICK["non-finite"]().first_bad == FirstBad("3/relu", 37, 4096)


def looked_at_first(bins, unseen):
    """Healthy over 100 steps in 20 bins, of which the first were looked at."""
    seen = HEALTHY["relu"]()
    places, parameters = (
        tuple(replace(one, bins=one.bins.copy()) for one in some) for some in (seen.places, seen.parameters)
    )
    for one in (*places, *parameters):
        one.bins[bins:] = blank(one.bins.dtype)
    return Diagnosis(replace(seen, places=places, parameters=parameters, unseen=unseen))


def test_a_healthy_verdict_carries_how_little_was_looked_at():
    found = looked_at_first(4, 80)
    assert verdicts.head(found) == "Net: healthy in the 20 of 100 steps that were looked at"
    assert verdicts.answer(found) == "Healthy: nothing wrong was seen in the 20 of 100 steps that were looked at."
    told = " ".join(text(found).split())
    assert "cannot exclude what begins inside the model after step 20, the last that was looked at, wrong" in told
    # Half of them, but none of the later ones.
    assert "in the 50 of 100 steps" in verdicts.head(looked_at_first(10, 50))
    for most in (looked_at_first(20, 50), diagnosis("relu")):
        assert verdicts.head(most) == "Net: healthy"
        assert "cannot exclude what begins after 100 steps, wrong" in " ".join(text(most).split())
    assert "in the 49 of 100 steps" in verdicts.head(looked_at_first(20, 51))


def test_a_healthy_verdict_names_only_what_was_judged():
    short, long = (verdicts.looked_for(HEALTHY[name]()) for name in ("one step", "relu"))
    found = judged(HEALTHY["relu"]())
    assert f"Looked for {len(found)} of the {len(DEFINITIONS)} findings" in long
    left = long.partition("to judge these by: ")[2].removesuffix(".").split(", ")
    assert left == [definition.title for name, definition in DEFINITIONS.items() if name not in found]
    assert "a loss that does not move" in short.partition("to judge these by: ")[2]
    assert "Learning rates were not judged: too few" in short
    assert "Learning rates" not in long


def test_the_shorter_list_of_what_was_judged_is_told(monkeypatch):
    for names, told in (
        ((), "Looked for: nothing, for want of evidence."),
        (("dead-units", "no-slope"), "Looked for: dead units, a function that passes no gradient."),
        (tuple(DEFINITIONS), f"Looked for all {len(DEFINITIONS)} findings that `actscope findings` lists."),
    ):
        monkeypatch.setattr(verdicts, "judged", lambda _, names=names: names)
        assert verdicts.looked_for(HEALTHY["relu"]()) == told
