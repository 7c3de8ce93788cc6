"""Recordings become one without loss: the oracle is NumPy over all numbers at once."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from actscope.errors import ProbeError
from actscope.probe.merging import in_common, merge
from actscope.probe.ranks import packed, unpacked
from actscope.probe.records import Finding, FirstBad, Optimizer, Place, PlaceHistory, Recording, Spacing
from actscope.probe.rows.sites import BINS
from actscope.probe.rows.statistics import COURSE, FIRED, PLACE, blank
from actscope.probe.rows.timeline import Timeline

from .recordings import Layer, recording

UNITS = 3


def run(numbers: list[np.ndarray], name: str = "act") -> Recording:
    """Return the recording of a run that saw one array at each step, as a probe would keep it."""
    timeline, rows, shown = Timeline(), blank(PLACE, BINS), np.zeros((BINS, UNITS), np.uint8)
    for step, seen in enumerate(numbers, start=1):
        bin = timeline.bin_of(step)
        assert bin is not None
        rows[bin] = row_of(seen)
        shown[bin] = (seen > 2).any(axis=0) * FIRED
    used = len(numbers)
    place = Place(name, "relu", (), "activation", 1, UNITS, ((0.0, math.inf),))
    history = PlaceHistory(place, rows[:used], shown[:used])
    return Recording("Net", used, timeline.ends(used), (history,), (), blank(COURSE, used))


def row_of(seen: np.ndarray) -> np.void:
    """Return the row of these numbers, those that are not finite counted apart."""
    row, finite = blank(PLACE), seen[np.isfinite(seen)]
    row["passes"], row["elements"], row["nonfinite"] = 1, seen.size, seen.size - finite.size
    row["count"], row["mean"], row["m2"] = finite.size, finite.mean(), finite.var() * finite.size
    row["low"], row["high"], row["arriving_squares"] = finite.min(), finite.max(), (finite**2).sum()
    return row


def widened(one: Recording, width: int) -> Recording:
    """Return the recording with bins so many times as wide."""
    ends = np.unique(np.append(one.bins[width - 1 :: width], one.bins[-1]))
    coarse = Recording("Net", one.steps, ends, (), (), blank(COURSE, len(ends)))
    return merge([one, coarse])


def draw(steps: int, seed: int, mean: float = 1e4, spread: float = 0.01) -> list[np.ndarray]:
    """Return numbers far from 0 and close together, where a sum of squares in float32 would lose all."""
    rng = np.random.default_rng(seed)
    return [mean + spread * rng.standard_normal((5 + step % 3, UNITS)) for step in range(steps)]


@pytest.mark.parametrize("lengths", [(10, 10), (41, 19), (7, 1, 30)])
@pytest.mark.parametrize("resumed", [False, True])
def test_merging_is_as_if_one_had_seen_all(lengths: tuple[int, ...], resumed: bool) -> None:
    drawn = [draw(steps, seed) for seed, steps in enumerate(lengths)]
    drawn[0][2][0, 1], drawn[1][0][1, 0] = math.nan, math.inf
    merged = merge([run(numbers) for numbers in drawn], resumed=resumed)
    assert merged.steps == (sum(lengths) if resumed else max(lengths))
    steps = (
        [seen for numbers in drawn for seen in numbers]
        if resumed
        else [
            np.concatenate([numbers[step] for numbers in drawn if step < len(numbers)]) for step in range(max(lengths))
        ]
    )
    assert merged.bins.tolist() == list(range(1, len(steps) + 1))
    for got, seen in zip(merged.places[0].bins, steps, strict=True):
        wanted = row_of(seen)
        for name in ("elements", "nonfinite", "count", "low", "high"):
            assert got[name] == wanted[name], name
        assert got["mean"] == pytest.approx(wanted["mean"], rel=1e-12)
        assert got["m2"] == pytest.approx(wanted["m2"], rel=1e-9)  # its own rounding at a mean of 1e6 spreads
        assert got["arriving_squares"] == pytest.approx(wanted["arriving_squares"], rel=1e-12)


def test_a_mean_of_means_is_caught() -> None:
    drawn = [draw(3, 0, mean=0, spread=1), [x[:1] for x in draw(3, 1, mean=5, spread=1)]]
    merged = merge([run(numbers) for numbers in drawn])
    means = [np.mean([numbers[0].mean() for numbers in drawn]), np.concatenate([n[0] for n in drawn]).mean()]
    assert merged.places[0].bins["mean"][0] == pytest.approx(means[1], rel=1e-12)
    assert abs(means[0] - means[1]) > 0.1


@pytest.mark.parametrize(
    ("steps", "widths"), [((60, 60), (1, 2)), ((63, 50), (4, 1)), ((37, 64), (1, 8)), ((5, 64), (1, 4))]
)
def test_bins_of_different_widths_meet_in_the_wider(steps: tuple[int, int], widths: tuple[int, int]) -> None:
    drawn = [draw(count, seed, mean=0, spread=1) for seed, count in enumerate(steps)]
    merged = merge([widened(run(numbers), width) for numbers, width in zip(drawn, widths, strict=True)])
    start = 0
    for bin, end in enumerate(merged.bins):
        seen = np.concatenate([x for numbers in drawn for x in numbers[start:end]])
        assert merged.places[0].bins["elements"][bin] == seen.size
        assert merged.places[0].bins["mean"][bin] == pytest.approx(seen.mean(), rel=1e-11)
        fired = np.concatenate([x for numbers in drawn for x in numbers[start:end]]) > 2
        assert (merged.places[0].shown[bin] == fired.any(axis=0) * FIRED).all()
        start = int(end)
    assert start == max(steps)
    assert len(merged.bins) >= max(steps) // max(widths)


def test_a_run_that_was_resumed_often_keeps_within_the_bins() -> None:
    merged = merge([run(draw(50, seed)) for seed in range(5)], resumed=True)
    assert merged.steps == 250
    assert len(merged.bins) <= BINS
    assert merged.bins[-1] == 250
    assert merged.places[0].pooled()["elements"] == sum(x.size for seed in range(5) for x in draw(50, seed))
    again = merge([merged, run(draw(10, 9))], resumed=True)
    assert again.steps == 260
    assert len(again.bins) <= BINS


def test_places_that_some_saw_stand_where_they_were_seen() -> None:
    def named(*names: str) -> Recording:
        one = run(draw(2, 0))
        histories = [replace(one.places[0], place=replace(one.places[0].place, name=name)) for name in names]
        return replace(one, places=tuple(histories))

    merged = merge([named("a", "c"), named("a", "b", "c"), named("z", "c", "d")])
    assert [one.place.name for one in merged.places] == ["z", "a", "b", "c", "d"]
    assert [one.place.order for one in merged.places] == [1, 2, 3, 4, 5]
    assert [int(one.bins["passes"][0]) for one in merged.places] == [1, 2, 1, 3, 1]


def test_what_is_told_once_is_told_of_the_first() -> None:
    one = run(draw(4, 0))
    first = replace(one, notes=("a", "b"), optimizer=Optimizer("SGD", 0.1), first_bad=FirstBad("x", 4, 1), cost=0.01)
    second = replace(one, notes=("b", "c"), optimizer=Optimizer("SGD", 0.3), first_bad=FirstBad("y", 3, 2), cost=0.03)
    merged = merge([replace(first, spacing=Spacing(1, 4, 8)), replace(second, spacing=Spacing(2, 4, 4))])
    assert merged.notes == ("a", "b", "c")
    assert merged.optimizer == Optimizer("SGD", 0.3)
    assert merged.spacing == Spacing(2, 4, 8)
    assert merged.first_bad == FirstBad("y", 3, 2)
    assert merged.cost == pytest.approx(0.02)
    resumed = merge([one, second], resumed=True)
    assert resumed.first_bad == FirstBad("y", 7, 2)


def test_steps_that_were_looked_at_are_added_up_along_a_run() -> None:
    first, second = replace(run(draw(4, 0)), unseen=1), replace(run(draw(4, 1)), unseen=3)
    assert merge([first, second], resumed=True).looked == 4
    assert merge([first, second]).looked == 3


def test_a_parameter_that_one_rank_reaches_is_reached() -> None:
    unreached = Finding("unreached-parameters", "side", 1.0, 0.0, "", ())
    doubled = Finding("softmax-twice", "last", 1.0, 0.0, "", ())
    assert in_common([(unreached, doubled), (doubled,)]) == (doubled,)
    assert in_common([(unreached,), (unreached, doubled)]) == (unreached, doubled)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], "empty"),
        ([{}, {"model": "Other"}], "different models, Net, Other"),
        ([{}, {"eps": 0.1}], "different bounds of a small slope"),
    ],
)
def test_what_cannot_be_merged_is_refused(others: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        merge([replace(run(draw(2, 0)), **other) for other in others])


def test_a_place_with_other_units_is_refused() -> None:
    one = run(draw(2, 0))
    place = one.places[0]
    wider = PlaceHistory(replace(place.place, units=4), place.bins, np.zeros((2, 4), np.uint8))
    with pytest.raises(ProbeError, match="act has different numbers of units in these recordings, 3 and 4"):
        merge([one, replace(one, places=(wider,))])


def test_what_is_sent_arrives() -> None:
    sent = replace(
        recording(Layer(), Layer("sigmoid")),
        static=(Finding("softmax-twice", "2", 2.0, 1.0, "seen", ("do", "that"), "hint", ("3",), 4),),
        notes=("not seen",),
        optimizer=Optimizer("Adam", 0.1),
        spacing=Spacing(2, 4, 8),
        first_bad=FirstBad("the loss", 3, 1, "0.weight"),
        eps=0.02,
        broken="measuring stopped",
        moved=False,
        cost=0.011,
        unseen=3,
        by_turns=True,
    )
    got = unpacked(packed(sent))
    for field in fields(Recording):
        mine, theirs = getattr(sent, field.name), getattr(got, field.name)
        if field.name in ("places", "parameters"):
            for one, other in zip(mine, theirs, strict=True):
                assert one.bins.tobytes() == other.bins.tobytes()
            if field.name == "places":
                assert [one.place for one in mine] == [one.place for one in theirs]
                assert all((one.shown == other.shown).all() for one, other in zip(mine, theirs, strict=True))
            else:
                assert [(p.name, p.shape, p.trained, p.layer) for p in mine] == [
                    (p.name, p.shape, p.trained, p.layer) for p in theirs
                ]
        elif isinstance(mine, np.ndarray):
            assert mine.tobytes() == theirs.tobytes()
        else:
            assert mine == theirs
            assert mine != field.default, f"{field.name} would be missed if it were not sent"


def test_a_recording_of_nothing_is_sent_and_merged() -> None:
    nothing = Recording("Net", 0, np.zeros(0, np.int64), (), (), blank(COURSE, 0))
    assert unpacked(packed(nothing)).steps == 0
    assert merge([nothing, nothing]).steps == 0
    assert merge([nothing, run(draw(3, 0))]).bins.tolist() == [1, 2, 3]
