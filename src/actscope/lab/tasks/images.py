"""A folder of images by class: each subfolder is a class, each image in it a sample."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError, SettingError, missing_extra
from .targets import targets_of
from .task import Array, Raw

COMPANIONS = frozenset((".csv", ".db", ".htm", ".html", ".ini", ".json", ".md", ".txt", ".xml", ".yaml", ".yml"))
"""What lies beside images; any other file must be one."""
OWN_SIZE = 128
"""Images that agree in size are kept as they are up to this side."""
USUAL_SIZE = (32, 32)
SMALLEST, LARGEST = 4, 512

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file and what its first bytes say."""

    path: Path
    label: str
    size: tuple[int, int]
    """Height and width, as it is to be looked at."""
    coloured: bool


def size_of(given: object) -> tuple[int, int] | None:
    """Return height and width from a side, a pair, or a text such as "64" or "48x64"; None stays None.

    >>> size_of("64"), size_of((48, 64)), size_of("48x64")
    ((64, 64), (48, 64), (48, 64))
    """
    if given is None:
        return None
    parts = str(given).lower().split("x") if isinstance(given, str | int) and not isinstance(given, bool) else given
    try:
        sides = [int(str(part)) for part in parts]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        sides = []
    if len(sides) not in (1, 2) or not all(SMALLEST <= side <= LARGEST for side in sides):
        raise SettingError(
            f"`size` must be a side or a height and width from {SMALLEST} to {LARGEST}, such as 64 or 48x64, but got "
            f"{given!r}"
        )
    return sides[0], sides[-1]


def files_of(folder: Path) -> list[Path]:
    """Return the image files in the subfolders of a folder, in order of their names; hidden files are left out."""
    found = (path for path in folder.glob("*/*") if path.suffix.lower() not in COMPANIONS and path.is_file())
    shown = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(shown, key=lambda path: path.relative_to(folder).parts)


def read_images(folder: Path, files: list[Path], size: tuple[int, int] | None) -> tuple[Raw, tuple[int, int]]:
    """Return the images of a folder, (samples, channels, height, width) in bytes, and the height and width they have.

    Without `size` images that agree in size are kept as they are up to 128 x 128; others are brought to 32 x 32. If
    every image is grey there is one channel, otherwise there are three; what is transparent shows white. Raises
    DataError, which counts all images that cannot be read.
    """
    if not files:
        raise DataError(_nothing(folder))
    if empty := _empty(folder, files):
        raise DataError(f"{folder} has folders without images: {', '.join(empty)}; fill or remove them")
    if len(folders := {path.parent.name for path in files}) == 1:
        one = folders.pop()
        raise DataError(
            f"{folder} has one folder with images, {one}, so there is nothing to tell apart; put the images of another "
            f"class into a second one, such as {folder.name}/not-{one}/1.png"
        )
    if find_spec("PIL") is None:
        raise missing_extra("lab", "reading images")
    bad: dict[Path, str] = {}
    pictures = list(_looked_at(files, bad))
    sizes = {picture.size for picture in pictures}
    own = max(sizes, key=max, default=USUAL_SIZE)
    height, width = size or (own if len(sizes) == 1 and max(own) <= OWN_SIZE and min(own) >= SMALLEST else USUAL_SIZE)
    channels = 3 if any(picture.coloured for picture in pictures) else 1
    pixels = np.zeros((len(pictures), channels, height, width), dtype=np.uint8)
    for place, picture in zip(pixels, pictures, strict=True):
        try:
            place[...] = _pixels(picture.path, channels, (height, width))
        except Exception as error:  # noqa: BLE001  what a decoder raises on a broken file is not said anywhere
            bad[picture.path] = _said(error)
    if bad:
        raise DataError(_unreadable(bad, folder, len(files)))
    classes = np.array([picture.label for picture in pictures])
    targets, labels = targets_of(classes, "classification", str(folder), unit="image")
    channel = "in colour" if channels == 3 else "in grey"
    told = f"images of {width} x {height} pixels {channel} from {folder.name}: {', '.join(labels[:_LISTED])}"
    return Raw(pixels, targets, labels, told + ", ..." * (len(labels) > _LISTED), images=True), (height, width)


def _looked_at(files: list[Path], bad: dict[Path, str]) -> Iterator[Picture]:
    for path in files:
        try:
            with _opened(path) as image:
                turned = image.getexif().get(274, 1) >= 5
                size = image.size if turned else image.size[::-1]
                yield Picture(path, path.parent.name, size, not _is_grey(image))
        except Exception as error:  # noqa: BLE001  as above
            bad[path] = _said(error)


def _pixels(path: Path, channels: int, size: tuple[int, int]) -> Array:
    """Return the pixels of an image, (channels, height, width), stretched to the size with neighbours averaged."""
    from PIL import Image, ImageOps

    mode = "L" if channels == 1 else "RGB"
    with _opened(path) as opened:
        # A large photograph is decoded at a half, a quarter or an eighth of its size, which takes as much less time.
        opened.draft(mode, (4 * size[1], 4 * size[0]))
        image = ImageOps.exif_transpose(opened)
    if image.mode == "F":
        raise ValueError("its pixels are fractions; save it with 8 bits a channel")
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    image = image.convert(mode)
    if image.size != size[::-1]:
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(*size, channels).transpose(2, 0, 1)


def _opened(path: Path) -> Any:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(path.read_bytes()))


def _is_grey(image: Any) -> bool:
    return image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I")


def _said(error: Exception) -> str:
    return str(error).split(" <_io")[0].removesuffix(" file").strip() or type(error).__name__


def _unreadable(bad: dict[Path, str], folder: Path, all_images: int) -> str:
    listed = "; ".join(f"{path.relative_to(folder)}: {why}" for path, why in sorted(bad.items())[:_LISTED])
    more = f"; and {len(bad) - _LISTED} more" if len(bad) > _LISTED else ""
    return f"{len(bad)} of {all_images} images in {folder} cannot be read: {listed}{more}; replace or remove them"


def _empty(folder: Path, files: list[Path]) -> list[str]:
    labels = {path.parent.name for path in files}
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name not in labels and not path.name.startswith(".")
    )


def _nothing(folder: Path) -> str:
    inside = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    deeper = sorted({path.parent.parent.name for path in folder.glob("*/*/*") if path.suffix.lower() not in COMPANIONS})
    met = f"holds {', '.join(inside[:_LISTED])}, but no folders with images" if inside else "is empty"
    hint = f"; its {' and '.join(deeper)} has such folders: give {folder / deeper[0]}" if deeper else ""
    return (
        f"{folder} {met}; put the images of each class into a folder of its own, such as {folder.name}/cat/1.png{hint}"
    )
