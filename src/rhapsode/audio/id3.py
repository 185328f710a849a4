"""An ID3v2.4 tag: words, chapter marks and room for a cover.

Source: id3.org "ID3v2.4.0 structure", "ID3v2.4.0 native frames" and "ID3v2 chapters 1.0". The frames are
those that audiobook players read. The cover comes last, so that nobody needs its bytes to write the others.
"""

from collections.abc import Sequence

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.tags import CoverShape, Mark, Tags, iso_639_2

_UTF_8 = b"\x03"
_FRONT_COVER = b"\x03"
_NO_BYTE_OFFSET = b"\xff" * 4
_ORDERED = 0x01
_TOP_LEVEL = 0x02
_MAX_CTOC_ENTRIES = 255
_MAX_MS = 2**32 - 1
_UNKNOWN_LANGUAGE = "und"


def id3_before_cover(tags: Tags, *, marks: Sequence[Mark] = (), cover: CoverShape | None = None) -> bytes:
    """The whole tag but the cover's bytes, which must follow it, exactly `cover.size_bytes` of them.

    marks: at most 255 * 255, in order; times are rounded to whole milliseconds.
    Raises: ValueError, when there are more marks or the tag would exceed 256 MiB.
    """
    body = b"".join((*_text_frames(tags), *_mark_frames(marks)))
    cover_bytes = 0
    if cover is not None:
        body += _picture_header(cover)
        cover_bytes = cover.size_bytes
    return b"ID3\x04\x00\x00" + _synchsafe(len(body) + cover_bytes) + body


def _text_frames(tags: Tags) -> list[bytes]:
    texts = {
        "TIT2": tags.title,
        "TALB": tags.book,
        "TPE1": tags.author,
        "TPE2": tags.author,  # Players group by the album's artist.
        "TCOM": tags.narrator,  # Where audiobook players look for the narrator.
        "TRCK": _track(tags),
        "TLAN": None if tags.language is None else iso_639_2(tags.language),
        "TCON": "Audiobook",
    }
    frames = [_frame(frame_id, _UTF_8 + _text(text)) for frame_id, text in texts.items() if text]
    if tags.isbn_number:
        frames.append(_frame("TXXX", _UTF_8 + b"ISBN\0" + _text(tags.isbn_number)))
    if tags.description:
        frames.append(_frame("COMM", _comment(tags.description, tags.language)))
    return frames


def _track(tags: Tags) -> str | None:
    if tags.track is None:
        return None
    return str(tags.track) if tags.track_count is None else f"{tags.track}/{tags.track_count}"


def _comment(text: str, language: str | None) -> bytes:
    code = (language and iso_639_2(language)) or _UNKNOWN_LANGUAGE
    return _UTF_8 + code.encode("ascii") + b"\0" + _text(text)


def _mark_frames(marks: Sequence[Mark]) -> list[bytes]:
    """CHAP frames below a table of contents, which is nested when they are too many for one."""
    if not marks:
        return []
    names = [f"chapter{number}" for number in range(1, len(marks) + 1)]
    chapters = [_chapter(name, mark) for name, mark in zip(names, marks, strict=True)]
    groups = [names[start : start + _MAX_CTOC_ENTRIES] for start in range(0, len(names), _MAX_CTOC_ENTRIES)]
    if len(groups) == 1:
        return [_contents("toc", names, _TOP_LEVEL), *chapters]
    parts = [f"toc{number}" for number in range(1, len(groups) + 1)]
    nested = [_contents(part, group, 0) for part, group in zip(parts, groups, strict=True)]
    return [_contents("toc", parts, _TOP_LEVEL), *nested, *chapters]


def _contents(name: str, children: Sequence[str], level: int) -> bytes:
    if len(children) > _MAX_CTOC_ENTRIES:
        msg = f"a tag holds at most {_MAX_CTOC_ENTRIES**2} marks"
        raise ValueError(msg)
    entries = b"".join(_element_id(child) for child in children)
    return _frame("CTOC", _element_id(name) + bytes((level | _ORDERED, len(children))) + entries)


def _chapter(name: str, mark: Mark) -> bytes:
    times = b"".join(
        _milliseconds(sample).to_bytes(4, "big") for sample in (mark.start_sample, mark.end_sample)
    )
    title = _frame("TIT2", _UTF_8 + _text(mark.title))
    return _frame("CHAP", _element_id(name) + times + _NO_BYTE_OFFSET * 2 + title)


def _milliseconds(sample: int) -> int:
    return min((2000 * sample + SAMPLE_RATE_HZ) // (2 * SAMPLE_RATE_HZ), _MAX_MS)


def _picture_header(cover: CoverShape) -> bytes:
    description = b"\0"
    start = _UTF_8 + cover.media_type.encode("ascii") + b"\0" + _FRONT_COVER + description
    return _frame_header("APIC", len(start) + cover.size_bytes) + start


def _element_id(name: str) -> bytes:
    return name.encode("ascii") + b"\0"


def _text(text: str) -> bytes:
    # A zero would end the text or begin a second value; half a surrogate pair has no UTF-8.
    return text.replace("\0", "").encode("utf-8", errors="replace")


def _frame(frame_id: str, content: bytes) -> bytes:
    return _frame_header(frame_id, len(content)) + content


def _frame_header(frame_id: str, size_bytes: int) -> bytes:
    return frame_id.encode("ascii") + _synchsafe(size_bytes) + b"\0\0"


def _synchsafe(size_bytes: int) -> bytes:
    """28 bits in four bytes whose highest bit is 0, so that no decoder takes them for a frame's start."""
    if size_bytes >= 2**28:
        msg = f"a tag ends at 256 MiB, and this would be {size_bytes} bytes"
        raise ValueError(msg)
    return bytes(size_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
