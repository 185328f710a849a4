"""Read what a command line names: books and covers."""

from pathlib import Path

from rhapsode.authoring.narrations import Book
from rhapsode.cli.console import working
from rhapsode.documents import import_document
from rhapsode.studio.document import Cover
from rhapsode.studio.errors import DocumentRefused, InvalidInput
from rhapsode.studio.limits import MAX_COVER_BYTES, MAX_DOCUMENT_BYTES

_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def read_book(path: Path) -> Book:
    """Read a book in a limited process; its project is known by the file's path. Raises: DocumentRefused."""
    check_name(path)
    content = read_content(path)
    with working(f"Reading {path.name} …"):
        return parse_book(path, content)


def check_name(path: Path) -> None:
    """Raises: DocumentRefused, when a path can't be kept."""
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError as error:
        msg = "The book's name, or that of a folder it is in, isn't UTF-8. Rename it."
        raise DocumentRefused(msg) from error


def read_content(path: Path) -> bytes:
    """The bytes of a book. Raises: DocumentRefused."""
    return _read(path, MAX_DOCUMENT_BYTES)


def parse_book(path: Path, content: bytes) -> Book:
    """What the bytes of a book hold, parsed in a limited process. For any thread. Raises: DocumentRefused."""
    document = import_document(content, filename=path.name)
    return Book(document, filename=path.name, origin=str(path.resolve()))


def read_cover(path: Path) -> Cover:
    """Raises: DocumentRefused; InvalidInput, when it is neither a JPEG nor a PNG."""
    content = _read(path, MAX_COVER_BYTES)
    media_type = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), None)
    if media_type is None:
        msg = f"{path} is neither a JPEG nor a PNG image."
        raise InvalidInput(msg)
    return Cover(media_type, content)


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        why = "it is a folder" if path.is_dir() else error.strerror
        msg = f"{path} can't be read: {why}."
        raise DocumentRefused(msg) from error
    if len(content) > limit_bytes:
        msg = f"{path} is larger than {limit_bytes // 2**20} MiB."
        raise DocumentRefused(msg)
    return content
