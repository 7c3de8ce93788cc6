"""A diagnosis for TensorBoard: every series, and what arrived at each place as a histogram."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ReportError, missing_extra
from ...probe.records import Diagnosis
from ...probe.rows.statistics import Rows, cell_edges
from .. import words
from .series import series


def to_tensorboard(diagnosis: Diagnosis, folder: str | Path) -> Path:
    """Return `folder` after writing the diagnosis there as an event file: scalars, and a histogram per place and bin.

    Names are those of `series`; `tensorboard --logdir FOLDER` shows them. Each call writes a file of its own. Raises
    MissingExtraError without TensorBoard, ReportError where the folder cannot be written.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as error:
        raise missing_extra("tensorboard", "writing for TensorBoard") from error
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writer = EventFileWriter(str(folder))
        try:
            now = time.time()
            for step, value in _values(diagnosis):
                writer.add_event(Event(wall_time=now, step=step, summary=Summary(value=[Summary.Value(**value)])))
        finally:
            writer.close()
    except OSError as problem:
        raise ReportError(words.cannot_write(str(folder), problem)) from problem
    return folder


def _values(diagnosis: Diagnosis) -> Iterator[tuple[int, dict[str, Any]]]:
    for name, pairs in series(diagnosis).items():
        yield from ((step, {"tag": name, "simple_value": value}) for step, value in pairs)
    for history in diagnosis.recording.places:
        for step, row in zip(diagnosis.recording.bins.tolist(), history.bins, strict=True):
            if row["count"]:
                yield step, {"tag": f"place/{history.place.name}/inputs", "histo": _histogram(row)}


def _histogram(row: Rows) -> dict[str, Any]:
    """Return the fields of TensorBoard's histogram; cells at the ends that hold nothing are left out."""
    counts = row["histogram"]
    held = np.flatnonzero(counts)
    first, last = (int(held[0]), int(held[-1])) if len(held) else (0, 0)
    limits = np.append(cell_edges(), max(float(row["high"]), cell_edges()[-1]))
    seen, mean = int(row["count"]), float(row["mean"])
    return {
        "min": float(row["low"]),
        "max": float(row["high"]),
        "num": float(seen),
        "sum": seen * mean,
        "sum_squares": float(row["m2"]) + seen * mean * mean,
        # A cell reaches from the limit before its own: an empty one in front says where the first begins.
        "bucket_limit": limits[max(first - 1, 0) : last + 1].tolist(),
        "bucket": [0.0] * (first > 0) + counts[first : last + 1].astype(float).tolist(),
    }
