"""What a picture shows, as numbers: the report draws them, and whoever wants to can draw them another way.

Every picture has a `title` that says what one sees in it, and names its axes with their units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Style = Literal["solid", "dashed", "dots", "steps"]


@dataclass(frozen=True, slots=True)
class Line:
    """A named series of points, joined or not."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    """The lower edge of a band around it; () for none."""
    high: tuple[float, ...] = ()
    style: Style = "solid"


def line(
    name: str,
    x: Iterable[float],
    y: Iterable[float],
    *,
    low: Iterable[float] = (),
    high: Iterable[float] = (),
    style: Style = "solid",
) -> Line:
    """Return a Line of anything that holds numbers, such as arrays.

    >>> line("a line", range(2), [0.5, 1.0]).x
    (0.0, 1.0)
    """
    x, y, low, high = (tuple(float(value) for value in values) for values in (x, y, low, high))
    return Line(name, x, y, low, high, style)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight reference line through the whole picture, at one x or at one y."""

    at: float
    axis: Literal["x", "y"]
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over numbers."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...] = ()
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One quantity of one thing, with its interval where it has one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    group: str = ""
    """What shares a colour, such as "forward" and "backward" of each function; "" if every bar has its own."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Quantities side by side."""

    title: str
    quantity: str
    """The axis of the quantities, with its unit."""
    bars: tuple[Bar, ...]
    log: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A quantity over the plane, on an even grid, rows from low y to high y."""

    x: tuple[float, float]
    y: tuple[float, float]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points of the plane that share a class; class 0 is drawn as triangles, class 1 as circles."""

    label: int
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane of two inputs: what a network says there, the points it was trained on, lines that are drawn in it."""

    title: str
    x: str
    y: str
    field: Field | None = None
    kind: Literal["probability", "region", "height"] = "probability"
    """probability: 0 to 1, with the boundary at 0.5; region: few levels, each its own shade; height: a loss surface."""
    clouds: tuple[Cloud, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the drawing of a network: `layer` from 0 at the left, `place` from 0 at the top."""

    layer: int
    place: int
    label: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A weight from one node to another, by their places in the tuple of nodes."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """A network with its weights written at its edges."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """An image, rows from the top, each pixel (red, green, blue) from 0 to 255."""

    caption: str
    pixels: tuple[tuple[tuple[int, int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Images:
    """Images side by side."""

    title: str
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """Pictures of one kind that a slider goes through, such as a boundary over epochs."""

    title: str
    slider: str
    """What the slider moves: "epoch", "x", "temperature"."""
    frames: tuple[tuple[str, Chart | Bars | Plane], ...]
    """The slider's values as text, each with its picture; all share axes, names of lines and numbers of points."""
    start: int = 0
    """The frame that is shown first, and in print."""


Picture = Chart | Bars | Plane | Diagram | Images | Film
