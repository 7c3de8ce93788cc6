import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actscope.errors import MissingExtraError, ReportError
from actscope.lab.records import Comparison
from actscope.report import check_drawing, check_writable, saving
from report.samples import sample

WHOLE_BUILD = saving._build


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Draw no figures: what is tested here is where the files go."""

    def build(_: saving.Kind, comparison: Comparison, folder: Path) -> tuple[str, ...]:
        (folder / "figures").mkdir(parents=True)
        names = [f"figures/curve-{name}.svg" for name in comparison.activations]
        files = [*names, "comparison.json", "report.html"]
        for name in files:
            (folder / name).write_text("new " + name)
        numbers = {"format": "actscope comparison", "files": files}
        (folder / "comparison.json").write_text(json.dumps(numbers))
        return tuple(files)

    monkeypatch.setattr(saving, "_build", build)


def files_of(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text(errors="replace") for p in sorted(folder.rglob("*")) if p.is_file()}


RELU, TANH = sample(("relu",), seeds=1), sample(("tanh",), seeds=1)
REPORT = {"comparison.json", "figures/curve-relu.svg", "report.html"}


def test_a_report_is_whole(tmp_path, single: Comparison, monkeypatch):
    monkeypatch.setattr(saving, "_build", WHOLE_BUILD)
    page = saving.save(single, tmp_path / "out")
    assert page == tmp_path / "out" / "report.html"
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    stems = ["accuracy", "learning", "gradient", "units", "output", "centre", "curve-relu", "curve-gelu"]
    figures = {f"out/figures/{stem}.{ending}" for stem in stems for ending in ("svg", "png")}
    assert found == figures | {"out/report.html", "out/comparison.json"}
    listed = json.loads((tmp_path / "out" / "comparison.json").read_text())["files"]
    assert {f"out/{name}" for name in listed} == found
    assert page.read_text().endswith("</html>")


def test_missing_parents_are_made(tmp_path):
    saving.save(RELU, tmp_path / "a" / "b" / "c")
    assert files_of(tmp_path / "a" / "b" / "c").keys() == REPORT


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir(mode=0o750)
    saving.save(RELU, tmp_path / "out")
    assert files_of(tmp_path / "out").keys() == REPORT
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_files_that_are_no_report_stay(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    (tmp_path / "thesis.tex").write_text("years")
    saving.save(RELU, tmp_path)
    found = files_of(tmp_path)
    assert found["thesis.tex"] == "years"
    assert found["figures/mine.svg"] == "mine"
    assert found.keys() > REPORT


def test_a_report_is_not_overwritten_by_accident(tmp_path):
    saving.save(RELU, tmp_path / "out")
    before = files_of(tmp_path)
    with pytest.raises(ReportError, match=r"already holds a report; choose another folder, or give overwrite=True"):
        saving.save(TANH, tmp_path / "out")
    with pytest.raises(ReportError, match="already holds a report"):
        check_writable(tmp_path / "out")
    assert files_of(tmp_path) == before


def test_overwriting_takes_the_earlier_report_away_and_nothing_else(tmp_path):
    saving.save(RELU, tmp_path)
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    (tmp_path / "thesis.tex").write_text("years")
    saving.save(TANH, tmp_path, overwrite=True)
    found = files_of(tmp_path)
    assert found.keys() == {
        "comparison.json",
        "figures/curve-tanh.svg",
        "figures/mine.svg",
        "report.html",
        "thesis.tex",
    }
    assert found["figures/mine.svg"] == "mine"


@pytest.mark.parametrize("name", ["report.html", "comparison.json", "figures/curve-relu.svg"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_of_the_users_is_never_replaced(tmp_path, name, overwrite):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"mine": 1}')
    with pytest.raises(ReportError, match=r"in the way and was not written by actscope"):
        saving.save(RELU, tmp_path, overwrite=overwrite)
    assert files_of(tmp_path) == {name: '{"mine": 1}'}


def test_a_list_of_files_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "thesis.svg").write_text("years")
    out = tmp_path / "out"
    saving.save(RELU, out)
    numbers = {"format": "actscope comparison", "files": ["../thesis.svg", "figures/../../thesis.svg", 7, "/etc/x.svg"]}
    (out / "comparison.json").write_text(json.dumps(numbers))
    with pytest.raises(ReportError, match=r"curve-relu\.svg is in the way"):
        saving.save(RELU, out, overwrite=True)
    saving.save(TANH, out, overwrite=True)
    assert (tmp_path / "thesis.svg").read_text() == "years"


def test_links_are_not_followed_out_of_the_folder(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportError, match="figures is in the way"):
        saving.save(RELU, out)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(ReportError, match=r"out is a file, but the report needs a folder"):
            check_writable(folder)
        with pytest.raises(ReportError, match=r"out is a file"):
            saving.save(RELU, folder)
    assert files_of(tmp_path) == {"out": "mine"}


def test_looking_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "a" / "b")
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", saving.DRAWING)
def test_a_missing_library_is_noticed_before_the_training(library, monkeypatch):
    check_drawing()
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=r"the report needs the extra 'plot': pip install 'actscope\[plot\]'"):
        check_drawing()


def test_looking_for_the_libraries_does_not_load_them():
    script = "import sys; from actscope import report; report.check_drawing(); print('altair' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout == "False\n", done.stderr


def test_a_place_that_cannot_be_written_fails_before_the_training():
    with pytest.raises(ReportError, match=r"cannot write /proc/out: [^;]*; choose another place, nothing"):
        check_writable("/proc/out")


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path, monkeypatch, there):
    out = tmp_path / "a" / "out"
    if there:
        saving.save(RELU, out)
    before = files_of(tmp_path)

    def full(_: saving.Kind, __: Comparison, folder: Path) -> tuple[str, ...]:
        folder.mkdir()
        (folder / "report.html").write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(saving, "_build", full)
    with pytest.raises(ReportError, match=r"a/out: No space left on device; free some space or choose another place"):
        saving.save(TANH, out, overwrite=True)
    assert files_of(tmp_path) == before
    if not there:
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_failure_while_moving_in_puts_everything_back(tmp_path, monkeypatch, failing):
    saving.save(RELU, tmp_path)
    (tmp_path / "thesis.tex").write_text("years")
    before = files_of(tmp_path)
    moves = 0
    move = Path.replace

    def sometimes(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", sometimes)
    with pytest.raises(ReportError, match="Input/output error"):
        saving.save(TANH, tmp_path, overwrite=True)
    monkeypatch.undo()
    assert files_of(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["comparison.json", "figures", "report.html", "thesis.tex"]


def test_ctrl_c_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(_: saving.Kind, __: Comparison, folder: Path) -> tuple[str, ...]:
        folder.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(saving, "_build", interrupted)
    with pytest.raises(KeyboardInterrupt):
        saving.save(RELU, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_real_limit_on_file_size_leaves_nothing(tmp_path):
    script = (
        "import resource, sys\n"
        "from actscope import report\n"
        "from report.samples import sample\n"
        "found = sample(('relu',), seeds=1)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "try:\n"
        "    report.save(found, sys.argv[1])\n"
        "except report.saving.ReportError as error:\n"
        "    print(error)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert "File too large; free some space or choose another place" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [False, True])
def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path, there):
    out = tmp_path / "out"
    if there:
        out.mkdir()
    beside = out / ".report-" if there else tmp_path / ".out-"
    old, young, mine, earlier = (Path(f"{beside}{name}") for name in ("a1b2c3d4", "e5f6g7h8", "thesis_1", "i9j0k1l2"))
    for folder in (old, young, mine, earlier):
        (folder / "new" / "figures").mkdir(parents=True)
        (folder / "new" / "figures" / "curve-relu.svg").write_text("half")
    (mine / "new" / "thesis.tex").write_text("years")
    (earlier / "old").mkdir()
    for folder in (old, mine, earlier):
        os.utime(folder, (0, 0))
    saving.save(RELU, out)
    assert [folder.exists() for folder in (old, young, mine, earlier)] == [False, True, True, True]
    assert (mine / "new" / "thesis.tex").read_text() == "years"
