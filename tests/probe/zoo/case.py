"""The records of the zoo: a patient is a model ready to be trained, a case builds one by a seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

Group = Literal["tuning", "fresh", "published", "held", "blind", "later"]
"""Rules are set on "tuning" and were mended by what "fresh" and "published" showed; "held" is only ever measured, and
"blind" and "later" were written by someone who had not read the rules."""


@dataclass(frozen=True)
class Patient:
    model: nn.Module
    loss_fn: Callable[[Any, Any], torch.Tensor]
    batches: list[tuple[Any, Any]]
    """(inputs, targets) of each step."""
    optimizer: torch.optim.Optimizer
    steps: int = 100
    run: Callable[[], None] | None = None
    """The patient's own loop, where a step is more than one loss and one optimiser; it trains `model` for `steps`."""


@dataclass(frozen=True)
class Case:
    name: str
    disease: str
    """"" is healthy."""
    names: frozenset[str]
    """Findings, by their names, that count as the right name; empty for the healthy."""
    architecture: str
    task: str
    build: Callable[[int], Patient] = field(repr=False)
    """By seed; it also seeds PyTorch, so that training after it is the same each time."""
    group: Group = "tuning"
    twin: str = ""
    """The healthy case that is the same network without the fault."""


def train(patient: Patient) -> list[float]:
    """Train a patient as its program does and return the losses; none are known of a patient with its own loop.

    A probe is put around it: `with watch(patient.model): train(patient)`.
    """
    if patient.run is not None:
        patient.run()
        return []
    losses = []
    patient.model.train()
    for step in range(patient.steps):
        inputs, targets = patient.batches[step % len(patient.batches)]
        patient.optimizer.zero_grad()
        loss = patient.loss_fn(called(patient.model, inputs), targets)
        loss.backward()
        patient.optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def called(model: nn.Module, inputs: Any) -> Any:
    """Return what the model makes of a batch's inputs: a tensor, or a tuple of arguments."""
    return model(*inputs) if isinstance(inputs, tuple) else model(inputs)
