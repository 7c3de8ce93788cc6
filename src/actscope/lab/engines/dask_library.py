"""Dask distributed, loaded when it is needed, and kept from talking."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import missing_extra


def distributed() -> Any:
    """Return the library; raises MissingExtraError if it is not installed."""
    try:
        import distributed
    except ImportError as error:
        raise missing_extra("cluster", "running on several processes or a cluster") from error
    return distributed


@contextmanager
def silenced() -> Iterator[None]:
    """Keep the library's log quiet inside: whatever goes wrong there is told by us, once."""
    distributed()
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
