"""Where data lie and what they held: a change is noticed, a file is read once, what is handed over is kept."""

import subprocess
import sys
from dataclasses import asdict, replace
from hashlib import sha256

import numpy as np
import pyarrow
import pytest
from PIL import Image

from actscope.errors import DataError, SettingError, UnknownTaskError
from actscope.lab.planning import plan
from actscope.lab.records import Source
from actscope.lab.tasks import card_of, data_of, find, source_of, sources, task_of


def experiment_on(given, **asked):
    task, source = find(given, **asked)
    (experiment,) = plan("moons", ["relu"], seeds=1)
    return replace(experiment, task=task.name, source=source, samples=task.samples, noise=task.noise)


def forget():
    sources._RAW.clear()
    sources.own_task.cache_clear()


def test_a_source_says_where_and_what(flowers):
    source = source_of(flowers, target="species")
    assert source.path == str(flowers)
    assert source.digest == sha256(flowers.read_bytes()).hexdigest()
    assert (source.target, source.kind, source.size) == ("species", "classification", None)
    # All that was left open is filled in, so that later defaults cannot change what the record means.
    assert source_of(flowers) == source


def test_a_relative_path_and_a_home_become_absolute(flowers, monkeypatch):
    monkeypatch.chdir(flowers.parent)
    monkeypatch.setenv("HOME", str(flowers.parent))
    assert source_of("flowers.csv") == source_of("~/flowers.csv") == source_of(f"../{flowers.parent.name}/flowers.csv")


def test_data_that_have_changed_are_noticed(flowers):
    experiment = experiment_on(flowers)
    forget()
    assert data_of(experiment).train_inputs.shape == (120, 4)
    forget()
    flowers.write_text(flowers.read_text(encoding="utf-8") + "1,1,1,1,setosa\n", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"has changed since this was planned: its SHA-256 was .* put the old data back"
    ):
        task_of(experiment)
    flowers.unlink()
    with pytest.raises(DataError, match=r"there is no file or folder .*flowers.csv"):
        task_of(experiment)


def test_an_image_that_is_renamed_moved_or_repainted_is_noticed(pictures):
    before = source_of(pictures).digest
    one = pictures / "disc" / "00.png"
    one.rename(pictures / "disc" / "zz.png")
    renamed = source_of(pictures).digest
    (pictures / "disc" / "zz.png").rename(pictures / "square" / "zz.png")
    moved = source_of(pictures).digest
    Image.open(pictures / "square" / "01.png").save(pictures / "square" / "zz.png")
    assert len({before, renamed, moved, source_of(pictures).digest}) == 4


def test_a_file_is_read_once_for_many_networks(flowers, monkeypatch):
    experiment = experiment_on(flowers)
    read = []
    monkeypatch.setattr(sources, "_read", lambda *args: read.append(args))
    for seed in range(100):
        data_of(replace(experiment, seed=seed))
    assert not read


def test_the_memory_for_files_is_bounded(tmp_path):
    forget()
    for number in range(10):
        path = tmp_path / f"{number}.csv"
        path.write_text("a,y\n" + f"{number},0\n1,1\n" * 10, encoding="utf-8")
        find(path)
    assert len(sources._RAW) == sources._KEPT


