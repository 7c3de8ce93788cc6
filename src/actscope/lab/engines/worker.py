"""A worker of a local cluster: a process of its own that ends with the one that started it.

python -P -m actscope.lab.engines.worker tcp://127.0.0.1:PORT
"""

import asyncio
import os
import sys
import threading
import traceback

from . import dask_library

NOT_STARTED = 3
"""The exit status of a worker that never got as far as the scheduler."""


async def _work(scheduler: str) -> None:
    worker = dask_library.distributed().Worker(
        scheduler, nthreads=1, host="127.0.0.1", dashboard=False, memory_limit=0, death_timeout=30
    )
    try:
        await worker
    except Exception:  # noqa: BLE001  (told by the driver)
        traceback.print_exc()
        os._exit(NOT_STARTED)
    await worker.finished()


def _end_with_driver() -> None:
    # The pipe's other end closes when its process ends, in whatever way.
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_driver, daemon=True).start()
    asyncio.run(_work(sys.argv[1]))
