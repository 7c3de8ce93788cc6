"""Data as a user would bring them: a table, a folder of images, a folder of their own to keep things in."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory, monkeypatch) -> Path:
    """Nothing is kept in the real user's folder."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


@pytest.fixture
def flowers(tmp_path) -> Path:
    """scikit-learn's iris as the CSV that people have of it."""
    from sklearn.datasets import load_iris

    found = load_iris()
    lines = ["sepal length,sepal width,petal length,petal width,species"]
    for numbers, species in zip(found.data, found.target, strict=True):
        lines.append(",".join([*map(str, numbers), str(found.target_names[species])]))
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Discs and squares of random place and colour on dark noise, 12 of each, 100 x 100 pixels in colour."""
    folder = tmp_path / "pictures"
    random = np.random.default_rng(0)
    up, right = np.mgrid[:100, :100]
    for label in ("disc", "square"):
        (folder / label).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 60, (100, 100, 3), dtype=np.uint8)
            y, x = random.integers(30, 70, 2)
            across, along = np.abs(right - x), np.abs(up - y)
            inside = across**2 + along**2 < 400 if label == "disc" else np.maximum(across, along) < 18
            pixels[inside] = random.integers(120, 256, 3)
            Image.fromarray(pixels).save(folder / label / f"{number:02}.png")
    return folder


@pytest.fixture
def npz():
    """Return the bytes of an NPZ file with these arrays."""

    def written(**arrays: np.ndarray) -> bytes:
        content = io.BytesIO()
        np.savez(content, **arrays)
        return content.getvalue()

    return written
