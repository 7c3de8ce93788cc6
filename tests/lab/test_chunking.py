"""What is run next, and how much of it: little enough to lose, enough to train together, every shape in its turn."""

from types import SimpleNamespace

import pytest

from actscope.lab.chunking import CHUNK_SECONDS, SMALL, TOGETHER, Queue
from actscope.lab.costing import expected_seconds
from actscope.lab.engines import Cell
from actscope.lab.identity import cell_id
from actscope.lab.planning import plan


def queue(experiments, workers=1, processors=1, losses=0) -> Queue:
    engine = SimpleNamespace(workers=workers, processors=processors)
    return Queue([(Cell(cell_id(one), one), losses) for one in experiments], engine)


def taken(waiting: Queue) -> list:
    found = []
    while chunk := waiting.take():
        found.append(chunk)
    return found


def test_every_cell_is_handed_out_once():
    experiments = plan("xor", depth=[1, 4, 16], seeds=20, width=[8, 64])
    chunks = taken(queue(experiments, workers=3))
    assert sorted(cell.id for chunk in chunks for cell in chunk.cells) == sorted(map(cell_id, experiments))
    assert len({chunk.number for chunk in chunks}) == len(chunks)
    assert taken(queue([])) == []


def test_shapes_take_turns_and_train_together():
    experiments = plan("xor", depth=[1, 2], seeds=50, width=8, epochs=3, samples=100)
    (first, *_) = taken(queue(experiments))
    depths = [cell.experiment.depth for cell in first.cells]
    assert depths[: 2 * TOGETHER] == [1] * TOGETHER + [2] * TOGETHER
    # Within a shape they are in the plan's order, all activations of a seed before the next seed.
    assert [cell.experiment for cell in first.cells if cell.experiment.depth == 1][:8] == [
        one for one in experiments if one.depth == 1
    ][:8]


@pytest.mark.parametrize("slowness", [0.3, 1.0, 30.0])
def test_a_chunk_takes_a_few_seconds_on_any_machine(slowness):
    experiments = plan("digits", depth=6, seeds=400)
    waiting = queue(experiments)
    for _ in range(6):
        chunk = waiting.take()
        waiting.learn(chunk, slowness * sum(expected_seconds(cell.experiment) for cell in chunk.cells))
    each = slowness * expected_seconds(experiments[0])
    assert len(waiting.take().cells) == max(1, int(CHUNK_SECONDS / each))


def test_all_workers_get_something():
    experiments = plan("digits", depth=2, seeds=25, epochs=10)
    sizes = [len(chunk.cells) for chunk in taken(queue(experiments, workers=4))]
    assert sizes[0] in (24, 25)
    assert 4 <= len(sizes) < 20
    assert len(queue(plan("digits", depth=20, seeds=25), processors=2).take().cells) > len(
        queue(plan("digits", depth=20, seeds=25)).take().cells
    )


def test_what_failed_at_once_says_nothing_of_how_fast_the_rest_is():
    experiments = plan("digits", depth=12, seeds=4000, most_cells=16_000)
    waiting = queue(experiments)
    waiting.learn(waiting.take(), 0.0)
    assert len(waiting.take().cells) < 2000


def test_cells_whose_worker_was_lost_go_in_small_company_and_then_alone():
    experiments = plan("xor", ["relu"], seeds=20)
    once = taken(queue(experiments, losses=1))
    assert [(len(chunk.cells), chunk.alone) for chunk in once] == [(SMALL, False), (SMALL, False), (4, False)]
    twice = taken(queue(experiments[:3], losses=2))
    assert [(len(chunk.cells), chunk.alone) for chunk in twice] == [(1, True)] * 3
