"""What the figures of a diagnosis share."""

import altair as alt

from ...rows import Row

WIDTH = 520
Figure = alt.Chart | alt.LayerChart | alt.ConcatChart


def chart(values: list[Row]) -> alt.Chart:
    """Return a chart of these rows, which it carries with it."""
    return alt.Chart(alt.InlineData(values=tuple(values)))
