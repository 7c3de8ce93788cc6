"""Draw the figures of the pages on findings, from the very code that each page shows.

python -m tools.draw_findings [NAMES]

A page's first Python defines `sick` and `healthy`, each the model, the loss, the batches and the optimiser that
`act.diagnose` takes. Both are diagnosed, what was found is printed, and the figure goes to docs/images/findings, light
and dark.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import torch
from tools import finding_panels as panels
from tools.finding_panels import VIEWS

import actscope as act
from actscope.probe.findings import DEFINITIONS
from actscope.probe.graph.walking import read
from actscope.probe.records import Diagnosis
from actscope.report import rendering

DOCS = Path(__file__).parent.parent / "docs"
IMAGES = DOCS / "images" / "findings"
ARROW = " \u2190 "


@dataclass(frozen=True)
class Case:
    """A sick network, its healthy twin, and what act.diagnose says of both."""

    given: tuple[Any, Any]
    diagnoses: tuple[Diagnosis, Diagnosis]
    titles: tuple[Any, Any]


@dataclass(frozen=True)
class Drawing:
    """What the figure of a finding shows."""

    sick: str
    healthy: str
    views: tuple[str, ...] = ()
    """The quantities that are drawn below one another."""
    draw: Callable[[Case], Any] | None = None
    """Draws what is no such quantity."""
    graph: bool = False
    """Whether each panel tells what the loss was computed from."""
    steps: int = 100


def drawn(drawing: Drawing, case: Case) -> Any:
    """Return the figure, the sick network on the left."""
    if drawing.draw is not None:
        return drawing.draw(case)
    found = []
    for row, name in enumerate(drawing.views):
        titles = case.titles if row == 0 else (alt.Undefined, alt.Undefined)
        found += panels.pair(VIEWS[name], case.diagnoses, titles)
    figure = alt.concat(*found, columns=2)
    return figure.resolve_scale(color="independent") if len(drawing.views) > 1 else figure


def arriving(sick: int = 0, healthy: int = 0) -> Callable[[Case], Any]:
    """Return the drawing of what arrives at a place of each network."""
    return lambda case: panels.arriving(case.diagnoses, (sick, healthy), case.titles)


def sizes(case: Case) -> Any:
    """Return the drawing of the gradient at each weight."""
    return alt.concat(*panels.sizes(case.diagnoses, case.titles), columns=2)


def targets(case: Case) -> Any:
    """Return the drawing of the targets over what the outputs reach, ReLU's and all numbers."""
    reach = act.get("relu").properties.range
    ends = ((float(reach.low), float(reach.high)), (-float("inf"), float("inf")))
    return alt.concat(*panels.targets(case.given[0][2], ends, case.titles), columns=2)


