"""Snapshots as EPUB 3 that is read along: the file, its audio and its times."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.epubcheck import find_errors
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_block,
    make_document_chapter,
    open_studio,
)
from tests.unit.documents.epub_builder import epub
from tests.unit.documents.readalong.old_books import PIXEL, hard_book, old_book
from tests.unit.documents.readalong.spoken_books import Opened

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import stream_samples
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.selection import Selection
from rhapsode.delivery.alignments import iterate_alignment
from rhapsode.delivery.formats.epub import EPUB
from rhapsode.delivery.formats.format import ExportSource, KeptStretch
from rhapsode.documents.parsing import parse_document
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import projects, segments
from rhapsode.storage.packs import read_segment
from rhapsode.studio.document import EPUB_MEDIA_TYPE, BlockKind, Cover, Document, DocumentBlock, SourceFile
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ProjectSnapshotId
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow

PICTURE = Cover("image/png", PIXEL)
PLAIN = make_document(
    make_document_chapter(
        DocumentBlock(BlockKind.HEADING, "Rain & <Wind>", "h1"),
        "It rained. “Nobody came,” she said.",
        DocumentBlock(BlockKind.VERSE, "The lamp is lit,\nthe harbour sleeps."),
        DocumentBlock(BlockKind.HEADING, "Later", "h2"),
        make_document_block("Il pleut. Il neige.", language="fr"),
        name="Rain & <Wind>",
    ),
    make_document_chapter("The sea was flat.", name="Sea"),
    cover=PICTURE,
)
SMALL = epub(
    [
        ("a.xhtml", "<h1>Rain</h1><p>It <i>rained</i>. Nobody came.</p>"),
        ("b.xhtml", "<h1>Sea</h1><p>Flat.</p>"),
    ]
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "studio") as studio:
        yield studio


def document_of(content: bytes) -> Document:
    """An EPUB as an import gives it, its bytes included."""
    document = parse_document(content, filename="a.epub")
    return replace(document, source=SourceFile(EPUB_MEDIA_TYPE, content))


def source_of(studio: Studio, snapshot_id: ProjectSnapshotId) -> ExportSource:
    snapshot = studio.project_snapshot(snapshot_id)
    with studio.records.read(WORKSPACE) as tx:
        project = projects.get_project(tx, snapshot.project_id)
    return ExportSource(
        studio.records,
        studio.blobs,
        Transcoding(studio.records, studio.blobs, ThisProcess(2)),
        WORKSPACE,
        "an-export",
        project,
        snapshot,
        tuple(studio.chapter_snapshots(snapshot_id)),
        lambda _: None,
    )


def made(studio: Studio, snapshot_id: ProjectSnapshotId) -> bytes:
    """The file, of new bytes and of those that are there."""
    content = bytearray()
    for part in EPUB.make(source_of(studio, snapshot_id)):
        if isinstance(part, KeptStretch):
            with studio.records.read(WORKSPACE) as tx:
                stored = segments.find_segments(tx, [part.segment_key])[part.segment_key]
            content += read_segment(studio.blobs, stored.location)[: part.size_bytes]
        else:
            content += part
    return bytes(content)


def test_the_original_is_read_along(studio: Studio) -> None:
    """Its sentences begin when the snapshot's alignments say so, and its audio is the snapshot's own.

    The zip has its type first, plain; audio as it is, text deflated; and no clock.
    """
    snapshot_id = studio.convert(document_of(SMALL))
    content = made(studio, snapshot_id)
    _check_zip(content)
    assert made(studio, snapshot_id) == content
    book = Opened.of(content)
    assert [par.text for par in book.pars()] == ["Rain", "It rained.", "Nobody came.", "Sea", "Flat."]
    for chapter in studio.chapter_snapshots(snapshot_id):
        content = studio.chapter_bytes(chapter.chapter_snapshot_id)
        audio = next(name for name, held in book.files.items() if held == content)
        pars = [par for par in book.pars() if par.audio == audio]
        pieces = list(iterate_alignment(studio.records, WORKSPACE, chapter.chapter_snapshot_id))
        text = "".join(piece.text for piece in pieces)
        samples = [sample for piece in pieces for sample in piece.boundaries[:-1]]
        starts = [samples[text.index(par.text)] for par in pars]
        expected = [0, *(round(start * 1000 / SAMPLE_RATE_HZ) for start in starts[1:])]
        assert [par.start_ms for par in pars] == expected
        assert pars[-1].end_ms == stream_samples(chapter.frame_count) * 1000 // SAMPLE_RATE_HZ


def _check_zip(content: bytes) -> None:
    assert content[30:58] == b"mimetypeapplication/epub+zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        methods = {info.filename.rpartition(".")[2]: info.compress_type for info in archive.infolist()}
    assert (methods["mimetype"], methods["mp3"]) == (zipfile.ZIP_STORED, zipfile.ZIP_STORED)
    assert methods["smil"] == methods["opf"] == zipfile.ZIP_DEFLATED


def test_a_lossless_book_has_mp3_in_it(studio: Studio) -> None:
    """Of the same length, so the times are the same."""
    plain = Opened.of(made(studio, studio.convert(document_of(SMALL)))).pars()
    lossless = studio.convert(document_of(SMALL), BookOptions(TONE_LOW, QualityPreset.ULTRA_LOSSLESS))
    book = Opened.of(made(studio, lossless))
    assert [(par.start_ms, par.end_ms) for par in book.pars()] == [
        (par.start_ms, par.end_ms) for par in plain
    ]
    assert book.files[book.pars()[0].audio].startswith(b"ID3")


def test_what_was_no_epub_is_made_of_its_text(studio: Studio) -> None:
    """A page for each chapter with headings, lines, languages and the cover; each sentence an element."""
    book = Opened.of(made(studio, studio.convert(PLAIN)))
    assert [par.text for par in book.pars()] == [
        "Rain & <Wind>",
        "It rained.",
        "“Nobody came,” she said.",
        "The lamp is lit, the harbour sleeps.".replace(", the", ",the"),
        "Later",
        "Il pleut.",
        "Il neige.",
        "The sea was flat.",
    ]
    rain = book.files["EPUB/text/01.xhtml"].decode()
    assert '<h1><span id="s1-1">Rain &amp; &lt;Wind&gt;</span></h1>' in rain
    assert "<h2>" in rain
    assert "lit,<br/>the" in rain
    assert '<p lang="fr" xml:lang="fr">' in rain
    assert "<h1>Sea</h1>" in book.files["EPUB/text/02.xhtml"].decode()
    (cover,) = [item for item in book.items() if item.get("properties") == "cover-image"]
    assert book.files[book.path_of(cover)] == PICTURE.content


def test_languages_are_written_as_epub_has_them(studio: Studio) -> None:
    """A person who types an underscore means a hyphen."""
    options = BookOptions(TONE_LOW, language="en_US")
    book = Opened.of(made(studio, studio.convert(make_document(make_document_chapter("Rain.")), options)))
    assert [each.text for each in book.package.iterfind(".//{*}language")] == ["en-US"]
    assert b' lang="en-US"' in book.files["EPUB/text/01.xhtml"]


def test_tags_that_ask_for_silence_are_not_read(studio: Studio) -> None:
    """What is heard of a paragraph is lit up; one that is nothing but silence isn't there."""
    rain = make_document_chapter('It rained. <break time="1s"/>', '<break time="2s"/>', name="Rain")
    silence = make_document_chapter('<break time="2s"/>', name="Silence")
    book = Opened.of(made(studio, studio.convert(make_document(rain, silence))))
    assert [par.text for par in book.pars()] == ["It rained."]
    assert not any(b"break" in content for name, content in book.files.items() if name.endswith(".xhtml"))
    assert "<h1>Silence</h1>" in book.files["EPUB/text/02.xhtml"].decode()
    overlay, whole = book.metas("media:duration")
    assert overlay == whole


