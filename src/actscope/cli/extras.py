"""The extras that a comparison needs, looked for at once, so that nobody installs them one by one."""

from importlib.util import find_spec

from ..errors import missing_extra

NEEDED = (("lab", "torch"), ("plot", "altair"), ("cluster", "distributed"))
"""Each extra with a library that only it brings."""


def check(*, cluster: bool = False) -> None:
    """Raise MissingExtraError, which names all extras, if several are missing; what needs one names it by itself.

    The libraries are looked for and not loaded, which would take a second.

    >>> check()
    """
    missing = [extra for extra, library in NEEDED if (cluster or extra != "cluster") and find_spec(library) is None]
    if len(missing) > 1:
        raise missing_extra(",".join(missing), "comparing")
