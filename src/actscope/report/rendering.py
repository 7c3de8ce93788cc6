"""Figures to files: themes are applied here and nowhere earlier, and nothing is fetched from a network."""

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from ..errors import SettingError, did_you_mean, missing_extra
from . import words
from .data import without_nan
from .files import write

Theme = Literal["light", "dark"]
THEMES: tuple[str, ...] = get_args(Theme)
Spec = dict[str, Any]
MOST_PIXELS = 2_400_000
"""Of a PNG whose scale is not asked for: enough to print it on a whole page, and encoded in half a second."""

# The width of texts is measured when an SVG is made. These have the widths of the Liberation Sans it is measured with,
# so that nothing is cut off or overlaps where the SVG is shown.
EXPORT_FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
PAGE_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
# Hues that stay apart for the three kinds of colour blindness (after Okabe and Ito), their lightness set per theme so
# that each has a contrast of at least 3 to the background.
LIGHT = {
    "font": EXPORT_FONT,
    "paper": "#ffffff",
    "halo": "#ffffff",
    "ink": "#1c2024",
    "muted": "#5b636d",
    "grid": "#e8eaed",
    "shade": "#8b95a1",
    "category": ["#0a6bb8", "#d1520b", "#078766", "#b9488f", "#8a6a00", "#2f9ecb", "#5b4bc4", "#6b7280"],
}
DARK = {
    "font": EXPORT_FONT,
    "paper": "#14171c",
    "halo": "#14171c",
    "ink": "#eceff3",
    "muted": "#a4adb9",
    "grid": "#2a2f37",
    "shade": "#7d8896",
    "category": ["#5cb0f2", "#ff8a4c", "#35c79c", "#e884c3", "#d9b13b", "#8ad7f5", "#a99bff", "#aab2bd"],
}
# In a page the colours are the style sheet's variables: light, dark and print then need no second drawing.
PAGE = {
    "font": PAGE_FONT,
    "paper": "transparent",
    "halo": "var(--paper)",
    "ink": "var(--ink)",
    "muted": "var(--muted)",
    "grid": "var(--grid)",
    "shade": "var(--shade)",
    "category": [f"var(--c{i})" for i in range(8)],
}


class Figure(Protocol):
    """What a figure must be able to do; an Altair chart can."""

    def to_dict(self, validate: bool = True) -> Any:
        """Return the Vega-Lite specification."""


def config(colours: dict[str, Any]) -> Spec:
    """Return the Vega-Lite configuration of a theme."""
    font = colours["font"]
    text = {"labelColor": colours["muted"], "titleColor": colours["ink"], "labelFont": font, "titleFont": font}
    return {
        "background": colours["paper"],
        "font": font,
        "view": {"stroke": None, "fill": None},
        "axis": {
            **text,
            "domainColor": colours["shade"],
            "tickColor": colours["shade"],
            "gridColor": colours["grid"],
            "labelFontSize": 11,
            "titleFontSize": 11.5,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelPadding": 4,
            "domain": False,
            "ticks": False,
        },
        # Axes as wide as each other keep the panels of a column in line.
        "axisY": {"minExtent": 36},
        "legend": {
            **text,
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelFontSize": 12,
            "labelColor": colours["ink"],
            "symbolStrokeWidth": 2.5,
            "symbolSize": 90,
            "columnPadding": 16,
            # Between two legends as much as between the entries of one.
            "layout": {"top": {"anchor": "start", "direction": "horizontal", "margin": 20}},
            "offset": 10,
            "labelLimit": 260,
        },
        "title": {
            "color": colours["ink"],
            "subtitleColor": colours["muted"],
            "font": font,
            "subtitleFont": font,
            "fontSize": 12.5,
            "fontWeight": 600,
            "anchor": "start",
            "offset": 8,
        },
        "range": {"category": colours["category"]},
        "concat": {"spacing": 28},
        "style": {
            # Of a style, Vega-Lite heeds `color`; `fill` and `stroke` lose against the defaults of the kind of mark.
            "ink": {"color": colours["ink"]},
            "zero": {"color": colours["shade"]},
            "shade": {"color": colours["shade"]},
            "heat": {"color": colours["category"][0]},
            "dot": {"stroke": colours["halo"]},
            "hollow": {"color": colours["halo"]},
        },
    }


