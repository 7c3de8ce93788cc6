"""Claims told: the same verdicts and numbers in table, page, notebook and JSON; figures of every kind of picture."""

import base64
import io
import json
import math
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from rich.console import Console

from actscope.errors import ReportError
from actscope.lab.claims import ARTICLES, Claim, Finding, Findings, Measured, Number
from actscope.lab.claims.claim import HOLDS
from actscope.lab.claims.pictures import Chart, Film, Line, Rule
from actscope.report import rendering, saving
from actscope.report.claims import alt, data, figures, labels, page, planes, rows, text, watching, words
from report import claim_samples as samples
from report.claim_samples import EVERY_KIND, MINE
from report.test_browser import BROWSER, drawn, driven, visit
from report.test_figures import marks
from report.test_html import Document


@pytest.fixture(scope="module")
def found() -> Findings:
    return samples.sample()


@pytest.fixture(scope="module")
def specs(found) -> dict[str, rendering.Spec]:
    return {name: rendering.spec_of(figure) for name, figure in page.figures_of(found).items()}


@pytest.fixture(scope="module")
def article(found, specs) -> str:
    return page.page(found, specs)


@pytest.fixture(scope="module")
def document(article) -> Document:
    return Document(article)


# The terminal


@pytest.mark.parametrize("width", [80, 120])
def test_the_table(found, width, agrees_with_golden):
    agrees_with_golden(f"claims-{width}.txt", text.text(found, width))


def test_the_table_fits(found):
    for width in (60, 80, 100, 160):
        assert max(map(len, text.text(found, width).splitlines())) <= width


def test_a_number_is_told_with_its_unit_and_as_many_digits_as_its_interval_needs():
    near = Number(0.97231, "accuracy", "", 0.97223, 0.97239, "95 % interval of 8 seeds")
    assert (words.value(near), words.interval(near)) == ("0.9723", "0.9722 to 0.9724")
    assert words.measured(Number(-0.5, "slope at -2", "%")) == "slope at −2: −0.5 %"
    assert words.value(Number(math.nan, "lost")) == "–"
    assert words.interval(Number(1.0, "one end", low=0.5)) == ""
    close = [Number(value, "close") for value in (0.9999546, 1.0002, 1.0, 0.9984)]
    assert [words.value(number) for number in close] == ["0.99995", "1.0002", "1", "0.998"]
    large = Number(1000.4, "large", low=999.6, high=123456.0)
    assert (words.value(large), words.value(Number(1000.0, "whole"))) == ("1000", "1000")
    same = Number(2.0, "always", low=2.0, high=2.0)
    assert (words.value(same), words.interval(same)) == ("2", "2 to 2")


def test_measuring_is_heard_of_line_by_line_where_there_is_no_terminal(found):
    told = _heard(found, Console(file=io.StringIO(), width=30)).splitlines()
    assert told[0] == "[1/10] C04 What claim C04 says in a few words: holds, 1.25 s"
    assert told[1] == "[2/10] C05 In a deep sigmoid network gradients shrink until learning stops: holds when …, 1.25 s"
    assert told[8] == "[9/10] C39 What claim C39 says in a few words: not measured (ValueError: <b>mine</b>), 1.25 s"


def test_a_terminal_gets_a_bar_with_the_claim_that_is_being_measured(found):
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    claims = [_claim(finding) for finding in found.findings]
    with watching.watched(claims, console) as heard:
        for claim, finding in zip(heard.claims(), found.findings, strict=True):
            heard.bar.refresh()
            assert words.measuring(claim.id, claim.title) in console.file.getvalue()
            heard.finding(finding)
        assert heard.bar.tasks[0].percentage == 100.0
    assert not heard.bar.live.is_started
    assert "[10/10]" not in console.file.getvalue()


def _heard(found: Findings, console: Console) -> str:
    claims = [_claim(finding) for finding in found.findings]
    with watching.watched(claims, console) as heard:
        for _, finding in zip(heard.claims(), found.findings, strict=True):
            heard.finding(finding)
    return console.file.getvalue()


def _claim(finding: Finding) -> Claim:
    told = (finding.statement, finding.how, finding.criterion)
    return Claim(
        finding.id,
        finding.group,
        finding.articles,
        finding.title,
        *told,
        measure=lambda: Measured({}, ()),
        judge=lambda _: HOLDS,
        why=finding.why,
        refuting={},
    )


# The figures


