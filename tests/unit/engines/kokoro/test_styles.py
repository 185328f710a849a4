"""Files of styles that somebody has made to harm whoever reads them."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rhapsode.engines.kokoro.styles import Styles
from rhapsode.studio.errors import VoiceRefused


def _array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.full((4, 1, 256), 0.5, np.float32))
    return content.getvalue()


def _head(text: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _write(file: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(file, "w", packing) as arrays:
        for name, content in members.items():
            arrays.writestr(name, content)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b" " * 2**20, "a format that numpy"),
        (_head(b"-" * 9_000 + b"1\n"), "can't be read"),
        (_head(b"{'descr': ('\n"), "can't be read"),
        (b"nothing", "can't be read"),
    ],
)
def test_a_head_that_would_harm_is_refused(tmp_path: Path, array: bytes, reason: str) -> None:
    """One of 4 GB isn't unpacked, and none breaks what reads it."""
    file = tmp_path / "voices.bin"
    _write(file, {"af_heart.npy": array})

    with pytest.raises(VoiceRefused, match=f"^The styles voices.bin .*{reason}"):
        Styles(file)


def test_only_the_packing_of_numpy_is_unpacked(tmp_path: Path) -> None:
    """Others may ask for any amount of memory."""
    file = tmp_path / "voices.bin"
    _write(file, {"af_heart.npy": _array()}, zipfile.ZIP_LZMA)

    with pytest.raises(VoiceRefused, match="packed in a strange way"):
        Styles(file)


def test_a_member_beside_an_array_is_never_read(tmp_path: Path) -> None:
    """Of the same name, but without the ending; what is damaged in the array itself is said."""
    file = tmp_path / "voices.bin"
    _write(file, {"af_heart": b"nothing", "af_heart.npy": _array(), "af_sky.npy": _array()[:-1]})
    styles = Styles(file)

    assert styles.style("af_heart", symbol_count=9).tolist() == [[0.5] * 256]
    with pytest.raises(VoiceRefused, match=r"^The style af_sky of voices\.bin can't be read"):
        styles.style("af_sky", symbol_count=1)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    """What a zip lists is in memory as a whole."""
    file = tmp_path / "voices.bin"
    with file.open("wb") as content:
        content.truncate(64 * 2**20 + 1)

    with pytest.raises(VoiceRefused, match="larger than 64 MiB"):
        Styles(file)
