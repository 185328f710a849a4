"""Build examples/the-lamp-keepers.epub from the folder beside it: `python examples/build.py`."""

import zipfile
from io import BytesIO
from pathlib import Path

BOOK = Path(__file__).parent / "the-lamp-keepers"
MEDIA_TYPE = b"application/epub+zip"


def build_epub(folder: Path) -> bytes:
    """Pack `folder` (META-INF/container.xml and all that it leads to) as an EPUB.

    The same files give the same bytes on any machine: entries are sorted and carry a fixed time, and they are
    stored, because a compressor's output changes with its version.
    Source: EPUB 3.3, section 4.3 (OCF ZIP container): `mimetype` comes first, stored, without extra fields.
    """
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as epub:
        epub.writestr(_entry("mimetype"), MEDIA_TYPE)
        for name in sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()):
            epub.writestr(_entry(name), (folder / name).read_bytes())
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # ZipInfo would name the system that this runs on
    entry.external_attr = 0o100644 << 16
    return entry


if __name__ == "__main__":
    BOOK.with_suffix(".epub").write_bytes(build_epub(BOOK))
