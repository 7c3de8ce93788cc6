"""The pages in a real browser: drawn, without a word on the console. Skipped where there is no Chromium."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from actscope.catalogue import get
from actscope.report import figures, html
from actscope.report.curves import page as curves

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
    assert 'data-drawn="9"' in document
    assert drawn(document) == 9
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


DRAG = """
const box = document.querySelector(".plot").getBoundingClientRect();
const told = (x, type) => document.querySelector(".plot").dispatchEvent(
  new PointerEvent(type, { clientX: box.left + x * box.width, clientY: box.top + 20, pointerId: 1, bubbles: true }));
const read = () => [...document.querySelectorAll("output")].map((one) => one.textContent).join("/");
const slider = document.querySelector("#slider");
globalThis.requestAnimationFrame = (draw) => draw(); // frames need not come where nobody looks
document.querySelector(".plot").setPointerCapture = () => {};
document.querySelector(".plot").hasPointerCapture = () => true;
const seen = [read()];
told(0.5, "pointerdown"); told(0.3, "pointermove"); seen.push(read());
told(0.06, "pointermove"); seen.push(read(), document.querySelector("#state").textContent);
slider.value = 0; slider.dispatchEvent(new Event("input"));
seen.push(read(), document.querySelector("#state").textContent);
document.documentElement.dataset.seen = JSON.stringify(seen);
"""


def driven(page: str, script: str) -> str:
    """Return the page with one more script, which its policy is made to allow."""
    allowed = html.digest(script).replace("'", "&#39;")
    # Vega's own text speaks of </body> too.
    before, end, after = page.replace("script-src ", f"script-src {allowed} ", 1).rpartition("</body>")
    return f'{before}<script type="module">{script}</script>{end}{after}'


@pytest.mark.parametrize("flags", [(), ("--blink-settings=preferredColorScheme=0", "--window-size=400,900")])
def test_the_tangent_follows_pointer_and_keys(tmp_path, flags):
    (tmp_path / "relu.html").write_text(driven(curves.page(get("relu")), DRAG))
    document, console = visit(tmp_path / "relu.html", tmp_path / "profile", *flags)
    assert console == []
    seen = json.loads(unescape(re.search(r'data-seen="([^"]*)"', document)[1]))
    start, dragged, far, saturated, kink, told = seen
    assert start == "1/1/1"
    assert (dragged, far) == ("−2.88/0/0", "−6/0/0")
    assert saturated.startswith("Saturated")
    assert kink == "0/0/0"
    assert "the slope beside it tends to 1" in told
