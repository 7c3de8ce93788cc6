"""The recordings of all ranks as one: sent as JSON and raw numbers, merged in pairs up a tree, and sent to all.

Nothing is unpickled, and NCCL is left alone: the numbers are in this process's memory, and gloo carries them.
"""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import distributed

from ..errors import ProbeError
from .merging import merge
from .records import Finding, FirstBad, Optimizer, ParameterHistory, Place, PlaceHistory, Recording, Spacing
from .rows.statistics import COURSE, PARAMETER, PLACE, Rows

SECONDS = 60.0
"""How long a rank waits for the others unless it is told: they should be at the same step."""


def merged_over_ranks(recording: Recording, seconds: float) -> Recording:
    """Return on every rank what all ranks have seen together; each of them must call it.

    Where only one process trains, that is what it has seen. Raises ProbeError if a rank does not call it in so many
    seconds, or has recorded another model.
    """
    if not (distributed.is_available() and distributed.is_initialized()) or distributed.get_world_size() == 1:
        return recording
    rank, ranks = distributed.get_rank(), distributed.get_world_size()
    try:
        group = distributed.new_group(backend="gloo", timeout=timedelta(seconds=seconds))
        try:
            return _up_and_down(recording, rank, ranks, group)
        finally:
            distributed.destroy_process_group(group)
    except RuntimeError as problem:
        said = next(iter(str(problem).splitlines()), "")
        raise ProbeError(
            f"rank {rank} of {ranks} did not hear from all others in {seconds:g} s ({said}); every rank must call "
            "probe.merged() equally often, outside of `if rank == 0:`; if some are slow, probe.merged(seconds=600)"
        ) from problem


def _up_and_down(recording: Recording, rank: int, ranks: int, group: Any) -> Recording:
    """Merge in pairs until rank 0 has all, in the order of the ranks, and hand that to everyone."""
    told: bytes = b""
    step = 1
    while step < ranks:
        if rank % (2 * step) == step:
            _send(told or packed(recording), rank - step, group)
            break
        if rank + step < ranks:
            theirs = _received(rank + step, group)
            try:
                recording = recording if told else merge([recording, unpacked(theirs)])
            except ProbeError as problem:
                # Told to all, so that no rank waits for one that has given up.
                told = json.dumps({"problem": str(problem)}).encode() + b"\n"
        step *= 2
    sent = (told or packed(recording)) if rank == 0 else b""
    size = torch.tensor([len(sent)])
    distributed.broadcast(size, 0, group)
    content = _tensor(sent) if rank == 0 else torch.empty(int(size), dtype=torch.uint8)
    distributed.broadcast(content, 0, group)
    return unpacked(content.numpy().tobytes())


def _send(content: bytes, to: int, group: Any) -> None:
    distributed.send(torch.tensor([len(content)]), to, group)
    distributed.send(_tensor(content), to, group)


def _received(source: int, group: Any) -> bytes:
    size = torch.zeros(1, dtype=torch.int64)
    distributed.recv(size, source, group)
    content = torch.empty(int(size), dtype=torch.uint8)
    distributed.recv(content, source, group)
    return content.numpy().tobytes()


def _tensor(content: bytes) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(content, np.uint8).copy())


def packed(recording: Recording) -> bytes:
    """Return a line of JSON and the arrays behind it."""
    places, parameters = recording.places, recording.parameters
    line = {
        "model": recording.model,
        "steps": recording.steps,
        "bins": recording.bins.tolist(),
        "places": [asdict(history.place) for history in places],
        "parameters": [[one.name, one.shape, one.trained, one.layer, one.as_made] for one in parameters],
        "static": [asdict(finding) for finding in recording.static],
        "notes": recording.notes,
        "optimizer": recording.optimizer and asdict(recording.optimizer),
        "spacing": asdict(recording.spacing),
        "first_bad": recording.first_bad and asdict(recording.first_bad),
        "eps": recording.eps,
        "broken": recording.broken,
        "moved": recording.moved,
        "cost": recording.cost,
        "unseen": recording.unseen,
        "differentiated": recording.differentiated,
        "graph": recording.graph,
        "by_turns": recording.by_turns,
    }
    rows = [recording.course, *(one.bins for one in places), *(one.bins for one in parameters)]
    numbers = [array.tobytes() for array in rows] + [one.shown.tobytes() for one in places]
    return b"".join([json.dumps(line).encode(), b"\n", *numbers])


def unpacked(content: bytes) -> Recording:
    """Return the recording that `packed` made the bytes of; raises ProbeError if they tell of a mistake."""
    text, _, numbers = content.partition(b"\n")
    line = json.loads(text)
    if "problem" in line:
        raise ProbeError(line["problem"])
    bins, at = len(line["bins"]), 0

    def taken(kind: np.dtype[Any], *shape: int) -> Any:
        nonlocal at
        count = int(np.prod(shape))
        array = np.frombuffer(numbers, kind, count, at).reshape(shape).copy()
        at += count * kind.itemsize
        return array

    course: Rows = taken(COURSE, bins)
    rows = [taken(PLACE, bins) for _ in line["places"]]
    weights = [taken(PARAMETER, bins) for _ in line["parameters"]]
    shown: list[NDArray[np.uint8]] = [taken(np.dtype(np.uint8), bins, place["units"]) for place in line["places"]]
    return Recording(
        model=line["model"],
        steps=line["steps"],
        bins=np.array(line["bins"], np.int64),
        places=tuple(map(PlaceHistory, map(_place, line["places"]), rows, shown)),
        parameters=tuple(
            ParameterHistory(name, tuple(shape), trained, layer, seen, as_made)
            for (name, shape, trained, layer, as_made), seen in zip(line["parameters"], weights, strict=True)
        ),
        course=course,
        static=tuple(
            Finding(**{**one, "advice": tuple(one["advice"]), "also": tuple(one["also"])}) for one in line["static"]
        ),
        notes=tuple(line["notes"]),
        optimizer=line["optimizer"] and Optimizer(**line["optimizer"]),
        spacing=Spacing(**line["spacing"]),
        first_bad=line["first_bad"] and FirstBad(**line["first_bad"]),
        eps=line["eps"],
        broken=line["broken"],
        moved=line["moved"],
        cost=line["cost"],
        unseen=line["unseen"],
        differentiated=line["differentiated"],
        graph=line["graph"],
        by_turns=line["by_turns"],
    )


def _place(line: dict[str, Any]) -> Place:
    fires = line["fires"]
    return Place(
        **{
            **line,
            "parameters": tuple((name, value) for name, value in line["parameters"]),
            "fires": None if fires is None else tuple((low, high) for low, high in fires),
        }
    )
