"""EPUB 3 that is read along: the original book, or one made of the text, with each sentence where it is heard."""

import zlib
from collections.abc import Iterator

from rhapsode.delivery.formats.book import describe
from rhapsode.delivery.formats.epub_audio import ChapterAudio, chapter_audio
from rhapsode.delivery.formats.epub_text import spoken_book
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource
from rhapsode.delivery.zip_layout import ZipEntry, plan_zip
from rhapsode.documents.limited import PARSER_LIMITS, read_in_child
from rhapsode.documents.readalong.spoken import NewFile, OldFile, ReadAlongBook, SpokenBook
from rhapsode.storage import segments
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.packs import read_segment
from rhapsode.studio.document import EPUB_MEDIA_TYPE
from rhapsode.studio.errors import DataDamaged

_WINDOW_BITS = -15  # deflated as zip has it: without a header
_LEVEL = 9
_PART_BYTES = 2**20

_Payload = bytes | memoryview | ChapterAudio


def _make(source: ExportSource) -> Iterator[ExportPart]:
    audio = chapter_audio(source)
    original = _read_original(source)
    book = spoken_book(source, describe(source))
    made = read_in_child(_made, PARSER_LIMITS, original, book)
    source.note_progress(1.0)
    entries = [_entry(file, original or b"") for file in made.files]
    entries += [
        ZipEntry[_Payload](name, each.size_bytes, each.crc32, each)
        for name, each in zip(made.audio_names, audio, strict=True)
    ]
    mimetype = EPUB_MEDIA_TYPE.encode()
    first = ZipEntry[_Payload]("mimetype", len(mimetype), crc32_of(mimetype), mimetype)
    layout = plan_zip([first, *entries])
    for number, entry in enumerate(layout.entries):
        yield layout.header(number)
        yield from (
            entry.payload.parts if isinstance(entry.payload, ChapterAudio) else _in_parts(entry.payload)
        )
    yield layout.directory()


def _read_original(source: ExportSource) -> bytes | None:
    """The EPUB that the project was made of, if it was one. Raises: DataDamaged."""
    key = source.project.document_key
    if key is None:
        return None
    with source.records.read(source.workspace_id) as tx:
        stored = segments.find_segments(tx, [key]).get(key)
    if stored is None:
        msg = "The document that the project was made of is missing. Send it again."
        raise DataDamaged(msg)
    return read_segment(source.blobs, stored.location) if stored.media_type == EPUB_MEDIA_TYPE else None


def _made(original: bytes | None, book: SpokenBook) -> ReadAlongBook:
    """The original where it says what was spoken, else a book of the text. Takes seconds, in a process of its own."""
    # Parsers are imported in the child alone.
    from rhapsode.documents.readalong.book import read_along
    from rhapsode.documents.readalong.made import make_book

    return (None if original is None else read_along(original, book)) or make_book(book)


def _entry(file: NewFile | OldFile, original: bytes) -> ZipEntry[_Payload]:
    if isinstance(file, OldFile):
        packed = memoryview(original)[file.offset : file.offset + file.packed_bytes]
        inflated_bytes = file.size_bytes if file.is_deflated else None
        return ZipEntry(file.name, file.packed_bytes, file.crc32, packed, inflated_bytes)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS)
    deflated = packer.compress(file.content) + packer.flush()
    return ZipEntry(file.name, len(deflated), crc32_of(file.content), deflated, len(file.content))


def _in_parts(content: bytes | memoryview) -> Iterator[bytes]:
    for start in range(0, len(content), _PART_BYTES):
        yield bytes(content[start : start + _PART_BYTES])


EPUB = ExportFormat("epub", "epub", EPUB_MEDIA_TYPE, 1, _make)
