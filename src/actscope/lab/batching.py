"""Which networks train together, and many batches of them on the processors of this machine."""

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from ..bench.machine import available
from ..errors import missing_extra
from . import tasks
from .models.building import alone
from .records import Experiment, Progress, Run
from .training import together

try:
    import torch
except ImportError as error:
    raise missing_extra("lab", "training") from error

# More at once gain nothing: by then a step has enough to compute, and its numbers leave the cache.
MOST = 32
# Fewer at once than this cost more in operations than a second processor gives.
FEWEST = 6
# Numbers of a layer or an input that a batch of samples may have for all networks together.
MOST_NUMBERS = 1 << 22


def batches(experiments: Iterable[Experiment], processors: int = 1) -> list[tuple[Experiment, ...]]:
    """Return the experiments in batches that train together, in the order given within each.

    All of a batch have one shape. Where there are enough of a shape they make a batch for each processor.

    >>> from actscope.lab.planning import plan
    >>> [len(batch) for batch in batches(plan("xor", ["relu", "tanh"], depth=[1, 2], seeds=20))]
    [20, 20, 20, 20]
    """
    shapes: dict[object, list[Experiment]] = {}
    for number, experiment in enumerate(experiments):
        key = number if alone(experiment) else experiment.shape
        shapes.setdefault(key, []).append(experiment)
    return [batch for same in shapes.values() for batch in _parts(same, processors)]


def runs(experiments: Sequence[Experiment], progress: Progress | None = None) -> Iterator[Run]:
    """Yield the run of each experiment as its batch is finished; `progress` hears of every epoch, one at a time.

    Batches train side by side on the processors that this process may use. When the iteration is left early, what is
    in training stops after its next step.
    """
    processors = available()
    waiting = batches(experiments, processors)
    heard = _one_at_a_time(progress) if progress else None
    leaving = threading.Event()
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(processors) as pool:
        try:
            going: set[Future[list[Run]]] = {pool.submit(together, batch, heard, leaving.is_set) for batch in waiting}
            while going:
                done, going = wait(going, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            leaving.set()
            pool.shutdown(cancel_futures=True)
            # Each batch has set its own thread's number and put it back; what new threads start with is common to all.
            torch.set_num_threads(threads)


def _parts(same: Sequence[Experiment], processors: int) -> Iterator[tuple[Experiment, ...]]:
    first = same[0]
    numbers = first.batch_size * max(first.width, tasks.task_of(first).inputs)
    most = max(1, min(MOST, MOST_NUMBERS // numbers))
    count = max(-(-len(same) // most), min(processors, len(same) // FEWEST), 1)
    ends = [len(same) * part // count for part in range(count + 1)]
    return (tuple(same[start:end]) for start, end in itertools.pairwise(ends))


def _one_at_a_time(progress: Progress) -> Progress:
    lock = threading.Lock()

    def heard(*of: object) -> None:
        with lock:
            progress(*of)  # type: ignore[arg-type]

    return heard
