"""What Ogg and FLAC files say of themselves: comments, pictures and chapter marks.

Sources: the Ogg Vorbis comment specification; RFC 9639, sections 8.6 and 8.8; CHAPTERxxx as the wiki of Xiph has it.
"""

import struct
from collections.abc import Sequence

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.tags import Mark, Tags

Comment = tuple[str, str]

_WRITER = b"Rhapsode"
_FRONT_COVER = 3
_MAX_CHAPTERS = 1_000
"""Numbers have three digits."""


def list_comments(tags: Tags, marks: Sequence[Mark], *, date: str | None) -> list[Comment]:
    """Names and values. marks: in samples at 44.1 kHz.    date: YYYY or YYYY-MM-DD."""
    said = (
        ("TITLE", tags.title),
        ("ALBUM", tags.book),
        ("ARTIST", tags.author),
        ("ALBUMARTIST", tags.author),
        ("COMPOSER", tags.narrator),  # Where audiobook players look for the narrator.
        ("NARRATOR", tags.narrator),
        ("DATE", date),
        ("GENRE", "Audiobook"),
        ("LANGUAGE", tags.language),
        ("ISBN", tags.isbn_number),
        ("DESCRIPTION", tags.description),
    )
    return [*((name, text) for name, text in said if text), *_chapters(marks)]


def _chapters(marks: Sequence[Mark]) -> list[Comment]:
    comments = []
    for number, mark in enumerate(marks[:_MAX_CHAPTERS]):
        name = f"CHAPTER{number:03}"
        comments += [(name, _clock_time(mark.start_sample)), (f"{name}NAME", mark.title)]
    return comments


def _clock_time(sample: int) -> str:
    """As in 01:02:03.456."""
    milliseconds = (2_000 * sample + SAMPLE_RATE_HZ) // (2 * SAMPLE_RATE_HZ)
    seconds, rest = divmod(milliseconds, 1_000)
    return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def vorbis_comments(comments: Sequence[Comment]) -> bytes:
    """The block, as Ogg Opus and FLAC have it."""
    texts = [_text(f"{name}={value}".replace("\0", "")) for name, value in comments]
    return _counted(_WRITER) + struct.pack("<I", len(texts)) + b"".join(texts)


def _text(text: str) -> bytes:
    return _counted(text.encode("utf-8", errors="replace"))


def _counted(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def picture_block(media_type: str, content: bytes) -> bytes:
    """A cover as FLAC has it, and Ogg in base 64. Its width, height and colours are in the picture itself."""
    name = media_type.encode("ascii")
    shape = struct.pack(">II", 0, 0) + struct.pack(">II", 0, 0)
    return (
        struct.pack(">II", _FRONT_COVER, len(name))
        + name
        + struct.pack(">I", 0)
        + shape
        + struct.pack(">I", len(content))
        + content
    )