def test_a_snapshot_of_another_text_is_made_of_its_own(studio: Studio) -> None:
    """The document was replaced meanwhile, and the older snapshot still says what it says."""
    before = studio.convert(document_of(SMALL))
    after = epub([("a.xhtml", "<p>Twelve lamps burned along the quay until the morning.</p>")])
    studio.save(document_of(after))
    book = Opened.of(made(studio, before))
    assert "EPUB/text/01.xhtml" in book.files
    assert [par.text for par in book.pars()][:2] == ["Rain", "It rained."]


def test_a_book_without_sound_is_refused(studio: Studio) -> None:
    """There would be nothing to read along."""
    snapshot_id = studio.convert(
        make_document(make_document_chapter("1990.", name="Imprint", narrated=False))
    )
    with pytest.raises(InvalidInput, match="nothing to hear"):
        made(studio, snapshot_id)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["an EPUB 2", "an EPUB 3", "a text"])
def test_epubcheck_finds_no_error(studio: Studio, tmp_path: Path, which: str) -> None:
    """Whatever the book was made of: notes, printed pages, obsolete markup, verse and a cover."""
    documents = {"an EPUB 2": document_of(old_book()), "an EPUB 3": document_of(hard_book()), "a text": PLAIN}
    everything = Selection(include=("note", "page_marker", "caption", "table"))
    options = BookOptions(TONE_LOW, selection=everything if which == "an EPUB 3" else Selection())
    assert find_errors(made(studio, studio.convert(documents[which], options)), tmp_path) == []
