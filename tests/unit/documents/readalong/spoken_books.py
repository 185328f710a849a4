"""Documents as if they had been spoken, and books that are read along, taken apart again."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from rhapsode.documents.parsing import parse_document
from rhapsode.documents.readalong.spoken import NewFile, ReadAlongBook, SpokenBlock, SpokenBook, SpokenChapter
from rhapsode.studio.document import Document, DocumentBlock
from rhapsode.text.sentences import list_sentences

LEAD_MS, CHARACTER_MS, PAUSE_MS = 500, 60, 400
SMIL = "{http://www.w3.org/ns/SMIL}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
# A frame of MPEG-1 Layer III: 128 kbps, 44.1 kHz, mono, and silent.
_FRAME = b"\xff\xfb\x90\xc4" + bytes(413)


def spoken_block(text: str, start_ms: int = 0, *, level: int = 0) -> SpokenBlock:
    """A block whose every character takes 60 ms."""
    times = tuple(start_ms + CHARACTER_MS * index for index in range(len(text)))
    return SpokenBlock(text, tuple(list_sentences(text, language="en")), times, level)


def spoken_chapter(name: str, *texts: str) -> SpokenChapter:
    """A chapter that begins with half a second of silence."""
    blocks, now_ms = [], LEAD_MS
    for text in texts:
        blocks.append(spoken_block(text, now_ms))
        now_ms += CHARACTER_MS * len(text) + PAUSE_MS
    return SpokenChapter(name, now_ms, tuple(blocks))


def spoken_book(*chapters: SpokenChapter, title: str = "The Lamp") -> SpokenBook:
    """A book that a tone reads."""
    return SpokenBook(
        title, "Ida Strand", "en", "Tone Low", "2026-01-31T12:00:00Z", "urn:uuid:0", tuple(chapters)
    )


def is_narrated(block: DocumentBlock) -> bool:
    """What is spoken unless somebody says otherwise."""
    return block.narrated


def spoken(content: bytes, *, speaks: Callable[[DocumentBlock], bool] = is_narrated) -> SpokenBook:
    """An EPUB as if its narrated chapters had been spoken."""
    return spoken_document(parse_document(content, filename="a.epub"), speaks=speaks)


def spoken_document(
    document: Document, *, speaks: Callable[[DocumentBlock], bool] = is_narrated
) -> SpokenBook:
    """A document as if it had been spoken."""
    chapters = [
        spoken_chapter(chapter.name, *(b.text for b in chapter.blocks if b.text and speaks(b)))
        for chapter in document.chapters
        if chapter.narrated
    ]
    return spoken_book(*(chapter for chapter in chapters if chapter.blocks), title=document.title or "A Book")


def packed_book(made: ReadAlongBook, original: bytes = b"") -> bytes:
    """A book as a file, with a second of silence for each chapter."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", compress_type=zipfile.ZIP_STORED)
        for file in made.files:
            if isinstance(file, NewFile):
                content = file.content
            else:
                content = original[file.offset : file.offset + file.packed_bytes]
                content = zlib.decompress(content, -15) if file.is_deflated else content
                assert (zlib.crc32(content), len(content)) == (file.crc32, file.size_bytes)
            archive.writestr(file.name, content)
        for name in made.audio_names:
            archive.writestr(name, _FRAME * 40)
    return target.getvalue()


@dataclass(frozen=True)
class Par:
    """A clip of audio and the element that it belongs to. kind: its `epub:type`."""

    page: str
    element: etree._Element
    audio: str
    start_ms: int
    end_ms: int
    kind: str | None
    section: str | None

    @property
    def text(self) -> str:
        """What is lit up."""
        return " ".join("".join(str(piece) for piece in self.element.itertext()).split())


@dataclass(frozen=True)
class Opened:
    """A book that is read along, taken apart."""

    files: Mapping[str, bytes]
    package_path: str
    package: etree._Element

    @classmethod
    def of(cls, content: bytes) -> "Opened":
        """Open a file."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            files = {name: archive.read(name) for name in archive.namelist()}
        path = next(name for name in files if name.endswith(".opf"))
        return cls(files, path, etree.fromstring(files[path]))

    def metas(self, name: str) -> list[str]:
        """The values of a property."""
        found = self.package.iterfind(".//{*}meta")
        return [each.text or "" for each in found if each.get("property") == name]

    def items(self) -> list[etree._Element]:
        """The items of the manifest."""
        return list(self.package.iterfind(".//{*}item"))

    def path_of(self, item: etree._Element) -> str:
        """Where a file of the manifest lies."""
        return posixpath.join(posixpath.dirname(self.package_path), unquote(item.get("href") or ""))

    def page(self, path: str) -> etree._Element:
        """The tree of a page."""
        return etree.fromstring(self.files[path])

    def pars(self) -> list[Par]:
        """All clips, in reading order."""
        items = {item.get("id"): item for item in self.items()}
        found = []
        for reference in self.package.iterfind(".//{*}itemref"):
            overlay = items[reference.get("idref")].get("media-overlay")
            if overlay is not None:
                found += self.pars_of(self.path_of(items[overlay]))
        return found

    def pars_of(self, smil_path: str) -> list[Par]:
        """The clips of one overlay."""
        pages: dict[str, dict[str, etree._Element]] = {}
        return [_par(self, smil_path, par, pages) for par in self.page(smil_path).iter(f"{SMIL}par")]

    def overlay_of(self, page: str) -> str | None:
        """Where the overlay of a page lies."""
        items = {item.get("id"): item for item in self.items()}
        item = next(item for item in items.values() if self.path_of(item) == page)
        overlay = item.get("media-overlay")
        return None if overlay is None else self.path_of(items[overlay])


def _par(
    book: Opened, smil_path: str, par: etree._Element, pages: dict[str, dict[str, etree._Element]]
) -> Par:
    text, audio = par.find(f"{SMIL}text"), par.find(f"{SMIL}audio")
    assert text is not None
    assert audio is not None
    page, _, name = (text.get("src") or "").partition("#")
    path = _resolved(smil_path, page)
    if path not in pages:
        pages[path] = {str(each.get("id")): each for each in book.page(path).iter() if each.get("id")}
    element = pages[path][unquote(name)]
    parent = par.getparent()
    assert parent is not None
    return Par(
        path,
        element,
        _resolved(smil_path, audio.get("src") or ""),
        milliseconds(audio.get("clipBegin") or ""),
        milliseconds(audio.get("clipEnd") or ""),
        par.get(EPUB_TYPE),
        parent.get(EPUB_TYPE),
    )


def _resolved(base: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address)))


def milliseconds(clock: str) -> int:
    """A full clock value as milliseconds."""
    match = re.fullmatch(r"(\d+):(\d\d):(\d\d)\.(\d{3})", clock)
    assert match is not None
    hours, minutes, seconds, thousandths = map(int, match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
