"""A diagnosis as JSON: findings, places, parameters and their series; no raw sums."""

import json
from dataclasses import asdict
from typing import Any

from ... import __version__
from ...probe.records import Diagnosis, ParameterHistory, PlaceHistory
from ...probe.rows.statistics import cell_edges
from ..data import without_nan
from . import series
from .rows import Numbers, digits, told

FORMAT, VERSION = "actscope diagnosis", 1
DIGITS = 6
"""Digits of a number of a series: the statistics are samples."""


def as_json(diagnosis: Diagnosis, files: tuple[str, ...] = ()) -> str:
    """Return the diagnosis as strict JSON, a place or a parameter in a line; nan and infinities become null.

    A series has a number for each bin of steps, `bins` says with which step each ends. Of a place's `fires`, the ranges
    of x in which the slope is not small, null is an end at infinity. `files` are those that lie with it in a folder.
    """
    recording = diagnosis.recording
    first: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "actscope": __version__,
        "model": recording.model,
        "healthy": diagnosis.healthy,
        "judged": diagnosis.judged,
        "steps": recording.steps,
        "looked": recording.looked,
        "findings": [asdict(finding) for finding in told(diagnosis)],
        "notes": recording.notes,
        "optimizer": asdict(recording.optimizer) if recording.optimizer else None,
        "spacing": asdict(recording.spacing),
        "first_bad": asdict(recording.first_bad) if recording.first_bad else None,
        "eps": recording.eps,
        "bins": recording.bins.tolist(),
        "course": _listed(series.of_course(recording)),
        "histogram_edges": cell_edges().tolist(),
        "files": list(files),
    }
    head = ",\n".join(f" {_text(name)}: {_text(value)}" for name, value in first.items())
    places = ",\n  ".join(_text(_place(history)) for history in recording.places)
    parameters = ",\n  ".join(_text(_parameter(history)) for history in recording.parameters)
    return f'{{\n{head},\n "places": [\n  {places}\n ],\n "parameters": [\n  {parameters}\n ]\n}}\n'


def _place(history: PlaceHistory) -> dict[str, Any]:
    place = history.place
    fields = {name: getattr(place, name) for name in ("name", "function", "role", "order", "units", "formula", "layer")}
    whole = history.pooled()
    return {
        **fields,
        "parameters": dict(place.parameters),
        "fires": place.fires,
        "elements": int(whole["elements"]),
        "measured": int(whole["count"]),
        "silent": history.silent(),
        "series": _listed(series.of_place(history)),
        "histogram": whole["histogram"].tolist(),
    }


def _parameter(history: ParameterHistory) -> dict[str, Any]:
    fields = {name: getattr(history, name) for name in ("name", "shape", "trained", "layer")}
    return {**fields, "series": _listed(series.of_parameter(history))}


def _listed(found: dict[str, Numbers]) -> dict[str, list[float]]:
    return {name: [digits(value, DIGITS) for value in values] for name, values in found.items()}


def _text(value: Any) -> str:
    return json.dumps(without_nan(value), ensure_ascii=False, allow_nan=False)
