"""A report as a folder: written whole or not at all, and nothing of the user's is ever lost."""

import contextlib
import glob
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import ReportError, missing_extra
from ..lab.records import Comparison
from . import data, words
from .files import umask

if TYPE_CHECKING:
    from .rendering import Figure, Spec

FIGURES = "figures"
DRAWING = ("altair", "vl_convert", "jinja2", "latex2mathml")
"""What a report is drawn and written with; the extra `plot` brings it."""

STALE = 86_400
"""Seconds after which a hidden folder of a report that is being written is nobody's any more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a folder holds, a page, its numbers and its figures, and how each is made of a record."""

    page: str
    numbers: str
    """The file of the numbers, JSON which lists all files under "files"."""
    format: str
    """What the numbers say that they are, so that a file of the same name by somebody else is known from ours."""
    figures: Callable[[T], Mapping[str, "Figure"]]
    """Every figure by its name."""
    as_page: Callable[[T, dict[str, "Spec"]], str]
    as_json: Callable[[T, tuple[str, ...]], str]


def _figures(comparison: Comparison) -> Mapping[str, "Figure"]:
    from . import figures

    return figures.all_of(comparison)


def _page(comparison: Comparison, specs: dict[str, "Spec"]) -> str:
    from . import html

    return html.page(comparison, specs)


COMPARISON = Kind("report.html", "comparison.json", data.FORMAT, _figures, _page, data.as_json)


def save(comparison: Comparison, folder: str | Path, overwrite: bool = False) -> Path:
    """Return the path of report.html after writing it, comparison.json and the figures to `folder`; see `save_as`."""
    return save_as(COMPARISON, comparison, folder, overwrite)


def save_as(kind: Kind[T], found: T, folder: str | Path, overwrite: bool = False) -> Path:
    """Return the path of the page after writing it, the numbers and figures/*.svg, *.png to `folder`.

    Either all of them are there afterwards or none. A folder that does not exist is made; one that exists keeps every
    file that is not part of a report. A report that is there already is only replaced with `overwrite`, and a file in
    the way that actscope did not write is never replaced. What cannot be written raises ReportError.
    """
    folder = Path(folder).expanduser()
    check_writable(folder, overwrite, kind, typed=False)
    with _reported(folder):
        if folder.exists():
            with _workshop(folder) as workshop:
                files = _build(kind, found, workshop / "new")
                _check_room(kind, folder, files, overwrite)
                _move_in(kind, workshop, folder, files)
        else:
            with _made(folder.parent), _workshop(folder.parent, folder.name) as workshop:
                _build(kind, found, workshop / "new")
                (workshop / "new").rename(folder)
    return folder / kind.page


def check_writable(
    folder: str | Path, overwrite: bool = False, kind: Kind[Any] = COMPARISON, *, typed: bool = True
) -> None:
    """Raise ReportError if `save_as` could not write to `folder`; called before what takes long.

    The error names the option of a command that is `typed`, or else the argument of a function. It is
    tried, by making and removing an empty folder: permissions alone do not tell of a read-only or full disk.
    """
    folder = Path(folder).expanduser()
    with _reported(folder):
        if folder.exists() and not folder.is_dir():
            raise ReportError(words.is_a_file(str(folder)))
        _check_room(kind, folder, (kind.page, kind.numbers), overwrite, typed)
        nearest = folder
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        if not nearest.is_dir():
            raise ReportError(words.is_a_file(str(nearest)))
        with _workshop(nearest):
            pass


def check_drawing() -> None:
    """Raise MissingExtraError if a library that `save` needs is not installed; called before a long training.

    The libraries are looked for and not loaded, which would take a second.
    """
    if any(find_spec(library) is None for library in DRAWING):
        raise missing_extra("plot", "the report")


def _build(kind: Kind[T], found: T, folder: Path) -> tuple[str, ...]:
    """Write a report into the new `folder` and return its files, relative to it."""
    from . import rendering
    from .figures import file_name

    folder.mkdir(mode=0o777 & ~umask())
    (folder / FIGURES).mkdir(mode=0o777 & ~umask())
    with ThreadPoolExecutor(2) as elsewhere:
        # Vega is bundled, and pixels follow one figure behind, on other processors than this one.
        bundled = elsewhere.submit(rendering.bundle)
        specs = {name: rendering.spec_of(figure) for name, figure in kind.figures(found).items()}
        pixels = {}
        files: list[str] = []
        for name, spec in specs.items():
            svg = rendering.svg_of_spec(spec)
            pixels[name] = elsewhere.submit(rendering.png_of_svg, svg)
            files.append(f"{FIGURES}/{file_name(name)}.svg")
            (folder / files[-1]).write_bytes(svg.encode())
        for name, png in pixels.items():
            files.append(f"{FIGURES}/{file_name(name)}.png")
            (folder / files[-1]).write_bytes(png.result())
        bundled.result()
    files += [kind.numbers, kind.page]
    (folder / kind.numbers).write_text(kind.as_json(found, tuple(files)), encoding="utf-8", newline="\n")
    (folder / kind.page).write_text(kind.as_page(found, specs), encoding="utf-8", newline="\n")
    return tuple(files)


