"""Pixels as a PNG in a data URL, for pictures inside figures."""

import base64
import struct
import zlib
from collections.abc import Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KINDS = {3: 2, 4: 6}
"""What PNG calls pixels of so many bytes: with colours, and with opacity as well."""


def data_url(rows: Sequence[bytes], channels: int) -> str:
    """Return rows of pixels, from the top, as a PNG in a data URL; `channels` is 3 for RGB and 4 for RGBA.

    >>> data_url([bytes([255, 0, 0])], 3)[:22]
    'data:image/png;base64,'
    """
    width = len(rows[0]) // channels
    header = struct.pack(">IIBBBBB", width, len(rows), 8, KINDS[channels], 0, 0, 0)
    # Each row begins with the number of its filter, 0 for none.
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return "data:image/png;base64," + base64.b64encode(SIGNATURE + b"".join(chunks)).decode()