def colours_of(theme: str) -> dict[str, Any]:
    """Return the colours of a theme."""
    if theme not in THEMES:
        raise SettingError(words.unknown_theme(theme, did_you_mean(theme, THEMES)))
    return LIGHT if theme == "light" else DARK


def spec_of(figure: Figure) -> Spec:
    """Return the specification without a theme and without nan, which JSON does not have."""
    # Altair's check against the schema takes longer than the drawing, and can find no fault that tests would not.
    spec: Spec = without_nan(figure.to_dict(validate=False))
    spec.pop("config", None)
    return spec


def svg(figure: Figure, theme: Theme = "light") -> str:
    """Return the figure as SVG; no browser and no network is needed."""
    return svg_of_spec(spec_of(figure), theme)


def svg_of_spec(spec: Spec, theme: Theme = "light") -> str:
    """Return a specification as SVG."""
    vlc = vl_convert()
    drawn: str = vlc.vegalite_to_svg(
        spec, vl_version=vega_lite_version(), config=config(colours_of(theme)), allowed_base_urls=[]
    )
    return drawn


def png(figure: Figure, theme: Theme = "light", scale: float | None = None) -> bytes:
    """Return the figure as PNG, `scale` pixels to a unit; see `png_of_svg` for the default."""
    return png_of_svg(svg(figure, theme), scale)


def png_of_svg(drawn: str, scale: float | None = None) -> bytes:
    """Return a drawn figure as PNG, by default with twice its size, or less if it is very large."""
    if scale is None:
        _, _, width, height = re.search(r'viewBox="([^"]+)"', drawn)[1].split()  # type: ignore[index]
        scale = min(2.0, math.sqrt(MOST_PIXELS / (float(width) * float(height))))
    pixels: bytes = vl_convert().svg_to_png(drawn, scale=scale, ppi=72)
    return pixels


def save_svg(figure: Figure, path: str | Path, theme: Theme = "light") -> Path:
    """Return `path` after writing the figure there as SVG."""
    return write(Path(path), svg(figure, theme).encode())


def save_png(figure: Figure, path: str | Path, theme: Theme = "light", scale: float | None = None) -> Path:
    """Return `path` after writing the figure there as PNG."""
    return write(Path(path), png(figure, theme, scale))


@cache
def bundle() -> str:
    """Return Vega as an ES module that sets `globalThis.vegaEmbed`; the first call takes a second or two."""
    code: str = vl_convert().javascript_bundle("globalThis.vegaEmbed = vegaEmbed;", vl_version=vega_lite_version())
    # A text that HTML would read otherwise than it stands there could not keep its hash.
    assert not any(part in code.lower() for part in ("</script", "<!--", "\r", "\0"))
    return code


def json_for_html(value: Any) -> str:
    """Return strict JSON that cannot end the script element that holds it.

    >>> json_for_html({"name": "</script>"})
    '{"name": "\\\\u003c/script>"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def vl_convert() -> Any:
    """Return the library that draws Vega-Lite, or raise with the pip line that brings it."""
    try:
        import vl_convert
    except ImportError as error:
        raise missing_extra("plot", "drawing figures") from error
    return vl_convert


def vega_lite_version() -> str:
    """Return the version of Vega-Lite that the specifications are written in.

    >>> vega_lite_version().split(".")[0]
    '6'
    """
    from altair import SCHEMA_VERSION

    return ".".join(SCHEMA_VERSION.lstrip("v").split(".")[:2])
