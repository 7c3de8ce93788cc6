"""What was measured, told: tables, figures, a report that needs no network. A figure loads the drawing library."""

from typing import TYPE_CHECKING, Any

from .data import as_json
from .saving import check_drawing, check_writable, save
from .text import summary, table, text
from .watching import watched

if TYPE_CHECKING:
    from . import figures, html, rendering
    from .html import notebook as notebook_html
    from .html import page, save_html
    from .rendering import save_png, save_svg

_LAZY = {
    "figures": (".figures", None),
    "rendering": (".rendering", None),
    "html": (".html", None),
    "page": (".html", "page"),
    "notebook_html": (".html", "notebook"),
    "save_png": (".rendering", "save_png"),
    "save_svg": (".rendering", "save_svg"),
    "save_html": (".html", "save_html"),
}

__all__ = [
    "as_json",
    "check_drawing",
    "check_writable",
    "figures",
    "html",
    "notebook_html",
    "page",
    "rendering",
    "save",
    "save_html",
    "save_png",
    "save_svg",
    "summary",
    "table",
    "text",
    "watched",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = import_module(module, __name__)
    return found if attribute is None else getattr(found, attribute)
