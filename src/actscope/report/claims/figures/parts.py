"""What the figures of all kinds of pictures share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from ...figures import SOLID, log_ticks
from ...rows import Row
from .. import rows

FRAME = "frame"
"""The parameter that a slider moves."""
STROKE = "M1.8,0L-1.8,0"
DOT = "M.7,0A.7,.7,0,1,1,-.7,0A.7,.7,0,1,1,.7,0Z"
SYMBOL, LETTER = 44, 6.7
"""The widths of a symbol of a legend with the room around it, and of a letter."""
POWERS = (
    "datum.value >= 0.001 && datum.value < 100000 ? format(datum.value, '~r') "
    ": replace(format(datum.value, '~e'), 'e+', 'e')"
)
"""How numbers on a logarithmic axis are written: 1e-6, 0.01, 1, 100, 1e6."""
Layer = Any
"""A chart of one mark, or layers of them; Altair has no type for both."""


def drawn(values: Iterable[Row]) -> alt.Chart:
    """Return a chart of these rows; those of a frame show only while it is the frame's turn."""
    # Altair copies a chart, with its data, at each step of building it; a tuple it passes on as it is.
    found = tuple(values)
    chart = alt.Chart(alt.InlineData(values=found))
    if any("f" in row for row in found):
        chart = chart.transform_filter(f"!isValid(datum.f) || datum.f === {FRAME}")
    return chart


@dataclass(frozen=True, slots=True)
class Series:
    """How each of several named lines looks: colour, dash and symbol, told in one legend as wide as the picture."""

    styles: Mapping[str, str]
    """The style of each name, in the order of the legend."""
    width: float
    taken: int = 0
    """Colours that something else in the picture has."""

    @property
    def domain(self) -> list[str]:
        """The names in the order of the colours."""
        return rows.colours(self.styles, self.taken)

    def colour(self, field: str = "n", *, told: bool = True) -> alt.Color:
        """Return the colour of each name, told in the legend or not."""
        legend = self._legend() if told else None
        return alt.Color(f"{field}:N", scale=alt.Scale(domain=self.domain), legend=legend)

    def dash(self) -> alt.StrokeDash:
        """Return the dash of each name: of those that ask for it, and of a colour that comes for the second time."""
        dashes = [
            [6, 4] if self.styles.get(name) == "dashed" or place >= SOLID else [1, 0]
            for place, name in enumerate(self.domain)
        ]
        return alt.StrokeDash("n:N", scale=alt.Scale(domain=self.domain, range=dashes), legend=self._legend())

    def shape(self) -> alt.Shape:
        """Return the symbol of each name."""
        symbols = [DOT if self.styles.get(name) == "dots" else STROKE for name in self.domain]
        return alt.Shape("n:N", scale=alt.Scale(domain=self.domain, range=symbols), legend=self._legend())

    def _legend(self) -> alt.Legend:
        # Colour, dash and symbol are told in one legend, which they are only if all ask for the same.
        mixed: dict[str, Any] = {} if "dots" in self.styles.values() else {"symbolType": STROKE}
        shown = list(self.styles)
        wide = columns(shown, self.width)
        return alt.Legend(symbolOpacity=1, values=shown, columns=wide, labelOffset=9, **mixed)


def columns(names: Sequence[str], width: float) -> int:
    """Return how many columns of a legend there is room for; 0, which is no limit, if all names fit in a line.

    >>> columns(["a", "b"], 400), columns(["a name of many letters"] * 5, 400)
    (0, 2)
    """
    if legend_width(names) <= width:
        return 0
    return max(1, int(width / (SYMBOL + LETTER * max(map(len, names)))))


def legend_width(names: Sequence[str]) -> float:
    """Return how wide a legend in one line is, about."""
    return sum(SYMBOL + LETTER * len(name) for name in names)


def axis(values: Sequence[float | None], title: str, *, log: bool, field: str) -> dict[str, Any]:
    """Return what an x or y encoding of `field` is made with: title, scale over the values, ticks that can be read."""
    low, high = rows.extent(values, log=log)
    if log:
        ticks = alt.Axis(values=log_ticks(low, high), labelExpr=POWERS)
        scaled = alt.Scale(type="log", domain=[low, high], nice=False)
    else:
        whole = all(value is None or float(value).is_integer() for value in values)
        least: dict[str, Any] = {"tickMinStep": 1} if whole else {}
        ticks = alt.Axis(tickCount=6, **least)
        scaled = alt.Scale(domain=[low, high], zero=False, nice=False)
    return {"shorthand": f"{field}:Q", "title": title, "scale": scaled, "axis": ticks}


def written(chart: alt.Chart, text: str, **mark: Any) -> Layer:
    """Return a text that stays legible on whatever it lies: with a rim in the colour of the paper."""
    around = chart.mark_text(style="dot", strokeWidth=3.5, strokeJoin="round", aria=False, **mark)
    return alt.layer(*(one.encode(text=text) for one in (around, chart.mark_text(style="ink", **mark))))
