"""What an M4B file says of itself, as iTunes and those after it read it.

Source: QuickTime File Format, "Metadata"; the names of the items are those that players and taggers share.
"""

import struct

from rhapsode.audio.head import Head
from rhapsode.audio.mp4_boxes import box, box_header, cut_utf8, full_box
from rhapsode.audio.tags import CoverShape, Tags

COVER_TYPES = {"image/jpeg": 13, "image/png": 14}
"""Media types that a cover may have, with the numbers that they are known by."""

_UTF_8, _INTEGER = 1, 21
_AUDIOBOOK = 2
_MAX_SHORT_BYTES = 255
_MAX_TEXT_BYTES = 2**20


def metadata_box(tags: Tags, *, date: str | None, cover: CoverShape | None) -> Head:
    """The `meta` box. The cover comes last, so that nobody needs its bytes to write the others."""
    handler = full_box("hdlr", bytes(4), b"mdirappl", bytes(9))
    items = b"".join(_items(tags, date))
    picture, cover_bytes = (b"", 0) if cover is None else (_cover_header(cover), cover.size_bytes)
    listed = box_header("ilst", len(items) + len(picture) + cover_bytes)
    version = bytes(4)
    content_bytes = len(version) + len(handler) + len(listed) + len(items) + len(picture) + cover_bytes
    return Head(
        box_header("meta", content_bytes) + version + handler + listed + items + picture, cover_bytes, b""
    )


def _items(tags: Tags, date: str | None) -> list[bytes]:
    texts = {
        "©nam": tags.title,
        "©alb": tags.book,
        "©ART": tags.author,
        "aART": tags.author,  # Players group by the album's artist.
        "©wrt": tags.narrator,  # Where audiobook players look for the narrator.
        "©nrt": tags.narrator,
        "©day": date,
        "©gen": "Audiobook",
        "ldes": tags.description,
    }
    items = [_text_item(name, text) for name, text in texts.items() if text]
    if tags.description:
        items.append(_item("desc", _UTF_8, cut_utf8(tags.description, _MAX_SHORT_BYTES)))
    items.append(_item("stik", _INTEGER, bytes([_AUDIOBOOK])))
    if tags.track is not None:
        items.append(_item("trkn", 0, struct.pack(">4H", 0, tags.track, tags.track_count or 0, 0)))
    named = {"ISBN": tags.isbn_number, "LANGUAGE": tags.language}
    return [*items, *(_named_item(name, text) for name, text in named.items() if text)]


def _text_item(name: str, text: str) -> bytes:
    return _item(name, _UTF_8, cut_utf8(text, _MAX_TEXT_BYTES))


def _named_item(name: str, text: str) -> bytes:
    """What has no name of its own."""
    owner = full_box("mean", b"com.apple.iTunes")
    return box("----", owner, full_box("name", name.encode()), _data(_UTF_8, cut_utf8(text, _MAX_TEXT_BYTES)))


def _item(name: str, kind: int, content: bytes) -> bytes:
    return box(name, _data(kind, content))


def _data(kind: int, content: bytes) -> bytes:
    return box("data", struct.pack(">II", kind, 0), content)


def _cover_header(cover: CoverShape) -> bytes:
    kind = struct.pack(">II", COVER_TYPES[cover.media_type], 0)
    data = box_header("data", len(kind) + cover.size_bytes) + kind
    return box_header("covr", len(data) + cover.size_bytes) + data