DRAWINGS = {
    "non-finite": Drawing("log(1 - p) of a p of 1", "the loss that takes logits", views=("loss",)),
    "unscaled-inputs": Drawing("pixels of 0 to 255", "mean 0, spread 1", draw=arriving()),
    "unscaled-targets": Drawing("prices around 200,000", "mean 0, spread 1", views=("loss left",)),
    "kept-gradients": Drawing("no zero_grad()", "zero_grad() for each step", views=("loss", "update")),
    "wrong-sign": Drawing("-mse_loss", "mse_loss", views=("own loss",)),
    "learning-rate-too-high": Drawing("Adam, lr=0.3", "Adam, lr=0.003", views=("loss", "update")),
    "unsuited-initialisation": Drawing("weights with a spread of 0.02", "ReLU's gain", views=("spread",), steps=30),
    "dead-units": Drawing("biases of -1.5", "biases of 0", views=("silent",)),
    "one-sided-units": Drawing("biases of 5", "biases of 0", draw=arriving()),
    "saturation": Drawing("weights with a spread of 1", "spread of 1/sqrt(fan-in)", draw=arriving()),
    "vanishing-gradient": Drawing("sigmoid", "tanh, drawn by its gain", views=("gradient",)),
    "exploding-gradient": Drawing("weights of 3/sqrt(fan-in)", "weights of 1.2/sqrt(fan-in)", views=("gradient",)),
    "learning-rate-too-low": Drawing("Adam, lr=1e-7", "Adam, lr=0.003", views=("loss", "update")),
    "zigzag": Drawing("features around 3", "features around 0", views=("signs", "loss")),
    "plateau": Drawing("targets of other samples", "targets of these samples", views=("loss",)),
    "missing-activation": Drawing("no activation", "ReLU between", views=("loss",), graph=True),
    "repeated-activation": Drawing("the second sigmoid", "the only sigmoid", draw=arriving(sick=1)),
    "softmax-twice": Drawing("softmax, then cross-entropy", "logits", views=("loss",), graph=True),
    "sigmoid-twice": Drawing("sigmoid, then its loss", "logits", views=("loss",), graph=True),
    "logits-as-probabilities": Drawing(
        "nll_loss of logits", "cross_entropy of logits", views=("own loss",), graph=True
    ),
    "softmax-over-batch": Drawing("dim=0, the samples", "dim=1, the classes", views=("loss",)),
    "wrong-output-activation": Drawing("sigmoid before cross-entropy", "logits", views=("loss",), graph=True),
    "unreachable-targets": Drawing("ReLU behind the last layer", "no activation there", draw=targets),
    "broadcast-loss": Drawing("targets of shape (64,)", "targets of shape (64, 1)", views=("loss",)),
    "no-slope": Drawing("sign", "tanh", draw=sizes),
    "unreached-parameters": Drawing("detach() behind the body", "no detach()", draw=sizes),
}


def session_of(page: Path) -> dict[str, Any]:
    """Return what the first Python of a page defines; what follows it cures the sick."""
    session: dict[str, Any] = {}
    block = re.search(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    exec(compile(block[1], page.name, "exec"), session)
    return session


def case_of(name: str) -> Case:
    """Return the two networks of a page, diagnosed."""
    session = session_of(DOCS / "findings" / f"{name}.md")
    given = session["sick"], session["healthy"]
    drawing = DRAWINGS[name]
    sick, healthy = (act.diagnose(*one, steps=drawing.steps) for one in given)
    titles = [f"Sick: {drawing.sick}", f"Healthy: {drawing.healthy}"]
    if drawing.graph:
        lines = [alt.TitleParams(title, subtitle=walked(one)) for title, one in zip(titles, given, strict=True)]
        return Case(given, (sick, healthy), (lines[0], lines[1]))
    return Case(given, (sick, healthy), (titles[0], titles[1]))


def walked(given: Any) -> str:
    """Return what a loss was computed from, nearest the loss first, as far as one thing is made of one other."""
    model, loss_fn, batches = given[:3]
    inputs, aims = batches[0]
    graph = read(loss_fn(model(inputs), aims), model)
    node: int | None = 0
    names = []
    while node is not None:
        names.append(graph.names[node])
        node = graph.below(node)
    return ARROW.join(names)


def summary(values: list[float]) -> str:
    """Return what a caption says of a line.

    >>> summary([1.0, 4.0, 2.5])
    'from 1 to 2.5, mean 2.5, most 4'
    """
    mean = sum(values) / len(values)
    return f"from {values[0]:.3g} to {values[-1]:.3g}, mean {mean:.3g}, most {max(values):.3g}"


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in names or DEFINITIONS:
        case = case_of(name)
        for state, diagnosis in zip(("sick", "healthy"), case.diagnoses, strict=True):
            losses = [row["y"] for row in VIEWS["loss"].rows(diagnosis)]
            print(f"{name}, {state}: loss {losses[0]:.3g} to {losses[-1]:.3g}")
            for finding in diagnosis.findings:
                print(f"    {finding.weight} {finding.name}: {finding.evidence}")
            for view in DRAWINGS[name].views:
                print(f"    {VIEWS[view].title}: {summary([row['y'] for row in VIEWS[view].rows(diagnosis)])}")
        figure = drawn(DRAWINGS[name], case)
        figure.description = f"{DEFINITIONS[name].title}: {DRAWINGS[name].sick}, beside {DRAWINGS[name].healthy}"
        for theme in rendering.THEMES:
            rendering.save_svg(figure, IMAGES / f"{name}-{theme}.svg", theme=theme)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1:])
