"""Two processes train one model by DistributedDataParallel over gloo, and what they saw becomes one recording."""

import math
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from actscope.probe.merging import merge
from actscope.probe.ranks import unpacked
from actscope.probe.records import Recording
from actscope.probe.rows.statistics import PARAMETER, Rows
from actscope.probe.watching import watch

from .rank import OF_RANK_0, STEPS, data, network, share


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where two ranks have left what they found."""
    made = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ranks = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.probe.rank", str(made), str(rank), port],
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for rank in (0, 1)
    ]
    said = [rank.communicate(timeout=240)[1] for rank in ranks]
    # Also that no rank is killed on its way out, where it leaves a probe open and the process group alive.
    assert [rank.returncode for rank in ranks] == [0, 0], said
    return made


@pytest.fixture(scope="module")
def alone() -> Recording:
    """Return what one process sees that trains on all that the ranks were given."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, budget=None) as probe:
        for step in range(STEPS):
            x, y = data(step)
            outputs = model(x)
            losses = [nn.functional.cross_entropy(outputs[s], y[s]) for s in (slice(OF_RANK_0), slice(OF_RANK_0, None))]
            optimizer.zero_grad()
            (losses[0] + losses[1]).backward()
            for parameter in model.parameters():
                assert parameter.grad is not None
                parameter.grad /= 2
            optimizer.step()
        return probe.recording()


def read(folder: Path, name: str) -> Recording:
    return unpacked((folder / name).read_bytes())


def assert_same(got: Rows, wanted: Rows, but: Sequence[str] = ()) -> None:
    for name in set(wanted.dtype.names or ()) - set(but):
        # Both ranks hold the same weights and, after they were averaged, the same gradients.
        factor = 2 if wanted.dtype == PARAMETER or name == "passes" else 1
        if wanted[name].dtype.kind == "i":
            assert (got[name] == factor * wanted[name]).all(), name
        else:
            np.testing.assert_allclose(got[name], factor * wanted[name], rtol=1e-12, atol=1e-15, err_msg=name)


def test_ranks_see_together_what_one_process_would_see_that_saw_all(folder: Path, alone: Recording) -> None:
    merged = read(folder, "uneven0")
    assert merged.steps == alone.steps == STEPS
    assert merged.bins.tolist() == alone.bins.tolist()
    assert [one.place for one in merged.places] == [one.place for one in alone.places]
    for got, wanted in zip(merged.places, alone.places, strict=True):
        assert got.bins["elements"].sum() == 60 * 16 * STEPS
        assert_same(got.bins, wanted.bins)
        assert (got.shown == wanted.shown).all()
    for got, wanted in zip(merged.parameters, alone.parameters, strict=True):
        assert (got.name, got.shape) == (wanted.name, wanted.shape)
        assert_same(got.bins, wanted.bins)
    losses = [name for name in merged.course.dtype.names or () if name.startswith("loss")]
    assert_same(merged.course, alone.course, but=losses)
    assert merged.course["loss_count"].tolist() == [2] * (STEPS - 1) + [1]
    assert merged.course["loss_nonfinite"].tolist() == [0] * (STEPS - 1) + [1]


def test_what_is_not_finite_on_one_rank_is_in_the_merged_recording(folder: Path) -> None:
    own, merged = read(folder, "own0"), read(folder, "uneven0")
    assert own.first_bad is None or own.first_bad.place != "the input"
    assert merged.first_bad is not None
    assert (merged.first_bad.place, merged.first_bad.step) == ("the input", STEPS)
    assert merged.course["input_nonfinite"].sum() == 2


def test_each_rank_has_its_own_and_the_same_together(folder: Path) -> None:
    own, merged = [read(folder, f"own{rank}") for rank in (0, 1)], [read(folder, f"uneven{rank}") for rank in (0, 1)]
    assert [one.places[0].bins["elements"][0] for one in own] == [OF_RANK_0 * 16, (60 - OF_RANK_0) * 16]
    assert (folder / "uneven0").read_bytes() == (folder / "uneven1").read_bytes()
    assert_same_recording(merge(own), merged[0])


def assert_same_recording(got: Recording, wanted: Recording) -> None:
    for one, other in zip((*got.places, *got.parameters), (*wanted.places, *wanted.parameters), strict=True):
        assert one.bins.tobytes() == other.bins.tobytes()
    assert (got.static, got.notes, got.optimizer) == (wanted.static, wanted.notes, wanted.optimizer)


def test_the_mean_over_ranks_is_that_of_the_numbers(folder: Path) -> None:
    """The first place in the first step, by PyTorch alone."""
    x = network()[0](data(0)[0]).detach()
    row = read(folder, "uneven0").places[0].bins[0]
    assert row["mean"] == pytest.approx(float(x.mean()), rel=1e-12)
    assert row["m2"] == pytest.approx(float(x.var(correction=0)) * x.numel(), rel=1e-12)
    assert (row["low"], row["high"]) == (float(x.min()), float(x.max()))
    wrong = [network()[0](share(0, rank)[0]).mean().item() for rank in (0, 1)]
    assert not math.isclose(sum(wrong) / 2, row["mean"], rel_tol=1e-6), "the mean of means would pass as well"


def test_a_layer_that_one_rank_calls_is_there_once_and_in_its_order(folder: Path) -> None:
    merged = read(folder, "branch0")
    assert [(one.place.name, one.place.order) for one in merged.places] == [("relu", 1), ("tanh", 2)]
    assert merged.places[0].bins["elements"].tolist() == [60 * 16] * 3
    assert merged.places[1].bins["elements"].tolist() == [(60 - OF_RANK_0) * 16] * 3
    assert [one.name for one in merged.parameters] == ["first.weight", "side.weight", "last.weight"]
    assert not merged.static


def test_accumulated_gradients_are_seen_at_the_optimizers_step(folder: Path) -> None:
    merged, model = read(folder, "no_sync0"), network()
    for step in (0, 1):
        for rank in (0, 1):
            x, y = share(step, rank)
            (nn.functional.cross_entropy(model(x), y) / 2).backward()
    first = merged.parameters[0].bins[0]
    gradient = model[0].weight.grad
    assert gradient is not None
    seen = merged.parameters[0].pooled()
    assert seen["visits"] > 0
    assert first["gradient_count"] in (0, 2 * gradient.numel())
    rows = merged.parameters[0].bins
    row = rows[np.flatnonzero(rows["gradient_count"])[0]]
    assert row["gradient_squares"] / row["gradient_count"] == pytest.approx(float((gradient**2).mean()), rel=1e-12)
    assert merged.places[0].pooled()["elements"] == 4 * 60 * 16


def test_training_is_the_same_to_the_bit_on_every_rank(folder: Path) -> None:
    for rank in (0, 1):
        without, watched = (folder / f"alike{rank}").read_text().split()
        assert without == watched


def test_ranks_that_watch_different_models_are_told_so(folder: Path) -> None:
    for rank in (0, 1):
        assert "different models, Linear, ReLU" in (folder / f"other{rank}").read_text()


def test_a_rank_that_does_not_call_is_not_waited_for_long(folder: Path) -> None:
    told = (folder / "absent0").read_text()
    assert "did not hear from all others in 1 s" in told
    assert "every rank must call probe.merged()" in told