@pytest.mark.parametrize("name", EVERY_KIND)
def test_every_specification_is_valid_vega_lite_without_colour_or_theme(name):
    figure = figures.figure(EVERY_KIND[name])
    figure.to_dict(validate=True)
    spec = rendering.spec_of(figure)
    assert "config" not in spec
    assert not any("color" in mark["mark"] for mark in marks(spec))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", EVERY_KIND)
def test_every_figure_draws_in_the_colours_of_the_theme(name, theme):
    svg = rendering.svg_of_spec(rendering.spec_of(figures.figure(EVERY_KIND[name])), theme)
    assert ET.fromstring(svg).tag.endswith("svg")
    colours = rendering.colours_of(theme)
    assert colours["paper"] in svg
    assert any(colour in svg for colour in (colours["ink"], *colours["category"]))
    other = rendering.colours_of("dark" if theme == "light" else "light")
    assert not any(colour in svg for colour in other["category"])


def test_lines_are_drawn_as_the_record_says():
    found = rows.points([samples.ERRORS], floor=1e-9, log_x=True)
    for line in samples.ERRORS.lines:
        mine = [row for row in found if row["n"] == line.name]
        assert [row["x"] for row in mine] == [pytest.approx(x, rel=1e-5) for x in line.x]
        assert [row["y"] for row in mine] == [pytest.approx(y, rel=1e-5) if y == y else None for y in line.y]
        assert all("l" in row for row in mine) == bool(line.low)
    spec = rendering.spec_of(figures.figure(samples.ERRORS))
    told = [row for values in spec["datasets"].values() for row in values if row.get("n") == "tanh" and "l" in row]
    assert told[: len(samples.WIDTHS)] == [row for row in found if row["n"] == "tanh"]


def test_a_logarithm_is_asked_for_positive_numbers_only():
    shrinking = replace(samples.ERRORS.lines[0], y=(0.5, 0.0, -1.0, *samples.ERRORS.lines[0].y[3:]), low=(-1.0,) * 8)
    spec = rendering.spec_of(figures.figure(replace(samples.ERRORS, lines=(shrinking,), rules=())))
    for values in spec["datasets"].values():
        assert all(row[key] is None or row[key] > 0 for row in values for key in "xylh" if key in row)


def test_what_is_the_same_in_all_frames_is_drawn_once():
    frames = rows.frames_of(samples.TANGENT)
    found = rows.points(frames)
    assert len([row for row in found if row["n"] == "sigmoid"]) == len(samples.X)
    moving = [row for row in found if row["n"] == "tangent"]
    assert len(moving) == 2 * len(frames)
    assert {row["f"] for row in moving} == set(range(len(frames)))
    spec = rendering.spec_of(figures.figure(samples.TANGENT))
    assert spec["params"] == [{"name": "frame", "value": 10}]
    filters = {step["filter"] for layer in marks(spec) for step in layer.get("transform", ())}
    assert filters == {"!isValid(datum.f) || datum.f === frame"}
    assert "params" not in rendering.spec_of(figures.figure(samples.SLOPES))


def test_all_frames_of_a_film_share_their_axes():
    for film in (samples.TRAINING, samples.TANGENT, samples.TEMPERATURE):
        starts = [rendering.spec_of(figures.figure(replace(film, start=start))) for start in (0, len(film.frames) - 1)]
        first, last = ({**spec, "params": None, "title": None, "description": None} for spec in starts)
        assert first == last


def test_lines_are_cut_where_the_plane_ends():
    check_cut(rows.cut)


def test_the_oracle_of_cutting_bites():
    with pytest.raises(AssertionError):
        check_cut(lambda line, *_: line)
    with pytest.raises(AssertionError):
        check_cut(lambda line, *box: replace(found := rows.cut(line, *box), y=tuple(y / 2 for y in found.y)))


def check_cut(cut):
    """Hold it to the plain definition: of many points along a line those inside the box are kept, and no others."""
    across, up = (-1.0, 2.0), (-1.5, 1.0)
    corners = [(-3.0, -2.0), (0.5, 0.5), (3.0, -0.5), (0.0, -3.0), (0.0, 4.0), (1.5, 0.9), (1.5, -9.0)]
    line = samples.line("path", *zip(*corners, strict=True))
    kept = cut(line, across, up)
    assert all(
        across[0] <= x <= across[1] and up[0] <= y <= up[1] for x, y in zip(kept.x, kept.y, strict=True) if x == x
    )
    pieces = [(a, b) for a, b in pairwise(zip(kept.x, kept.y, strict=True)) if a[0] == a[0] and b[0] == b[0]]
    for start, end in pairwise(corners):
        for k in range(101):
            point = tuple(a + (b - a) * k / 100 for a, b in zip(start, end, strict=True))
            inside = across[0] < point[0] < across[1] and up[0] < point[1] < up[1]
            if inside:
                assert any(_between(point, *piece) for piece in pieces), point


