"""Where results are kept."""

import os
import platform
import socket
import uuid
from pathlib import Path

from ...errors import StoreError, missing_extra

VARIABLE = "ACTSCOPE_STORE"
USERS = "auto"


def path_of(store: str | Path | None) -> Path | None:
    """Return the file of a store: None for none at all, "auto" for the user's own, which ACTSCOPE_STORE may move.

    >>> path_of("results.sqlite").name, path_of(None)
    ('results.sqlite', None)
    """
    if store is None:
        return None
    if store == USERS:
        return users_path()
    path = Path(store).expanduser().absolute()
    if not path.parent.is_dir():
        raise StoreError(
            f"there is no folder {path.parent} for the store {path.name}; make it, or choose another place"
        )
    return path


def users_path() -> Path:
    """Return the file of the user's own store, and make its folder."""
    if given := os.environ.get(VARIABLE):
        path = Path(given).expanduser().absolute()
    else:
        try:
            from platformdirs import user_data_path
        except ImportError as error:
            raise missing_extra("lab", "keeping results (leave it with --no-store, in Python store=None)") from error
        path = user_data_path("actscope", appauthor=False) / "results.sqlite"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StoreError(
            f"cannot make the folder {path.parent} for results: {problem.strerror or problem}; "
            "choose a file with --store FILE (in Python store=), or keep nothing with --no-store (store=None)"
        ) from problem
    return path


def machine() -> str:
    """Return what tells this running system from any other: files here are the same files only where this agrees."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{platform.system()} {socket.gethostname()} {uuid.getnode():x}"
