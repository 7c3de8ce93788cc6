"""What runs in a worker: an error is that of the cell which raises it, and of no other."""

import pytest

from actscope.errors import DataError, SettingError
from actscope.lab import training
from actscope.lab.engines import Cell, cells
from actscope.lab.identity import cell_id
from lab.made import experiments, told


def cells_of(some) -> list[Cell]:
    return [Cell(cell_id(experiment), experiment) for experiment in some]


@pytest.fixture
def broken(monkeypatch):
    """Training that raises an error with two of the networks, and with whatever trains with them."""
    together = training.together

    def breaking(batch, *arguments):
        for experiment in batch:
            if (experiment.activation, experiment.seed) in (("relu", 1), ("tanh", 3)):
                raise ZeroDivisionError(f"{experiment.activation} {experiment.seed}")
        return together(batch, *arguments)

    monkeypatch.setattr("actscope.lab.engines.cells.together", breaking)
    monkeypatch.setattr("actscope.lab.batching.together", breaking)


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.usefixtures("broken")
def test_an_error_is_told_of_the_cell_that_raises_it(side_by_side):
    found = experiments(seeds=4, depth=[1, 2])
    committed: list = []
    outcomes = list(cells.run_cells(cells_of(found), committed.extend, side_by_side=side_by_side))
    failed = {outcome.cell: outcome.error for outcome in outcomes if outcome.error}
    assert failed == {
        cell_id(one): f"ZeroDivisionError: {one.activation} {one.seed}"
        for one in found
        if (one.activation, one.seed) in (("relu", 1), ("tanh", 3))
    }
    good = [one for one in found if cell_id(one) not in failed]
    assert told(committed) == told(training.train(one) for one in good)
    assert {outcome.cell for outcome in outcomes if outcome.recorded} == {cell_id(one) for one in good}
    assert len(outcomes) == len(found)


def test_what_progress_raises_ends_it():
    def press(*_):
        raise RuntimeError("enough")

    for side_by_side in (False, True):
        with pytest.raises(RuntimeError, match="enough"):
            list(cells.run_cells(cells_of(experiments()), progress=press, side_by_side=side_by_side))


def test_what_is_wrong_with_the_data_is_no_failure_of_a_cell(monkeypatch):
    def gone(*_):
        raise DataError("the file is gone")

    monkeypatch.setattr("actscope.lab.tasks.data_of", gone)
    for side_by_side in (False, True):
        with pytest.raises(DataError, match="gone"):
            list(cells.run_cells(cells_of(experiments()), side_by_side=side_by_side))


def test_a_store_that_takes_no_more_is_no_failure_of_a_cell():
    def full(_):
        raise SettingError("full")

    for side_by_side in (False, True):
        with pytest.raises(SettingError, match="full"):
            list(cells.run_cells(cells_of(experiments()), full, side_by_side=side_by_side))
