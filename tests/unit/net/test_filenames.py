"""What a fetched document is called."""

import pytest

from rhapsode.net.filenames import find_filename


@pytest.mark.parametrize(
    ("disposition", "path", "filename"),
    [
        ("", "/texts/tides.epub", "tides.epub"),
        ("", "/texts/The Tidesé.html", "The Tidesé.html"),
        ("", "/", ""),
        ("", "/texts/", ""),
        ("attachment", "/download", "download"),
        ('attachment; filename="tides.pdf"', "/download", "tides.pdf"),
        ("attachment; filename*=UTF-8''%C3%A9t%C3%A9.txt", "/download", "été.txt"),
        ('attachment; filename="../../etc/passwd"', "/download", "passwd"),
        (r'attachment; filename="C:\\books\\tides.txt"', "/download", "tides.txt"),
        ("", "/../../etc/passwd", "passwd"),
        ('attachment; filename="a\x00b\x1f.txt"', "/download", "a b .txt"),
        ("", "/a\x00\n.txt", "a.txt"),
        ("", "/" + "a" * 500 + ".txt", "a" * 196 + ".txt"),
    ],
)
def test_the_name_is_the_last_part(disposition: str, path: str, filename: str) -> None:
    """Of what the server says, or else of the address; never more than a name."""
    assert find_filename(disposition, path) == filename
