"""`actscope results`: what is in the store, listed, exported, reported again."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from .. import report
from ..errors import SettingError, did_you_mean
from ..lab.store import Store, path_of
from ..report import files, results

LAST = 50
"""Results that a table shows at most."""
KINDS = ("table", *results.FORMATS)


def command(
    store: Annotated[
        str, typer.Option(metavar="FILE", help="The store to look into.", show_default="your own")
    ] = "auto",
    task: Annotated[str, typer.Option(help="Those of a task alone.", show_default=False)] = "",
    sweep: Annotated[str, typer.Option(help="Those of a sweep alone; the beginning of its name will do.")] = "",
    sweeps: Annotated[bool, typer.Option("--sweeps", help="List the sweeps, and how far they are.")] = False,
    failures: Annotated[bool, typer.Option("--failures", help="List the cells that failed, and why.")] = False,
    kind: Annotated[
        str, typer.Option("--format", metavar="|".join(KINDS), help="How to write.", show_default="as --out ends")
    ] = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write.", show_default="here")] = None,
    folder: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write the report of a sweep again.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE, or the report that DIR holds.")] = False,
) -> int:
    """List the results that comparisons have recorded, export them, or write a report again without any training.

    A table shows the last 50 results; csv, json and parquet hold all of them, with every setting.
    """
    path = path_of(store)
    assert path is not None
    if (sweeps or failures) and (kind or out is not None):
        listed = "--sweeps" if sweeps else "--failures"
        raise SettingError(f"{listed} prints a table; leave out {'--out' if out is not None else '--format'}")
    kind = _kind(kind, out)
    if folder is not None:
        report.check_drawing()
        report.check_writable(folder, overwrite=overwrite)
    with Store(path, writing=False) as opened:
        if folder is not None:
            return _report(opened, _found(opened, sweep), folder, overwrite)
        if sweeps or failures:
            return _list(opened, _found(opened, sweep) if sweep else "", failures)
        from ..lab.store.rows import rows

        found = list(rows(opened, task=task, sweep=_found(opened, sweep) if sweep else ""))
        if not found:
            none = _none(opened, path, task)
            if kind != "table":
                raise SettingError(f"{none}; nothing was written")
            print(none)
            return 0
    if kind == "table":
        _print(found, path)
        return 0
    content = results.FORMATS[kind](found)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        files.check_file(out, kind, overwrite=overwrite)
        files.write(out, content)
        print(f"{len(found):,} results: {out}")
    return 0


def _kind(kind: str, out: Path | None) -> str:
    """Return the format that is meant."""
    if out is not None and not kind:
        kind = out.suffix.lower().removeprefix(".")
        if kind not in results.FORMATS:
            *most, last = (f".{one}" for one in results.FORMATS)
            raise SettingError(
                f"{out.name} does not end with {', '.join(most)} or {last}, which are written; name it {out.stem}.csv"
            )
    kind = kind or "table"
    if kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        raise SettingError(f"--format must be one of {', '.join(KINDS)}, but got {kind!r}{near}")
    if kind == "table" and out is not None:
        raise SettingError(f"a table is printed; to write {out}, add --format csv, json or parquet")
    if kind == "parquet" and out is None:
        raise SettingError("Parquet is no text; say where to write it, as in --out results.parquet")
    return kind


def _found(store: Store, sweep: str) -> str:
    """Return the name of the sweep that is meant, which may be the only one, or given by its beginning."""
    from ..lab.store.sweeps import tallies

    known = tallies(store)
    names = [one.name for one in known]
    # Sweeps that find learning rates are meant only where they are named.
    fitting = [one.name for one in known if one.name.startswith(sweep) and (sweep or one.judged_on == "test")]
    if len(fitting) == 1:
        return fitting[0]
    if sweep in fitting:
        return sweep
    if not names:
        raise SettingError(f"the store {store.path} has no sweep yet; `actscope compare` makes one")
    if not fitting:
        raise SettingError(f"the store has no sweep {sweep!r}{did_you_mean(sweep, names)}; --sweeps lists them")
    raise SettingError(f"which sweep is meant? say --sweep with one of {', '.join(fitting[-10:])}")


def _none(store: Store, path: Path, task: str) -> str:
    """Return that there are no results, and of what there are some."""
    if not task:
        return f"no results in {path}"
    known = [row["task"] for row in store.rows("SELECT DISTINCT task FROM result ORDER BY task")]
    near = did_you_mean(task, known) or (";" if known else "")
    return f"no results of {task!r} in {path}{near}" + (f" there are some of {', '.join(known)}" if known else "")


def _print(found: list[dict[str, Any]], path: Path) -> None:
    console = Console()
    console.print(results.table(found[-LAST:]), highlight=False)
    shown = f"; the last {LAST} are shown, --format csv has them all" if len(found) > LAST else ""
    console.print(f"\n{len(found):,} results in {path}{shown}", highlight=False, soft_wrap=True)
    differing = sum(row["differed"] > 0 for row in found)
    if differing:
        console.print(
            f"{differing} of them gave other numbers when they were run again: another version or machine "
            "(the columns differed, torch and processor of --format csv tell more)",
            highlight=False,
        )


def _list(store: Store, sweep: str, failures: bool) -> int:
    from ..lab.store.sweeps import all_failures, tallies

    console = Console()
    if failures:
        failed = all_failures(store, sweep)
        console.print(results.failure_table(failed) if failed else "no failures", highlight=False)
    else:
        listed = [one for one in tallies(store) if sweep in ("", one.name)]
        console.print(results.tally_table(listed) if listed else f"no sweeps in {store.path}", highlight=False)
    return 0


def _report(store: Store, sweep: str, folder: Path, overwrite: bool) -> int:
    """Write the report of a sweep from what the store has of it."""
    from ..lab.concluding import comparison_of

    comparison = comparison_of(store, sweep)
    console = Console()
    console.print(report.summary(comparison))
    with Console(stderr=True).status("writing the report"):
        page = report.save(comparison, folder, overwrite=overwrite)
    print(f"report: {page}")
    return 0
