"""What was spoken of a book, as a reading along needs it, and the files that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpokenBlock:
    """A block as it was spoken.

    sentences: from code point to before code point of `text`, in order; together they cover it.
    times_ms: when each code point of `text` begins in its chapter's audio; never decreasing.
    level: of a heading, 1 to 3; 0 for what is none.    language: where it isn't the book's.
    """

    text: str
    sentences: tuple[tuple[int, int], ...]
    times_ms: Sequence[int]
    level: int = 0
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenChapter:
    """A chapter and its audio file, which lasts `duration_ms`."""

    name: str
    duration_ms: int
    blocks: tuple[SpokenBlock, ...]


@dataclass(frozen=True, slots=True)
class SpokenBook:
    """All that was spoken of a book, and what it says of itself.

    narrator: empty where nobody knows.    modified: when, as "2026-01-31T12:00:00Z".
    identifier: of a book that has none of its own.
    cover: (media type, bytes), for a book that is made of its text.
    """

    title: str
    author: str | None
    language: str
    narrator: str
    modified: str
    identifier: str
    chapters: tuple[SpokenChapter, ...]
    description: str | None = None
    isbn_number: str | None = None
    cover: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of the book that was made or changed. name: its path in the archive."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file that stays as the original's archive has it, packed or not: `packed_bytes` bytes from `offset` on.

    is_deflated: whether they are packed.    crc32, size_bytes: of the file.
    """

    name: str
    offset: int
    packed_bytes: int
    is_deflated: bool
    crc32: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReadAlongBook:
    """A book that is read along.

    files: all but the audio, in the order of the archive, behind its first entry ("mimetype").
    audio_names: where the book expects each chapter's audio file.
    """

    files: tuple[NewFile | OldFile, ...]
    audio_names: tuple[str, ...]
