"""What a sweep costs beside the training: the store, the bookkeeping, and Dask.

python -m benchmarks.sweeps
"""

import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from actscope.lab import sweep
from actscope.lab.engines import Answer, Cell, Chunk, Commit, Outcome, Take, Target
from actscope.lab.engines.on_dask import Dask, worked
from actscope.lab.identity import cell_id
from actscope.lab.planning import plan
from actscope.lab.records import Experiment, Progress, Run
from actscope.lab.store import Store
from actscope.lab.store.results import record, runs_of
from actscope.lab.training import train

CELLS, CHUNKS, ROUNDS = 200, 100, 5


class Nothing:
    """An engine that trains nothing: it has one run, and tells it of every cell."""

    name, workers, processors = "a benchmark", 1, 1

    def __init__(self, run: Run) -> None:
        self._run = run

    def run(self, take: Take, target: Target | None, progress: Progress | None) -> Generator[Answer, None, None]:
        """Yield the answers."""
        del target, progress
        while chunk := take():
            runs = [replace(self._run, experiment=cell.experiment) for cell in chunk.cells]
            outcomes = [Outcome(cell.id, run) for cell, run in zip(chunk.cells, runs, strict=True)]
            yield Answer(chunk, tuple(outcomes), seconds=0.001)


def nothing(cells: Sequence[Cell], commit: Commit | None) -> Iterable[Outcome]:
    del commit
    return [Outcome(cell.id, error="nothing was trained") for cell in cells]


def call(cells: Sequence[Cell], target: Target | None, measured: int) -> tuple[list[Outcome], float]:
    return worked(cells, target, measured, nothing)


def cells_of(run: Run) -> list[Run]:
    return [replace(run, experiment=replace(run.experiment, seed=seed)) for seed in range(CELLS)]


def ms(seconds: float, count: int) -> float:
    return 1e3 * seconds / count


def of_the_store(runs: Sequence[Run]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, Store(path := Path(folder) / "a.sqlite") as store:
        begin = time.perf_counter()
        for run in runs:
            record(store, [run], "a benchmark")
        written = time.perf_counter()
        list(runs_of(store, {cell_id(run.experiment): run.experiment for run in runs}))
        read = time.perf_counter()
        store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size / 1024
    return {
        "commit a result, ms": ms(written - begin, CELLS),
        "read a result, ms": ms(read - written, CELLS),
        "a result on the disk, kB": size / CELLS,
    }


def of_the_sweep(experiments: Sequence[Experiment], run: Run) -> dict[str, float]:
    engine = Nothing(run)
    begin = time.perf_counter()
    list(sweep.run(experiments, None, engine))
    without = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        list(sweep.run(experiments, Path(folder) / "a.sqlite", engine))
        kept = time.perf_counter()
        list(sweep.run(experiments, Path(folder) / "a.sqlite", engine))
        again = time.perf_counter()
    return {
        "a cell of a sweep without a store, ms": ms(without - begin, CELLS),
        "a cell of a sweep with one, ms": ms(kept - without, CELLS),
        "a cell that the store has, ms": ms(again - kept, CELLS),
    }


def of_dask(experiments: Sequence[Experiment]) -> dict[str, float]:
    cells = iter(experiments[:CHUNKS])
    taken = (Chunk(number, (Cell(cell_id(cell), cell),)) for number, cell in enumerate(cells))
    begin = time.perf_counter()
    answers = Dask(2, call=call).run(lambda: next(taken, None), None, None)
    next(answers)
    first = time.perf_counter()
    left = sum(1 for _ in answers)
    return {
        "Dask, two workers: start to the first answer, s": first - begin,
        "Dask, two workers: a chunk, ms": ms(time.perf_counter() - first, left),
    }


def main() -> None:
    experiments = plan("digits", ["relu"], depth=12, width=16, seeds=CELLS, epochs=10, samples=100)
    flat, plane = train(experiments[0]), train(plan("moons", ["relu"], seeds=1, epochs=10)[0])
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        stored = {f"digits: {name}": value for name, value in of_the_store(cells_of(flat)).items()}
        stored |= {f"moons, with its map: {name}": value for name, value in of_the_store(cells_of(plane)).items()}
        rounds.append(stored | of_the_sweep(experiments, flat) | of_dask(experiments))
    for name in rounds[0]:
        print(f"{name:60}{median(found[name] for found in rounds):8.2f}")


if __name__ == "__main__":
    main()
