"""EPUB 2 and 3. Sources: EPUB 3.3; OPF 2.0.1 and the NCX of EPUB 2."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rhapsode.documents import omissions
from rhapsode.documents.archive import Archive
from rhapsode.documents.chapters import finished
from rhapsode.documents.cover import read_cover
from rhapsode.documents.markup import find_body, language_of, text_in
from rhapsode.documents.metadata import read_metadata
from rhapsode.documents.navigation import Entry, read_navigation
from rhapsode.documents.omissions import Tally
from rhapsode.documents.package import CONTAINER, Package, read_package
from rhapsode.documents.sections import Page, drafts_of
from rhapsode.documents.trees import read_xhtml
from rhapsode.documents.walker import read_flow
from rhapsode.studio.document import Cover, Document, LeftOut
from rhapsode.studio.errors import DocumentRefused

_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html", "image/svg+xml", "text/x-oeb1-document"})


def read_epub(content: bytes) -> Document:
    """Read an EPUB. Raises: DocumentRefused, when it is damaged, encrypted, hostile or without text."""
    archive = Archive(content, landmark=CONTAINER)
    package = read_package(archive)
    metadata = read_metadata(package.root)
    tally = Tally()
    reading = _read_pages(archive, package, metadata.language, tally)
    navigation = read_navigation(archive, package)
    paths = dict.fromkeys(page.path for page in reading.pages)
    entries = _reachable(navigation.entries, archive, paths, tally)
    chapters = finished(drafts_of(reading.pages, entries, [*navigation.landmarks, *package.guide]))
    if not chapters:
        msg = "The EPUB holds no text that could be narrated; it may consist of pictures only."
        raise DocumentRefused(msg)
    _tally_unlisted(archive, package, tally)
    cover = read_cover(archive, package)
    return Document(
        title=metadata.title,
        author=metadata.author,
        language=metadata.language or reading.language,
        isbn_number=metadata.isbn_number,
        description=metadata.description,
        cover=cover if isinstance(cover, Cover) else None,
        chapters=chapters,
        left_out=tally.left_out() + ((cover,) if isinstance(cover, LeftOut) else ()),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The pages in reading order, and the language that they declare."""

    pages: list[Page]
    language: str | None


def _read_pages(archive: Archive, package: Package, language: str | None, tally: Tally) -> _Reading:
    pages = []
    for spine_item in package.spine:
        path = spine_item.item.path
        name = archive.find(path)
        if name is None:
            tally.add(omissions.MISSING_PAGE)
        elif not _is_page(spine_item.item.media_type, name):
            tally.add(omissions.FOREIGN_PAGE)
        else:
            root = read_xhtml(archive.read(name), what=f"page {name}")
            body = find_body(root)
            language = language or language_of(root) or language_of(body)
            pages.append(Page(path, read_flow(body, language=language, tally=tally), spine_item.linear))
    if not pages:
        msg = "The EPUB is incomplete: no page of its reading order is in the file. Get a fresh copy of it."
        raise DocumentRefused(msg)
    return _Reading(pages, language)


def _is_page(media_type: str, name: str) -> bool:
    return media_type in _PAGE_TYPES or name.lower().endswith((".xhtml", ".html", ".htm"))


def _reachable(
    entries: Sequence[Entry], archive: Archive, paths: Collection[str], tally: Tally
) -> list[Entry]:
    """The entries that lead to a page of the reading order.

    One that leads to no file at all leads to a page in another folder, where only one page has its file name.
    """
    stored = {archive.find(path): path for path in paths}
    named = Counter(_file_name(path) for path in paths)
    only = {alone: path for path in paths if named[alone := _file_name(path)] == 1}
    reachable = []
    for entry in entries:
        name = archive.find(entry.path)
        path = only.get(_file_name(entry.path)) if name is None else stored.get(name)
        if path is not None:
            reachable.append(replace(entry, path=path))
        else:
            tally.add(omissions.BAD_CONTENTS_ENTRY)
    return reachable


def _file_name(path: str) -> str:
    return path.rpartition("/")[2].casefold()


def _tally_unlisted(archive: Archive, package: Package, tally: Tally) -> None:
    """Tell of pages that the reading order leaves out; the navigation document is read in its own way."""
    for name in _unlisted(archive, package):
        tally.add(
            omissions.UNLISTED_PAGE, text_in(find_body(read_xhtml(archive.read(name), what=f"page {name}")))
        )


def _unlisted(archive: Archive, package: Package) -> Iterator[str]:
    listed = {spine_item.item.path for spine_item in package.spine}
    for item in package.items.values():
        if item.media_type != "application/xhtml+xml" or item.path in listed or item is package.navigation:
            continue
        name = archive.find(item.path)
        if name is not None:
            yield name
