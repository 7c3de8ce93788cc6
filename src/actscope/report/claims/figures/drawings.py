"""A network with its weights, and images side by side, as figures."""

import textwrap

import altair as alt

from ....lab.claims.pictures import Diagram, Images
from .. import planes
from .parts import LETTER, drawn, written

ACROSS, UP = 190, 92
RADIUS = 22
INSIDE = 6
"""Letters that fit into the circle of a unit; a longer label stands below it."""
IMAGE, LINE, GAP = 150, 15, 22
ABREAST = 4


def diagram(picture: Diagram) -> alt.LayerChart:
    """Return the figure of a network: units as circles, weights at their edges."""
    nodes, edges = planes.nodes(picture), planes.edges(picture)
    layers, highest = max(node["x"] for node in nodes), max(node["y"] for node in nodes)
    longest = max(len(node["told"]) for node in nodes)
    side = max(RADIUS + 8, 3.6 * longest if longest > INSIDE else 0)
    width, height = layers * ACROSS + 2 * side, 2 * highest * UP + 2 * RADIUS + 48
    # The scale is in layers and units; `side` and 24 are what circles and labels need beyond the outermost middles.
    reach_x, reach_y = side / ACROSS, (RADIUS + 24) / UP
    across = alt.Scale(domain=[-reach_x, layers + reach_x], nice=False, zero=False)
    up = alt.Scale(domain=[-highest - reach_y, highest + reach_y], nice=False, zero=False)
    x, y = alt.X("x:Q", axis=None, scale=across), alt.Y("y:Q", axis=None, scale=up)
    names = ["positive", "negative"]
    weights = drawn(edges).mark_rule(strokeCap="round", opacity=0.75)
    units = drawn(nodes).encode(x=x, y=y)
    inside = [node for node in nodes if len(node["told"]) <= INSIDE]
    below = [node for node in nodes if len(node["told"]) > INSIDE]
    at = drawn(edges).encode(x=alt.X("tx:Q", axis=None, scale=across), y=alt.Y("ty:Q", axis=None, scale=up))
    shown = [
        weights.encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("sign:N", scale=alt.Scale(domain=names), legend=None),
            strokeDash=alt.StrokeDash("sign:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]]), legend=None),
            strokeWidth=alt.StrokeWidth("size:Q", scale=alt.Scale(domain=[0, 1], range=[0.8, 4]), legend=None),
        ),
        units.mark_point(style="hollow", filled=True, size=4 * RADIUS**2, opacity=1),
        units.mark_point(style="ink", filled=False, size=4 * RADIUS**2, strokeWidth=1.6, opacity=1),
        *(
            [
                drawn(inside)
                .encode(x=x, y=y)
                .mark_text(style="ink", fontSize=12 if all(len(n["told"]) < 5 for n in inside) else 11)
                .encode(text="told:N")
            ]
            if inside
            else []
        ),
        *([written(drawn(below).encode(x=x, y=y), "told:N", fontSize=12, dy=RADIUS + 12)] if below else []),
        written(at, "told:N", fontSize=12, fontWeight=600),
    ]
    figure = alt.LayerChart(layer=shown).properties(width=width, height=height)
    figure.usermeta = {"fixed": True}
    return figure


def images(picture: Images) -> alt.LayerChart:
    """Return the figure of images side by side, each with its caption below."""
    found = planes.images(picture)
    for row in found:
        row["told"] = textwrap.wrap(row["told"], int(IMAGE / LETTER))
    columns = min(len(found), ABREAST)
    line = IMAGE + LINE * max(len(row["told"]) for row in found) + GAP
    for k, row in enumerate(found):
        row["x"] = (k % columns) * (IMAGE + GAP) + IMAGE / 2
        row["y"] = (k // columns) * line + IMAGE / 2
    width, height = columns * (IMAGE + GAP) - GAP, -(-len(found) // columns) * line - GAP
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    placed = drawn(found).encode(x=x, y=y)
    shown = placed.mark_image(width=IMAGE, height=IMAGE, aspect=False).encode(url="url:N")
    told = placed.mark_text(style="ink", fontSize=12, dy=IMAGE / 2 + LINE, lineHeight=LINE).encode(text="told:N")
    figure = alt.LayerChart(layer=[shown, told]).properties(width=width, height=height)
    figure.usermeta = {"fixed": True}
    return figure