def _between(point, start, end) -> bool:
    return math.isclose(math.dist(start, point) + math.dist(point, end), math.dist(start, end), abs_tol=1e-9)


def test_familiar_names_have_one_colour_in_all_pictures():
    assert rows.colours(["relu", "sigmoid"]) == ["sigmoid", "\u200b1", "relu"]
    assert rows.colours(["ReLU, 8 layers", "mine", "leaky_relu"]) == ["mine", "\u200b1", "ReLU, 8 layers", "leaky_relu"]
    assert rows.colours(["tanh", "path"], taken=2) == ["\u200b0", "\u200b1", "tanh", "path"]
    many = [f"line {k}" for k in range(11)]
    assert rows.colours(many) == many


def test_a_tangent_has_the_colour_of_its_curve():
    places = rows.colours(["sigmoid", "ReLU", "tangent of sigmoid", "tangent of ReLU", "mine", "tangent of mine"])
    assert places.index("tangent of sigmoid") - places.index("sigmoid") == len(rendering.LIGHT["category"])
    assert places.index("tangent of ReLU") - places.index("ReLU") == len(rendering.LIGHT["category"])
    assert places.index("tangent of mine") < len(rendering.LIGHT["category"])


@pytest.mark.parametrize(("start", "fall", "log"), [(1.5, 0.0, False), (0.9, 0.2, False), (2.0, 0.0, True)])
def test_a_label_stands_where_no_line_is(start, fall, log):
    def y(x):
        return start - fall * x

    x = samples.span(0.0, 1.0, 9)
    chart = Chart(
        "a line beside a rule",
        "x",
        "y",
        (Line("a line", tuple(x), tuple(map(y, x))),),
        (Rule(1.0, "y", "a long label"),),
    )
    plot = labels.Plot((0.0, 1.0), (0.1, 10.0) if log else (0.0, 2.0), False, log, 400, 60)
    (row,) = labels.placed(rows.rules([chart]), rows.points([chart]), plot)
    wide = labels.LETTER * len("a long label")
    left = 400 * row["lx"] - {"left": 0.0, "center": wide / 2, "right": wide}[row["align"]]
    bottom = plot.at(0.0, 1.0)[1] - (0 if row["up"] else labels.HIGH)
    for place in samples.span(0.0, 1.0, 300):
        across, up = plot.at(place, y(place))
        assert not (left < across < left + wide and bottom + 3 < up < bottom + labels.HIGH - 3)


def test_bars_begin_at_nothing_and_on_a_logarithmic_scale_are_dots():
    plain = rendering.spec_of(figures.figure(samples.TIMES))
    kinds = [mark["mark"]["type"] for mark in marks(plain)]
    assert "bar" in kinds
    assert all(
        mark["encoding"]["x"]["scale"]["domain"][0] <= 0 for mark in marks(plain) if mark["mark"]["type"] == "bar"
    )
    logarithmic = rendering.spec_of(figures.figure(samples.SHARES))
    assert "bar" not in [mark["mark"]["type"] for mark in marks(logarithmic)]


@pytest.mark.parametrize(
    "picture",
    [
        samples.Chart("", "x", "y", (samples.line("nothing", [], []), samples.line("lost", [1.0], [math.nan]))),
        samples.Chart(
            "One point", "x", "y", (samples.line("a", [0.0], [math.inf], style="dots"),), log_x=True, log_y=True
        ),
        samples.Bars("None of it", "s", (samples.Bar("a", math.nan), samples.Bar("b", -1.0, -2.0, 0.0)), log=True),
        samples.Bars("Nothing", "s", (samples.Bar("a" * 90, 0.0),)),
        samples.Plane("Level", "x", "y", samples.field(lambda *_: math.nan, size=3), kind="height"),
        samples.Plane("Bare", "x", "y"),
    ],
    ids=lambda picture: picture.title or "untitled",
)
def test_pictures_that_hurt_are_drawn(picture):
    assert "<svg" in rendering.svg_of_spec(rendering.spec_of(figures.figure(picture)))
    assert alt.alt(picture)


