"""Which engine is meant."""

from importlib.util import find_spec

from ...errors import SettingError, missing_extra
from ..asking import count, number
from . import Engine
from .in_process import InProcess

ANSWER_SECONDS = 5.0
"""How long a scheduler has to answer, and to find its first worker."""


def engine_of(
    workers: int | None = None, scheduler: str | None = None, scheduler_timeout: float = ANSWER_SECONDS
) -> Engine:
    """Return the engine of so many processes here, of the cluster of a scheduler, or of neither: this process.

    Nothing is started or connected yet. Raises SettingError, and MissingExtraError without Dask distributed.

    >>> engine_of().name
    'in process'
    """
    if workers is None and scheduler is None:
        return InProcess()
    if workers is not None and scheduler is not None:
        raise SettingError("`workers` are processes here, `scheduler` is a cluster with its own; give one of the two")
    if find_spec("distributed") is None:
        raise missing_extra("cluster", "running on several processes or a cluster")
    from .on_dask import Dask

    if workers is not None:
        return Dask(count("workers", workers))
    timeout = number("scheduler_timeout", scheduler_timeout)
    if timeout <= 0:
        raise SettingError(f"`scheduler_timeout` must be > 0 seconds, but got {timeout:g}")
    if not isinstance(scheduler, str) or not scheduler.rpartition(":")[2].isdigit():
        raise SettingError(
            f"`scheduler` must be the address of a Dask scheduler with its port, such as tcp://10.0.0.5:8786, but got "
            f"{scheduler!r}"
        )
    return Dask(scheduler=scheduler, timeout=timeout)
