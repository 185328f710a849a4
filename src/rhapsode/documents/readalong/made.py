"""A book made of its spoken text, for what was no EPUB: a page for each chapter."""

from collections.abc import Iterator

from lxml import etree

from rhapsode.documents.navigation import Entry
from rhapsode.documents.readalong.clips import Mark, clips_of
from rhapsode.documents.readalong.container import container_of
from rhapsode.documents.readalong.contents import contents_bytes
from rhapsode.documents.readalong.opf import (
    DC,
    OPF,
    NewItem,
    PackageDocument,
    say_it_is_read_along,
    style_bytes,
)
from rhapsode.documents.readalong.overlays import add_audio, add_overlay, numbered
from rhapsode.documents.readalong.smil import Clip, Section
from rhapsode.documents.readalong.spoken import NewFile, ReadAlongBook, SpokenBlock, SpokenBook, SpokenChapter
from rhapsode.documents.readalong.xml_text import allowed, escaped

_PACKAGE = "EPUB/package.opf"
_STYLE = (
    "body { margin: 5%; line-height: 1.5; }\n"
    "h1, h2, h3 { line-height: 1.2; text-align: center; margin: 2em 0 1em; }\n"
    "p { margin: 0 0 0.6em; }\n"
)
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ps", "sd", "ug", "ur", "yi"})


def chapter_page(
    number: int, chapter: SpokenChapter, *, language: str, style: str
) -> tuple[bytes, list[Clip]]:
    """A chapter as a page, and when each of its sentences is heard. style: the address of a style sheet."""
    marks: list[Mark] = []
    body = "\n".join(_block(number, index, block, marks) for index, block in enumerate(chapter.blocks))
    if not any(block.level for block in chapter.blocks):
        body = f"<h1>{escaped(chapter.name)}</h1>\n{body}"
    clips = [clip for _, clip in clips_of(number, marks, chapter.duration_ms)]
    page = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"{_language(language)}>\n'
        f"<head><title>{escaped(chapter.name)}</title>"
        f'<link rel="stylesheet" type="text/css" href="{escaped(style)}"/></head>\n'
        f'<body><section epub:type="chapter">\n{body}\n</section></body>\n</html>\n'
    )
    return page.encode(), clips


def _language(language: str) -> str:
    primary = language.replace("_", "-").partition("-")[0].lower()
    direction = ' dir="rtl"' if primary in _RIGHT_TO_LEFT else ""
    return f' lang="{escaped(language)}" xml:lang="{escaped(language)}"{direction}'


def _block(chapter: int, index: int, block: SpokenBlock, marks: list[Mark]) -> str:
    tag = f"h{block.level}" if block.level else "p"
    language = "" if block.language is None else _language(block.language)
    pieces = []
    for number, (start, end) in enumerate(block.sentences):
        name = f"s{index + 1}-{number + 1}"
        marks.append(Mark(0, index, name, block.times_ms[start], Section(chapter), None, "chapter"))
        sentence = block.text[start:end]
        said = sentence.rstrip()
        pieces.append(f'<span id="{name}">{_lines(said)}</span>{_lines(sentence[len(said) :])}')
    return f"<{tag}{language}>{''.join(pieces)}</{tag}>"


def _lines(text: str) -> str:
    """A text as markup, and lines of verse as lines."""
    return escaped(text).replace("\n", "<br/>")


def make_book(book: SpokenBook) -> ReadAlongBook:
    """A whole book of the spoken text: contents, cover, a page for each chapter, and its overlay."""
    package = _new_package(book)
    count = len(book.chapters)
    audio = [f"EPUB/audio/{numbered(n, count, 'mp3')}" for n in range(1, count + 1)]
    files = [NewFile("EPUB/style.css", _STYLE.encode() + style_bytes()), *_cover(package, book)]
    files += _pages(package, book, audio)
    package.add_item(NewItem("style", "style.css", "text/css"))
    add_audio(package, audio, package_path=_PACKAGE)
    # Of a chapter without a word nothing is lit up.
    total_ms = sum(chapter.duration_ms for chapter in book.chapters if chapter.blocks)
    say_it_is_read_along(package, book, total_ms, has_pages=False, has_pictures=False)
    return ReadAlongBook((container_of(_PACKAGE), NewFile(_PACKAGE, package.content()), *files), tuple(audio))


def _pages(package: PackageDocument, book: SpokenBook, audio: list[str]) -> Iterator[NewFile]:
    count = len(book.chapters)
    entries = []
    for number, chapter in enumerate(book.chapters, start=1):
        page_id, path = f"chapter-{number}", f"EPUB/text/{numbered(number, count, 'xhtml')}"
        content, clips = chapter_page(number - 1, chapter, language=book.language, style="../style.css")
        package.add_item(NewItem(page_id, path.removeprefix("EPUB/"), "application/xhtml+xml"))
        package.add_spine_item(page_id, behind=None)
        entries.append(Entry(chapter.name, path, "", 0))
        yield NewFile(path, content)
        if clips:
            yield add_overlay(
                package,
                page_id=page_id,
                page_path=path,
                path=f"EPUB/overlays/{numbered(number, count, 'smil')}",
                package_path=_PACKAGE,
                clips=clips,
                audio_paths=audio,
            )
    yield NewFile("EPUB/nav.xhtml", contents_bytes("EPUB/nav.xhtml", book.title, book.language, entries))
    package.add_item(NewItem("nav", "nav.xhtml", "application/xhtml+xml", "nav"))


def _cover(package: PackageDocument, book: SpokenBook) -> Iterator[NewFile]:
    if book.cover is not None:
        media_type, content = book.cover
        name = f"cover.{_EXTENSIONS.get(media_type, 'img')}"
        package.add_item(NewItem("cover", name, media_type, "cover-image"))
        yield NewFile(f"EPUB/{name}", content)


def _new_package(book: SpokenBook) -> PackageDocument:
    root = etree.fromstring(f'<package xmlns="{OPF}" version="3.0" unique-identifier="identifier"/>')
    metadata = etree.SubElement(root, f"{{{OPF}}}metadata", nsmap={"dc": DC})
    for name, value in _statements(book):
        element = etree.SubElement(metadata, f"{{{DC}}}{name}")
        element.text = allowed(value)
        if value == book.identifier:
            element.set("id", "identifier")
    package = PackageDocument(root)
    if _language(book.language).endswith('"rtl"'):
        package.spine.set("page-progression-direction", "rtl")
    return package


def _statements(book: SpokenBook) -> Iterator[tuple[str, str]]:
    yield "identifier", book.identifier
    if book.isbn_number:
        yield "identifier", f"urn:isbn:{book.isbn_number}"
    yield "title", book.title
    yield "language", book.language
    for name, value in (("creator", book.author), ("description", book.description)):
        if value:
            yield name, value