def test_weights_are_written_apart_from_each_other():
    layer = [samples.Node(0, k, f"a{k}") for k in range(4)] + [samples.Node(1, k, f"b{k}") for k in range(4)]
    weights = tuple(samples.Edge(a, b, a - b) for a in range(4) for b in range(4, 8))
    diagram = samples.Diagram("all to all", tuple(layer), weights)
    places = [(row["tx"], row["ty"]) for row in planes.edges(diagram)]
    assert min(math.dist(a, b) for k, a in enumerate(places) for b in places[:k]) > 0.19


def test_weights_of_two_units_stand_on_both_sides_of_their_crossing():
    units = tuple(samples.Node(layer, place, "") for layer in range(2) for place in range(2))
    both = samples.Diagram("two to two", units, tuple(samples.Edge(a, b, 1.0) for a in (0, 1) for b in (2, 3)))
    assert sorted(round(row["tx"], 3) for row in planes.edges(both)) == [0.333, 0.333, 0.667, 0.667]


@pytest.mark.parametrize(("kind", "size"), [("probability", 8), ("region", 160), ("height", 8)])
def test_an_image_lies_as_the_plane_does(kind, size):
    # Highest at the upper right.
    field = samples.field(lambda x, y: float(x > 0 and y > 0), reach=1.0, size=9)
    width, pixels = decoded(planes.image_of(field, kind))
    assert (width, len(pixels)) == (size, size)
    strong = rendering.LIGHT["shade"] if kind == "height" else rendering.LIGHT["category"][1]
    assert pixels[0][-1][:3] == tuple(bytes.fromhex(strong[1:]))
    assert pixels[0][-1][3] > 100
    for corner in (pixels[0][0], pixels[-1][0], pixels[-1][-1]):
        assert corner != pixels[0][-1]


def test_images_keep_their_pixels():
    first, digit, _ = planes.images(samples.PHOTOS)
    width, pixels = decoded(first["url"])
    assert width == 200
    assert [[pixel[:3] for pixel in row[::2]] for row in pixels[::2]] == [list(row) for row in samples.disc(100, 20)]
    assert decoded(digit["url"])[0] == 160


def decoded(url: str) -> tuple[int, list[list[tuple[int, ...]]]]:
    """Return width and pixels of a PNG without filters, as the standard says that they lie."""
    blob = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    width, height, _, kind = struct.unpack(">IIBB", blob[16:26])
    at = blob.index(b"IDAT")
    raw = zlib.decompress(blob[at + 4 : at + 4 + int.from_bytes(blob[at - 4 : at])])
    channels = {2: 3, 6: 4}[kind]
    lines = [raw[k * (1 + channels * width) + 1 : (k + 1) * (1 + channels * width)] for k in range(height)]
    return width, [[tuple(line[k : k + channels]) for k in range(0, len(line), channels)] for line in lines]


def test_pictures_in_words(agrees_with_golden):
    agrees_with_golden("claims-alt.txt", "".join(f"{alt.alt(picture)}\n" for picture in EVERY_KIND.values()))


# JSON


def test_json_has_every_field_and_is_strict(found):
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    whole = json.loads(data.as_json(found, ("claims.json",)), parse_constant=refuse)
    assert list(whole) == ["format", "version", "actscope", "planned", "files", "claims"]
    assert (whole["format"], whole["version"], whole["planned"]) == ("actscope claims", 1, 11)
    claim = whole["claims"][1]
    fields = "id group title article articles statement how criterion verdict word condition measured pictures why"
    assert list(claim) == [*fields.split(), "instead", "seconds", "problem"]
    assert claim["article"] == "A0, A4"
    assert claim["verdict"].startswith("holds when the network has 8 layers")
    assert (claim["word"], claim["condition"]) == ("holds when", claim["verdict"].removeprefix("holds when "))
    assert claim["measured"]["ratio"] == {
        "value": 3.2e-30,
        "meaning": "gradient, first layer over last",
        "unit": "",
        "low": 1.1e-30,
        "high": 9.4e-30,
        "uncertainty": "95 % interval of 8 seeds",
        "shown": True,
    }
    assert claim["measured"]["slope"]["low"] is None
    kinds = [picture["type"] for claim in whole["claims"] for picture in claim["pictures"]]
    assert set(kinds) == {"chart", "bars", "plane", "diagram", "images", "film"}
    film = whole["claims"][0]["pictures"][1]
    assert film["frames"][3]["picture"]["lines"][0]["x"] == samples.X
    assert film["frames"][3] == {"at": "-3.5", "picture": film["frames"][3]["picture"]}


