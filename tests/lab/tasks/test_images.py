"""Folders of images: the pixels are Pillow's, whatever the mode, and every image that cannot be read is counted."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from actscope.errors import DataError, SettingError
from actscope.lab.planning import plan
from actscope.lab.tasks import data_of, find
from actscope.lab.tasks.images import size_of
from actscope.lab.tasks.sources import raw_of

RANDOM = np.random.default_rng(0)


def folder_of(tmp_path, *images, classes=("a", "b")):
    """Return a folder in which each class has the images, written as PNG or as their suffix says."""
    for label in classes:
        (tmp_path / "mine" / label).mkdir(parents=True)
        for number, image in enumerate(images):
            image.save(
                tmp_path / "mine" / label / f"{number:02}.{'tif' if image.mode in ('CMYK', 'I', 'F') else 'png'}"
            )
    return tmp_path / "mine"


def colours(height=20, width=30) -> Image.Image:
    return Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_100_by_100_in_colour_is_30000_inputs_as_they_are(pictures):
    task, source = find(pictures)
    assert (task.shape, task.inputs, task.classes, source.size) == ((3, 100, 100), 30_000, 2, (100, 100))
    assert task.summary == "images of 100 x 100 pixels in colour from pictures: disc, square"
    raw = raw_of(source)
    assert raw.labels == ("disc", "square")
    truth = np.asarray(Image.open(pictures / "square" / "05.png"))
    assert np.array_equal(raw.inputs[12 + 5].transpose(1, 2, 0), truth)
    assert raw.targets[12 + 5] == 1


def test_the_oracle_of_pixels_bites(pictures):
    raw = raw_of(find(pictures)[1])
    assert not np.array_equal(raw.inputs[4].transpose(1, 2, 0), np.asarray(Image.open(pictures / "disc" / "05.png")))


@pytest.mark.parametrize(("model", "axes"), [("mlp", (30_000,)), ("conv", (3, 100, 100)), ("transformer", (100, 300))])
def test_models_get_them_scaled_by_channel(pictures, model, axes):
    task, source = find(pictures)
    (experiment,) = plan("moons", ["relu"], seeds=1)
    asked = replace(experiment, task=task.name, source=source, samples=task.samples, noise=0.0, model=model)
    data = data_of(asked)
    assert data.train_inputs.shape == (19, *axes)
    assert np.bincount(data.test_targets).tolist() in ([2, 3], [3, 2])
    if model == "conv":
        wide = data.train_inputs.astype(np.float64)
        assert np.abs(wide.mean(axis=(0, 2, 3))).max() < 1e-5
        assert np.abs(wide.std(axis=(0, 2, 3)) - 1).max() < 1e-5


def test_a_network_learns_the_pictures(pictures):
    """The oracle is scikit-learn's: what was read tells discs from squares by their number of bright pixels."""
    raw = raw_of(find(pictures)[1])
    bright = (raw.inputs.max(axis=1) > 100).sum(axis=(1, 2))
    assert bright[raw.targets == 0].max() == pytest.approx(1250, abs=30)
    assert bright[raw.targets == 1].min() == 35 * 35


def test_sizes_that_differ_are_brought_to_32_and_a_size_that_is_given_is_kept(tmp_path):
    folder = folder_of(tmp_path, *[colours(20 + number, 30) for number in range(6)])
    assert find(folder)[0].shape == (3, 32, 32)
    task, source = find(folder, size="16x24")
    assert (task.shape, source.size) == ((3, 16, 24), (16, 24))
    truth = Image.open(folder / "b" / "03.png").resize((24, 16), Image.Resampling.BILINEAR)
    assert np.array_equal(raw_of(source).inputs[6 + 3].transpose(1, 2, 0), np.asarray(truth))


def test_large_images_of_one_size_are_brought_to_32(tmp_path):
    assert find(folder_of(tmp_path, *[colours(129, 20)] * 5))[0].shape == (3, 32, 32)


def test_a_large_photograph_is_much_as_if_all_of_it_were_decoded(tmp_path):
    up, right = np.mgrid[:600, :800] / 100
    waves = [np.sin(up + phase) * np.cos(right) * 120 + 128 for phase in (0, 1, 2)]
    photograph = Image.fromarray(np.stack(waves, axis=-1).astype(np.uint8))
    folder = folder_of(tmp_path, *[colours()] * 5)
    photograph.save(folder / "a" / "photograph.jpg", quality=95)
    truth = np.asarray(photograph.resize((32, 32), Image.Resampling.BILINEAR)).astype(float)
    found = raw_of(find(folder)[1]).inputs[5].transpose(1, 2, 0)
    assert np.abs(found - truth).max() < 6


