import errno
import json
import os
import re
import subprocess
import sys

import pytest

from actscope.errors import ReportError, SettingError
from actscope.report import figures, html, rendering


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", rendering.THEMES)
def test_texts_and_lines_can_be_read(theme):
    colours = rendering.colours_of(theme)
    assert contrast(colours["ink"], colours["paper"]) > 7
    assert contrast(colours["muted"], colours["paper"]) > 4.5
    for colour in colours["category"]:
        assert contrast(colour, colours["paper"]) >= 3, colour


def test_the_themes_name_the_same_things():
    assert rendering.LIGHT.keys() == rendering.DARK.keys() == rendering.PAGE.keys()
    assert len({len(c["category"]) for c in (rendering.LIGHT, rendering.DARK, rendering.PAGE)}) == 1


def test_light_and_dark_differ(specs):
    light, dark = (rendering.svg_of_spec(specs["accuracy"], theme) for theme in ("light", "dark"))
    assert rendering.LIGHT["category"][0] in light
    assert rendering.DARK["category"][0] in dark
    assert rendering.LIGHT["category"][0] not in dark


def test_lines_and_shades_beside_the_data_have_the_colours_of_the_theme(plane):
    for theme in rendering.THEMES:
        colours = rendering.colours_of(theme)
        assert colours["ink"] in re.findall(
            r'stroke="(#\w+)" stroke-width="1.5"', rendering.svg(figures.boundary(plane), theme)
        )
        curve = rendering.svg(figures.curve("tanh"), theme)
        assert f'fill="{colours["shade"]}"' in curve
        assert "#4c78a8" not in curve  # Vega's default


def test_an_unknown_theme_is_refused():
    with pytest.raises(SettingError, match=r"no theme is called 'drak', did you mean 'dark'\? there are 'light'"):
        rendering.svg(figures.curve("relu"), "drak")


def test_nothing_is_fetched():
    spec = {
        "data": {"url": "http://127.0.0.1:9/none.json"},
        "mark": "point",
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    with pytest.raises(ValueError, match=r"(?i)url"):
        rendering.svg_of_spec(spec)


def test_figures_are_saved(tmp_path):
    figure = figures.curve("elu", alpha=0.5)
    assert rendering.save_svg(figure, tmp_path / "elu.svg").read_text().startswith("<svg")
    assert rendering.save_png(figure, tmp_path / "elu.png", "dark").read_bytes().startswith(b"\x89PNG")
    page = html.save_html(figure, tmp_path / "elu.html", title="ELU").read_text()
    assert "<title>ELU</title>" in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elu.html", "elu.png", "elu.svg"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "relu.svg"
    path.write_text("before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(ReportError, match=r"relu\.svg: No space left on device; free some space"):
        rendering.save_svg(figures.curve("relu"), path)
    assert [p.name for p in tmp_path.iterdir()] == ["relu.svg"]
    assert path.read_text() == "before"


def test_a_missing_folder_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(ReportError, match=r"none.*choose another place"):
        rendering.save_svg(figures.curve("relu"), tmp_path / "none" / "relu.svg")


def test_files_get_the_usual_permissions(tmp_path):
    before = os.umask(0o027)
    try:
        path = rendering.save_svg(figures.curve("relu"), tmp_path / "relu.svg")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_json_in_html_is_strict_and_cannot_end_its_element():
    text = rendering.json_for_html({"a": "</script><!--", "b": [1.5]})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!--", "b": [1.5]}
    with pytest.raises(ValueError, match="Out of range"):
        rendering.json_for_html(float("nan"))


@pytest.mark.parametrize(
    ("library", "code", "need"),
    [
        ("altair", "report.figures.curve", "drawing figures"),
        ("vl_convert", "report.save_svg(report.figures.curve('relu'), 'x.svg')", "drawing figures"),
        ("jinja2", "report.html.environment()", "reports in HTML"),
        ("latex2mathml.converter", "report.html.mathml('x')", "formulas in HTML"),
    ],
)
def test_a_missing_library_is_named_with_the_line_that_brings_it(library, code, need):
    script = f"import sys; sys.modules[{library!r}] = None\nfrom actscope import report\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=_environment())
    assert f"{need} needs the extra 'plot': pip install 'actscope[plot]'" in done.stderr


def test_the_drawing_library_is_loaded_by_the_first_figure():
    script = (
        "import sys; from actscope import report; print([n for n in ('altair', 'jinja2', 'vl_convert', 'torch') "
        "if n in sys.modules]); report.figures; print('altair' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=_environment(), check=True
    )
    assert done.stdout.splitlines() == ["[]", "True False"]


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