# The page


def test_the_policy_names_the_very_blocks_of_the_page(document):
    from report.test_html import test_the_policy_names_the_very_blocks_of_the_page as check

    (policy,) = [m["content"] for m in document.attributes("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    check(document, policy)


def test_nothing_is_loaded_from_elsewhere(article, document):
    for tag, attributes in document.tags:
        assert not attributes.keys() & {"src", "srcset", "action", "style", "onload", "onclick"}, tag
        assert attributes.get("href", "#").startswith("#")
    assert not {tag for tag, _ in document.tags} & {"link", "iframe", "img", "object", "embed", "base", "form"}
    assert set(re.findall(r"https?://([\w.]+)", article)) <= {"www.w3.org", "vega.github.io", "github.com"}
    assert len(article) < 12_000_000


def test_every_link_leads_somewhere_and_every_claim_has_its_own(found, document):
    ids = [attributes["id"] for _, attributes in document.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in document.attributes("a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    for finding in found.findings:
        assert finding.id in ids
        # One in the contents, one beside the claim itself.
        assert links.count(f"#{finding.id}") == 2
    assert set(ARTICLES) <= set(ids)


def test_the_page_tells_everything_in_order(found, document):
    told = " ".join(document.text.replace("\u00a0", " ").split())
    at = told.index("Interrupted: 10 of 11 claims were measured.")
    for group, findings in words.grouped(found.findings):
        at = told.index(words.GROUP_TEXTS[group], at)
        for finding in findings:
            expected = [finding.title.replace("-2", "−2"), finding.statement]
            expected += [finding.verdict.word.capitalize(), finding.verdict.condition, finding.problem, finding.instead]
            expected += [finding.how, finding.criterion]
            expected += [picture.title for picture in finding.pictures]
            expected += [number.meaning.replace("-2", "−2") for number in finding.numbers.values()]
            for part in [*expected, finding.why, f"actscope claims {finding.id}"]:
                at = told.index(part, at)


def test_many_numbers_fold_and_those_that_an_interval_tells_are_in_the_json_alone(found):
    numbers = {f"n{k}": Number(k, f"number {k}", shown=k != 2) for k in range(10)}
    finding = replace(found.findings[0], numbers=numbers, pictures=())
    section = page.section(finding)
    assert [row[0] for row in section.first] == [f"number {k}" for k in (0, 1, 3, 4, 5, 6)]
    assert [row[0] for row in section.rest] == ["number 7", "number 8", "number 9"]
    told = page.page(Findings((finding,), 1))
    assert told.index("number 6") < told.index("3 more numbers") < told.index("number 7")
    assert "number 2" not in told
    assert '"number 2"' in data.as_json(Findings((finding,), 1))
    few = {name: numbers[name] for name in list(numbers)[:9]}
    assert not page.section(replace(finding, numbers=few)).rest


def test_names_are_escaped(article, document):
    assert MINE not in re.sub(r"<script.*?</script>", "", article, flags=re.DOTALL)
    assert MINE in document.text


def test_verdicts_are_told_by_signs_and_words_and_not_by_colour_alone(article):
    contents = article[article.index("<nav") : article.index("</nav>")]
    for mark, word, count in (
        ("✓", "holds", 6),
        ("◐", "holds when", 2),
        ("✗", "does not hold", 1),
        ("?", "not measured", 1),
    ):
        assert contents.count(f'<span class="mark" aria-hidden="true">{mark}</span>') == count
        assert contents.count(f'<span class="sr">: {word}</span>') == count


def test_every_figure_has_a_text_and_a_film_its_slider(found, document, specs):
    figures_of_page = [a for a in document.attributes("div") if "data-figure" in a]
    assert [a["data-figure"] for a in figures_of_page] == [
        name for _, findings in words.grouped(found.findings) for f in findings for name, _ in rows.pictures_of(f)
    ]
    assert {a["data-figure"] for a in figures_of_page} == set(specs)
    assert all(a["role"] == "img" and len(a["aria-label"]) > 40 and int(a["data-height"]) > 90 for a in figures_of_page)
    sliders = document.attributes("input")
    films = [one for finding in found.findings for one in finding.pictures if isinstance(one, Film)]
    assert len(sliders) == len(films) == 3
    for slider in sliders:
        labels = json.loads(slider["data-frames"])
        assert slider["aria-valuetext"] == labels[int(slider["value"])]
        assert int(slider["max"]) == len(labels) - 1


def test_the_data_of_the_page_are_the_figures_without_their_titles(document, specs):
    (told,) = [text for tag, attributes, text in document.blocks if attributes.get("type") == "application/json"]
    shown = json.loads(told)["figures"]
    assert shown.keys() == specs.keys()
    assert all("title" not in spec for spec in shown.values())
    assert shown["c04-1"]["datasets"] == json.loads(json.dumps(specs["c04-1"]["datasets"]))


def test_findings_without_pictures_make_a_page_without_vega(found):
    broken = Findings(tuple(replace(f, pictures=()) for f in found.findings), 10)
    whole = page.page(broken)
    assert len(whole) < 100_000
    assert "Interrupted" not in whole


# A notebook


def test_a_notebook_gets_sections_without_scripts_and_with_ids_apart(found):
    fragment = page.notebook(found)
    assert "<script" not in fragment
    assert fragment.count("<svg") == sum(len(finding.pictures) for finding in found.findings)
    assert MINE not in re.sub(r"<svg.*?</svg>", "", fragment, flags=re.DOTALL)
    ids = re.findall(r'\bid="([^"]+)"', fragment)
    assert len(ids) == len(set(ids))
    told = Document(fragment).text
    for finding in found.findings:
        assert finding.why in told


# A folder


def test_a_folder_holds_page_numbers_and_figures_and_keeps_what_is_not_ours(found, tmp_path):
    few = Findings(found.findings[:2], 2)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    saved = page.save(few, tmp_path)
    assert saved == tmp_path / "claims.html"
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    stems = ("c04-1", "c04-2", "c05-1")
    ours = {"claims.html", "claims.json", *(f"figures/{stem}.{kind}" for stem in stems for kind in ("svg", "png"))}
    assert names == ours | {"figures/mine.svg"}
    assert set(json.loads((tmp_path / "claims.json").read_text())["files"]) == ours
    with pytest.raises(ReportError, match="already holds a report"):
        page.save(few, tmp_path)
    page.save(Findings(found.findings[:1], 1), tmp_path, overwrite=True)
    assert not (tmp_path / "figures" / "c05-1.svg").exists()
    assert (tmp_path / "figures" / "mine.svg").read_text() == "mine"


@pytest.mark.parametrize("name", ["claims.html", "claims.json", "figures/c05-1.svg"])
def test_a_file_of_the_users_is_never_replaced(found, name, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"format": "mine"}')
    with pytest.raises(ReportError, match="was not written by actscope"):
        page.save(Findings(found.findings[1:2], 1), tmp_path, overwrite=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]


def test_a_comparison_and_claims_share_a_folder(found, single, tmp_path):
    saving.save(single, tmp_path)
    page.save(Findings(found.findings[1:2], 1), tmp_path)
    assert {path.name for path in tmp_path.glob("*.html")} == {"claims.html", "report.html"}


# A browser

SLIDE = """
const seen = [];
while (document.documentElement.dataset.drawn === undefined) await new Promise((then) => setTimeout(then, 50));
const film = document.querySelector("#C12 .film");
const [slider, button, told] = ["input", "button", "output"].map((name) => film.querySelector(name));
const image = () => film.parentElement.querySelector("image").outerHTML;
const pause = (ms = 100) => new Promise((then) => setTimeout(then, ms));
const before = image();
seen.push(told.textContent);
slider.value = 2; slider.dispatchEvent(new Event("input"));
await pause();
seen.push(told.textContent, slider.getAttribute("aria-valuetext"), image() !== before);
button.click();
seen.push(button.ariaLabel);
await pause(9000);
seen.push(told.textContent, button.ariaLabel, image() === before);
document.documentElement.dataset.seen = JSON.stringify(seen);
"""


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
@pytest.mark.parametrize("flags", [(), ("--blink-settings=preferredColorScheme=0", "--window-size=400,900")])
def test_the_page_is_drawn_and_quiet_and_its_sliders_move(article, specs, tmp_path, flags):
    (tmp_path / "claims.html").write_text(driven(article, SLIDE))
    shown, console = visit(tmp_path / "claims.html", tmp_path / "profile", *flags, "--virtual-time-budget=60000")
    assert console == []
    assert drawn(shown) == len(specs) == 14
    seen = json.loads(unescape(re.search(r'data-seen="([^"]*)"', shown)[1]))
    assert seen == ["70", "20", "20", True, "Pause", "70", "Play", True]
