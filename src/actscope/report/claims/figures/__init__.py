"""Pictures to figures: a figure takes a picture and is an Altair chart without a theme."""

import textwrap
from collections.abc import Iterable, Sequence

from ....errors import missing_extra
from ....lab.claims import Finding
from ....lab.claims.pictures import Bars, Chart, Diagram, Film, Images, Picture, Plane
from ...words import fine
from .. import rows, words
from ..alt import alt as alternative

try:
    import altair as alt
except ImportError as error:
    raise missing_extra("plot", "drawing figures") from error

from .bars import bars
from .drawings import diagram, images
from .lines import chart
from .parts import FRAME
from .plane import plane

LETTER, AXIS = 6.5, 50
"""The width of a letter of a title, and of the axis beside the picture."""


def all_of(findings: Iterable[Finding]) -> dict[str, alt.LayerChart]:
    """Return every figure of the findings by its file name without ending: c05-1, c05-2, c07-1, ..."""
    return {name: figure(picture) for finding in findings for name, picture in rows.pictures_of(finding)}


def figure(picture: Picture) -> alt.LayerChart:
    """Return the figure of a picture, without a theme; of a film all frames, of which the parameter chooses one."""
    found = _drawn(rows.frames_of(picture))
    title = _wrapped(fine(picture.title), int((found.width + AXIS) / LETTER))
    found.title = alt.TitleParams(title, subtitle=words.still(picture), offset=12)
    found.description = alternative(picture)
    if isinstance(picture, Film):
        found.params = [alt.VariableParameter(name=FRAME, value=picture.start)]
    return found


def _drawn(frames: Sequence[Picture]) -> alt.LayerChart:
    match frames[0]:
        case Chart():
            return chart([frame for frame in frames if isinstance(frame, Chart)])
        case Bars():
            return bars([frame for frame in frames if isinstance(frame, Bars)])
        case Plane():
            return plane([frame for frame in frames if isinstance(frame, Plane)])
        case Diagram():
            return diagram(frames[0])
        case Images():
            return images(frames[0])
    raise TypeError(f"a picture is one of Chart, Bars, Plane, Diagram, Images, Film, but got {frames[0]!r}")


def _wrapped(text: str, most: int) -> list[str]:
    """Return the text in as few lines as it needs, about as long as each other."""
    count = len(textwrap.wrap(text, most))
    widths = range(max(1, len(text) // max(1, count)), most + 1)
    return next(lines for width in widths if len(lines := textwrap.wrap(text, width)) == count)
