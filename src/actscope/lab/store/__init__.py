"""Results that outlive the process: one SQLite file, in which a cell is recorded once and never lost."""

from .file import Store
from .place import path_of
from .records import Failure, Tally

__all__ = ["Failure", "Store", "Tally", "path_of"]