def test_another_process_finds_the_same_numbers(flowers):
    experiment = experiment_on(flowers)
    told = (
        "import hashlib, sys\n"
        "from actscope.lab.records import Experiment, Source\n"
        "from actscope.lab.tasks import data_of\n"
        "given = eval(sys.argv[1])\n"
        "given['source'] = Source(**given['source'])\n"
        "data = data_of(Experiment(**given))\n"
        "print(hashlib.sha256(data.train_inputs.tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, repr(asdict(experiment))], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == sha256(data_of(experiment).train_inputs.tobytes()).hexdigest()


def test_the_card_of_own_data(flowers):
    about = card_of(experiment_on(flowers))
    assert (about.name, about.train, about.test, about.inputs, about.classes) == ("flowers.csv", 120, 30, 4, 3)


def test_arrays_are_kept_by_their_content(data_folder):
    x, y = np.random.default_rng(0).standard_normal((40, 3)), np.arange(40) % 2
    task, source = find((x, y))
    (kept,) = (data_folder / "actscope" / "data").iterdir()
    assert source.path == str(kept)
    assert task.name == kept.name
    assert find((x.copy(), y.tolist()))[1] == source
    assert find((x + 1, y))[1] != source
    forget()
    data = data_of(experiment_on((x, y)))
    assert data.train_inputs.shape == (32, 3)
    assert len(list(kept.parent.iterdir())) == 2


def test_a_frame_is_kept_like_a_table(flowers):
    """pandas and polars share an interface with Arrow, whose tables stand for them here."""
    from pyarrow import csv

    frame = csv.read_csv(flowers)
    task, source = find(frame, target="species")
    assert source.path.endswith(".parquet")
    assert np.array_equal(sources.raw_of(source).inputs, sources.raw_of(source_of(flowers)).inputs)
    assert task.classes == 3


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((np.zeros((20, 2)), np.zeros(5)), "the inputs and targets of (X, y) have 20 and 5 rows"),
        ((np.zeros((20, 2)), np.array([{}] * 20)), "the targets are Python objects; numbers are needed"),
        (("a.csv", "b.csv"), "the inputs are 'a.csv'; an array with a row for each sample is needed"),
        (([[1, 2], [3]], [0, 1]), "the inputs cannot be made an array"),
        (pyarrow.table({"a": [1.0] * 20, "b": [0, 1] * 10}), "the frame has no column called target"),
        (
            pyarrow.table({"a": [1.0, None] * 10, "y": [0, 1] * 10}),
            "the frame has cells without a value: column 'a'",
        ),
    ],
)
def test_what_is_handed_over_is_checked_before_it_is_kept(given, text, data_folder):
    with pytest.raises(DataError) as caught:
        find(given)
    assert text in str(caught.value)
    assert not list(data_folder.iterdir())


def test_a_folder_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"the data cannot be kept in .*: Not a directory; write them to a file"):
        find((np.zeros((20, 2)), np.arange(20) % 2))


def test_a_name_of_a_task_goes_before_a_file_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moons").mkdir()
    assert find("moons")[1] is None
    with pytest.raises(SettingError, match=r"moons is the task of that name; for the folder here write \./moons"):
        find("moons", size=8)
    with pytest.raises(DataError, match="moons is empty"):
        find("./moons")


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ("moon", UnknownTaskError, "no task is called 'moon', did you mean 'moons'? there are xor"),
        ("flower.csv", DataError, "there is no file or folder"),
        ("data/", DataError, "there is no file or folder"),
        (
            "https://example.org/iris.csv",
            SettingError,
            "downloads nothing; fetch https://example.org/iris.csv",
        ),
        (
            3,
            SettingError,
            "must be the name of a task, a path, a pair of arrays (X, y) or a frame, but got int",
        ),
        ((1, 2, 3), SettingError, "but got tuple"),
    ],
)
def test_what_is_no_data_is_refused(given, error, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        find(given)
    assert text in str(caught.value)


def test_a_near_name_is_suggested_and_other_files_are_refused(flowers):
    with pytest.raises(DataError, match=r"did you mean 'flowers.csv'"):
        find(flowers.with_name("flower.csv"))
    flowers.rename(flowers.with_suffix(".xlsx"))
    with pytest.raises(DataError, match=r"flowers.xlsx is no kind of data that is read: .csv"):
        find(flowers.with_suffix(".xlsx"))


@pytest.mark.parametrize("asked", [{"target": "y"}, {"kind": "regression"}, {"size": 8}])
def test_what_is_for_own_data_is_refused_for_a_task(asked):
    with pytest.raises(SettingError, match="are for data of your own, but moons is a task; leave them out"):
        find("moons", **asked)


def test_a_kind_or_a_size_that_does_not_fit_is_refused(flowers):
    with pytest.raises(SettingError, match="`kind` must be classification or regression, but got 'regresion', did you"):
        source_of(flowers, kind="regresion")
    with pytest.raises(SettingError, match=r"`size` is what images of a folder are brought to, but .* is no folder"):
        source_of(flowers, size=8)


def test_a_record_without_data_does_not_pass():
    (experiment,) = plan("moons", ["relu"], seeds=1)
    with pytest.raises(DataError, match=r"there is no file or folder /nowhere/a.csv"):
        task_of(replace(experiment, source=Source("/nowhere/a.csv", "0" * 64)))
