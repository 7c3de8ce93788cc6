"""Published programs with a bug, written anew in PyTorch on data of the same kind, and some of their repairs."""

from collections.abc import Iterator

from . import published_posts, published_repositories
from .case import Case


def cases() -> Iterator[Case]:
    for p in (*published_posts.PROGRAMS, *published_repositories.PROGRAMS):
        yield Case(p.name, p.bug, frozenset(p.names.split()), p.architecture, p.data.__name__, p.build, "published")
