"""The pages in a real browser: drawn, without a word on the console. Skipped where there is no Chromium."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from actscope.report import figures, html

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
)

pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")


def visit(path: Path, profile: Path, *flags: str) -> tuple[str, list[str]]:
    """Return the document after its scripts have run, and what they said on the console."""
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", *flags, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def drawn(document: str) -> int:
    """Return the number of figures; the text of Vega itself also speaks of <svg."""
    return len(re.findall(r'<svg[^>]*class="marks"', document))


@pytest.mark.parametrize("flags", [(), ("--blink-settings=preferredColorScheme=0", "--window-size=400,800")])
def test_the_report_is_drawn_and_quiet(tmp_path, page, flags):
    (tmp_path / "report.html").write_text(page)
    document, console = visit(tmp_path / "report.html", tmp_path / "profile", *flags)
    assert console == []
    assert 'data-drawn="8"' in document
    assert drawn(document) == 8
    assert len(re.findall(r'<path[^>]*stroke="var\(--c\d\)"', document)) > 30


def test_maps_are_drawn_under_the_policy(tmp_path, plane):
    (tmp_path / "report.html").write_text(html.page(plane))
    document, console = visit(tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    assert document.count("<image") == 6


def test_a_figure_of_its_own_is_drawn(tmp_path):
    path = html.save_html(figures.curve("gelu"), tmp_path / "gelu.html")
    document, console = visit(path, tmp_path / "profile")
    assert console == []
    assert drawn(document) == 1


def test_the_console_is_heard(tmp_path, page):
    (tmp_path / "report.html").write_text(page.replace("<main>", '<main><p style="color: red">spoiled</p>'))
    _, console = visit(tmp_path / "report.html", tmp_path / "profile")
    assert any("Content Security Policy" in line for line in console)
