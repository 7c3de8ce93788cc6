"""What a finding is, by its page: the page lies in the package, or in the checkout that the package is run from."""

import re
from pathlib import Path

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.table import Table

from ...errors import SettingError, did_you_mean
from ...probe.findings import DEFINITIONS
from .labels import FINDING, IN_A_SENTENCE

_PACKAGE = Path(__file__).parents[2]
_PAGES = (_PACKAGE / "report" / "templates" / "findings", _PACKAGE.parents[1] / "docs" / "findings")
_FIGURE = re.compile(r"<picture>.*?</picture>\n\n\*.*?\*\n\n", re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\(([\w-]+)\.md\)")


def explanation(name: str) -> str:
    """Return the page of a finding as Markdown, without its figure; links are the commands that show the others.

    Raises SettingError if there is no finding of this name.

    >>> explanation("dead-units").splitlines()[0]
    '# Dead units'
    """
    if name not in DEFINITIONS:
        near = did_you_mean(name, DEFINITIONS)
        raise SettingError(f"no finding is called {name!r}{near}; `actscope findings` shows them all")
    page = next(folder / f"{name}.md" for folder in _PAGES if (folder / f"{name}.md").is_file())
    text = _FIGURE.sub("", page.read_text(encoding="utf-8"))
    return _LINK.sub(r"\1, `actscope findings \2`", text)


def show(name: str, console: Console) -> None:
    """Print the page of a finding: laid out on a terminal, elsewhere as Markdown."""
    text = explanation(name)
    if console.is_terminal:
        console.print(Markdown(text, code_theme="ansi_dark"))
    else:
        console.file.write(text)


def every() -> RenderableType:
    """Return a table of all findings, in the order in which they are told."""
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    found.add_column(FINDING, style="bold", no_wrap=True)
    found.add_column(IN_A_SENTENCE)
    for name, definition in DEFINITIONS.items():
        found.add_row(name, definition.meaning)
    return found