def test_grey_images_have_one_channel_and_any_mode_is_read(tmp_path):
    grey = colours().convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    raw = raw_of(find(folder_of(tmp_path, grey, deep, grey.convert("LA"), grey.convert("1"), deep.convert("I")))[1])
    assert raw.inputs.shape == (10, 1, 20, 30)
    for place in (1, 2, 4):
        assert np.array_equal(raw.inputs[place], raw.inputs[0])
    assert set(np.unique(raw.inputs[3])) == {0, 255}


def test_one_image_in_colour_makes_all_of_them_so(tmp_path):
    base = colours()
    modes = ("RGB", "RGBA", "CMYK", "P", "L")
    raw = raw_of(find(folder_of(tmp_path, *[base.convert(mode) for mode in modes]))[1])
    assert raw.inputs.shape == (10, 3, 20, 30)
    assert np.array_equal(raw.inputs[0], raw.inputs[1])
    for place, mode in enumerate(modes):
        assert np.array_equal(raw.inputs[place].transpose(1, 2, 0), np.asarray(base.convert(mode).convert("RGB")))


def test_what_is_transparent_shows_white_and_a_turned_photograph_stands_upright(tmp_path):
    clear = colours().convert("RGBA")
    clear.putalpha(0)
    folder = folder_of(tmp_path, *[clear] * 5)
    turned = colours(30, 20)
    exif = Image.Exif()
    exif[274] = 6
    for label in "ab":
        turned.save(folder / label / "turned.png", exif=exif)
    raw = raw_of(find(folder)[1])
    assert raw.inputs.shape == (12, 3, 20, 30)
    assert (raw.inputs[:5] == 255).all()
    assert np.array_equal(raw.inputs[5].transpose(1, 2, 0), np.rot90(np.asarray(turned), -1))


def test_every_image_that_cannot_be_read_is_counted_and_named(pictures):
    whole = (pictures / "disc" / "00.png").read_bytes()
    (pictures / "disc" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (pictures / "disc" / "text.png").write_bytes(b"not an image")
    (pictures / "square" / "phone.heic").write_bytes(b"\0" * 100)
    (pictures / "square" / "empty.jpg").write_bytes(b"")
    Image.fromarray(np.zeros((100, 100), dtype=np.float32)).save(pictures / "square" / "z.tif")
    (pictures / "disc" / "notes.txt").write_text("lies beside", encoding="utf-8")
    (pictures / "disc" / ".hidden").write_bytes(b"x")
    with pytest.raises(DataError) as caught:
        find(pictures)
    told = str(caught.value)
    assert "5 of 29 images in" in told
    for name in (
        "disc/cut.png: ",
        "disc/text.png: cannot identify image",
        "square/empty.jpg",
        "phone.heic",
        "square/z.tif",
    ):
        assert name in told
    assert told.endswith("replace or remove them")


def test_a_folder_without_images_by_class_is_refused(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(DataError, match="mine is empty; put the images of each class into"):
        find(mine)
    colours().save(mine / "1.png")
    with pytest.raises(DataError, match=r"mine holds 1.png, but no folders with images"):
        find(mine)
    (mine / "train" / "cat").mkdir(parents=True)
    colours().save(mine / "train" / "cat" / "1.png")
    with pytest.raises(DataError, match=r"its train has such folders: give .*train"):
        find(mine)


def test_a_class_without_images_is_told(pictures):
    (pictures / "triangle").mkdir()
    (pictures / ".cache").mkdir()
    with pytest.raises(DataError, match=r"pictures has folders without images: triangle; fill or remove them"):
        find(pictures)


def test_few_images_and_one_class_are_refused(tmp_path):
    folder = folder_of(tmp_path, *[colours()] * 4)
    with pytest.raises(DataError, match="mine has 8 images; at least 10 are needed"):
        find(folder)
    for number in range(4, 12):
        colours().save(folder / "a" / f"{number}.png")
    with pytest.raises(DataError, match=r"fewer than 5 images, .*: 'b' \(4\); leave those images out or join classes"):
        find(folder)
    for path in (folder / "b").iterdir():
        path.unlink()
    (folder / "b").rmdir()
    with pytest.raises(
        DataError, match=r"one folder with images, a, so .*; put the images of another class .* mine/not-a/1.png"
    ):
        find(folder)


@pytest.mark.parametrize("size", [3, 513, "big", "8x8x8", (8,) * 3, 1.5, True, ""])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(SettingError, match="`size` must be a side or a height and width from 4 to 512"):
        size_of(size)


def test_images_are_no_regression_and_have_no_target(pictures):
    with pytest.raises(SettingError, match="have classes, not numbers, to be told"):
        find(pictures, kind="regression")
    with pytest.raises(SettingError, match="`target` names a column of a CSV or Parquet file, but"):
        find(pictures, target="disc")
