"""The size of a picture is what its file says, and nothing is believed that it doesn't."""

import pytest

from rhapsode.documents.picture_size import find_picture_size

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x00\x80\x08\x00\x00\x00\x00"
FRAME = b"\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00"
EXIF = b"\xff\xe1\x00\x08\xff\xc0\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (PNG, (256, 128)),
        (PNG[:23], None),
        (b"\xff\xd8\xff\xc0" + FRAME, (3, 2)),
        (b"\xff\xd8" + EXIF + b"\xff\xff\xff\xc2" + FRAME, (3, 2)),
        (b"\xff\xd8\xff\xc4\x00\x0b" + bytes(9) + b"\xff\xc1" + FRAME, (3, 2)),
        (b"\xff\xd8\xff\xda" + bytes(20) + b"\xff\xc0" + FRAME, None),
        (b"\xff\xd8" + EXIF, None),
        (b"\xff\xd8\xff\xe1\xff\xff" + bytes(9), None),
        (b"\xff\xd8\xff\xe1\x00\x00" * 3, None),
        (b"\xff\xd8", None),
        (b"GIF89a" + bytes(20), None),
        (b"", None),
    ],
)
def test_a_picture_says_how_large_it_is(content: bytes, size: tuple[int, int] | None) -> None:
    """Where a marker is followed by its frame; a thumbnail in what describes it is another picture."""
    assert find_picture_size(content) == size
