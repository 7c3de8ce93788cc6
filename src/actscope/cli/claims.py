"""`actscope claims [IDS]`: what the articles claim, measured, told as a table and as an illustrated page."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .. import report
from ..lab.claims import Claim, Finding, Findings, chosen
from ..report.claims import words
from ..report.claims.page import CLAIMS, save
from ..report.claims.text import summary
from ..report.claims.watching import watched
from ..report.files import free_folder
from . import FAILED, INTERRUPTED


def command(
    ids: Annotated[
        list[str] | None,
        typer.Argument(help=words.IDS_HELP, metavar="IDS", show_default="all 49"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write claims.html, claims.json and figures.")] = None,
    show: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser; without --out it is in claims.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace claims that DIR holds.")] = False,
) -> int:
    """Measure what five articles claim about activation functions, and say which claims hold, and when.

    1 is returned if a claim could not be measured, whatever the verdicts on the others.
    """
    folder = free_folder("claims") if show and out is None else out
    if folder is not None:
        report.check_drawing()
        report.check_writable(folder, overwrite, CLAIMS)
    console = Console(stderr=True)
    with console.status(words.LOADING):
        planned = chosen(ids or ())
    findings: list[Finding] = []
    interrupted = False
    try:
        _measure(planned, findings, console)
    except KeyboardInterrupt:
        interrupted = True
    if not findings:
        console.print(f"actscope: {words.NOTHING}", highlight=False)
        return INTERRUPTED
    found = Findings(tuple(findings), len(planned))
    Console().print(summary(found))
    if folder is not None:
        with console.status(words.WRITING):
            page = save(found, folder, overwrite=overwrite)
        print(f"claims: {page}")
        if show and not webbrowser.open(page.resolve().as_uri()):
            console.print(words.no_browser(str(page)), highlight=False, markup=False)
    if interrupted:
        return INTERRUPTED
    return FAILED if any(finding.problem for finding in findings) else 0


def _measure(planned: tuple[Claim, ...], findings: list[Finding], console: Console) -> None:
    """Append each finding to `findings` as it is there, so that an interruption keeps what there is."""
    with watched(planned, console) as heard:
        from ..lab.claims import measured

        for finding in measured(heard.claims()):
            findings.append(finding)
            heard.finding(finding)
