"""The store as plain rows, to be listed and exported."""

import json
from collections.abc import Iterator
from typing import Any

from .file import Store
from .results import COLUMNS, SCORES

# What a row tells after its experiment.
_MEASURED = (*SCORES, "seconds", "steps", "again", "differed")
_PLACES = ("actscope", "torch", "numpy")


def rows(store: Store, *, task: str = "", sweep: str = "") -> Iterator[dict[str, Any]]:
    """Yield each result as one flat row, the oldest first; `task` and `sweep` leave only those that belong to them.

    `again` says how often a cell was run once more, `differed` how often that gave other numbers. A score or loss that
    is no number is None.
    """
    where, values = [], []
    if task:
        where.append("result.task = ?")
        values.append(task)
    if sweep:
        where.append("result.cell_id IN (SELECT cell_id FROM planned WHERE sweep = ?)")
        values.append(sweep)
    found = store.rows(
        f"SELECT result.*, env.facts FROM result JOIN env ON env.k = result.env "
        f"{'WHERE' if where else ''} {' AND '.join(where)} ORDER BY result.k",
        values,
    )
    for row in found:
        facts, settings = json.loads(row["facts"]), json.loads(row["settings"])
        source = settings.pop("source") or {}
        yield {
            **{name: row[name] for name in COLUMNS},
            "formula": settings.pop("defined"),
            **{name: value for name, value in settings.items() if name != "model_digest"},
            **{name: row[name] for name in _MEASURED},
            "data": source.get("path"),
            "data_digest": source.get("digest"),
            "cell_id": row["cell_id"],
            "recorded": row["at"],
            "engine": facts["engine"],
            "processor": facts["processor"],
            "python": facts["python"],
            **{name: facts["libraries"].get(name) for name in _PLACES},
        }