def _check_room(kind: Kind[Any], folder: Path, files: tuple[str, ...], overwrite: bool, typed: bool = False) -> None:
    """Raise ReportError if one of `files` is there already and may not be replaced."""
    ours = _files_of_report(kind, folder)
    if ours and not overwrite:
        raise ReportError(words.holds_a_report(str(folder), typed))
    for name in files:
        path = folder / name
        if name not in ours and (path.exists() or path.is_symlink()):
            raise ReportError(words.not_ours(str(path)))
    parts = folder / FIGURES
    if parts.is_symlink() or (parts.exists() and not parts.is_dir()):
        raise ReportError(words.not_ours(str(parts)))


def _files_of_report(kind: Kind[Any], folder: Path) -> frozenset[str]:
    """Return the files of the report in `folder` as its numbers list them; none if there is no report."""
    try:
        found: Any = json.loads((folder / kind.numbers).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    if not isinstance(found, dict) or found.get("format") != kind.format:
        return frozenset()
    listed = found.get("files")
    named = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return frozenset({kind.numbers, kind.page, *(name for name in named if _is_figure(name))})


def _is_figure(name: str) -> bool:
    # The list is read from a file that anyone may have edited: it must not lead out of the folder.
    path = PurePosixPath(name)
    return len(path.parts) == 2 and path.parts[0] == FIGURES and path.suffix in (".svg", ".png")


def _move_in(kind: Kind[Any], workshop: Path, folder: Path, files: tuple[str, ...]) -> None:
    """Move the new files into `folder` and the earlier report's out; on failure put everything back."""
    old, undo = workshop / "old", contextlib.ExitStack()
    with undo:
        if not (folder / FIGURES).exists():
            (folder / FIGURES).mkdir()
            undo.callback(_remove_if_empty, folder / FIGURES)
        (old / FIGURES).mkdir(parents=True)
        for name in sorted(_files_of_report(kind, folder)):
            if (folder / name).exists():
                (folder / name).replace(old / name)
                undo.callback((old / name).replace, folder / name)
        # The page comes last, so that it is never there without what it speaks of.
        for name in files:
            (workshop / "new" / name).replace(folder / name)
            undo.callback((folder / name).replace, workshop / "new" / name)
        undo.pop_all()


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextmanager
def _workshop(parent: Path, name: str = "report") -> Iterator[Path]:
    """Yield a new folder in `parent`, on the same disk as what will be moved out of it, and remove it afterwards."""
    _sweep_out(parent, name)
    workshop = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _sweep_out(parent: Path, name: str) -> None:
    """Remove the workshops in `parent` that processes left which were killed a day ago or earlier.

    One that holds an earlier report, or anything that is no part of a report, stays.
    """
    for left in parent.glob(f".{glob.escape(name)}-????????"):
        with contextlib.suppress(OSError):
            if left.is_symlink() or time.time() - left.stat().st_mtime < STALE:
                continue
            files = {path.relative_to(left).parts[1:] for path in left.glob("new/**/*") if not path.is_dir()}
            only_new = [path.name for path in left.iterdir()] == ["new"]
            if only_new and files and all(_is_part(parts) for parts in files):
                shutil.rmtree(left)


def _is_part(parts: tuple[str, ...]) -> bool:
    return _is_figure("/".join(parts)) or (len(parts) == 1 and parts[0].endswith((".html", ".json")))


@contextmanager
def _made(parent: Path) -> Iterator[None]:
    """Make `parent` and what it lies in, and remove what was made if the report fails."""
    missing = [path for path in (parent, *parent.parents) if not path.exists()]
    with contextlib.ExitStack() as undo:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            undo.callback(_remove_if_empty, path)
        yield
        undo.pop_all()


@contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except ReportError:
        raise
    except OSError as problem:
        raise ReportError(words.cannot_write(str(folder), problem)) from problem
