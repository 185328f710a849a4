"""The original book, read along: its own files, in which sentences have names, and what says when each is heard."""

import posixpath
from collections.abc import Iterator, Sequence

from rhapsode.documents.archive import Archive
from rhapsode.documents.package import CONTAINER, read_package
from rhapsode.documents.readalong.clips import Mark, clips_of
from rhapsode.documents.readalong.contents import address_of
from rhapsode.documents.readalong.made import chapter_page
from rhapsode.documents.readalong.marks import mark_pages
from rhapsode.documents.readalong.opf import (
    NewItem,
    can_be_changed,
    say_it_is_read_along,
    style_bytes,
)
from rhapsode.documents.readalong.original import Original
from rhapsode.documents.readalong.overlays import add_audio, add_overlay, numbered
from rhapsode.documents.readalong.pages import link_style
from rhapsode.documents.readalong.reading import is_xhtml, meet, read_pages
from rhapsode.documents.readalong.smil import Clip
from rhapsode.documents.readalong.spoken import NewFile, ReadAlongBook, SpokenBook
from rhapsode.documents.readalong.upgrade import complete

Heard = list[tuple[Mark, Clip]]


def read_along(content: bytes, book: SpokenBook) -> ReadAlongBook | None:
    """The EPUB with audio for each sentence of its text; None where the text that was spoken is another one.

    None too where its package document is too broken to be changed.
    Of EPUB 3, nothing is touched but the pages that are heard and what lists them; EPUB 2 becomes EPUB 3.
    Raises: DocumentRefused, as reading it for an import does.
    """
    archive = Archive(content, landmark=CONTAINER)
    package = read_package(archive)
    if not can_be_changed(package.root):
        return None
    pages = read_pages(archive, package)
    meeting = meet(pages, book)
    if not meeting.is_this_book(book):
        return None
    marks = mark_pages(pages, book, meeting)
    heard = [
        clips_of(number, marks[number], chapter.duration_ms) for number, chapter in enumerate(book.chapters)
    ]
    return _Making(Original(archive, package, pages), book, heard).make()


class _Making:
    """One book while it is made."""

    def __init__(self, original: Original, book: SpokenBook, heard: Sequence[Heard]) -> None:
        self._original = original
        self._package = original.document
        self._book = book
        self._heard = heard
        self._total_ms = 0
        self._folder = original.free_folder()
        self._style = self._path("read-along.css")
        count = len(book.chapters)
        self._audio = [self._path(numbered(n, count, "mp3")) for n in range(1, count + 1)]

    def make(self) -> ReadAlongBook:
        original = self._original
        original.drop_overlays()
        if original.is_old:
            original.upgrade(self._book)
        complete(self._package, self._book)
        new = [*self._overlays(), *self._pages_of_their_own()]
        self._package.add_item(
            NewItem(self._package.new_id("read-along-style"), self._href(self._style), "text/css")
        )
        new.append(NewFile(self._style, style_bytes()))
        add_audio(self._package, self._audio, package_path=original.path)
        say_it_is_read_along(
            self._package,
            self._book,
            self._total_ms,
            has_pages=original.has_page_list,
            has_pictures=original.has_pictures,
        )
        return ReadAlongBook((*original.files(), *new), tuple(self._audio))

    def _overlays(self) -> Iterator[NewFile]:
        """An overlay for each page that is heard."""
        for number, page in enumerate(self._original.pages):
            clips = self._clips_of_page(number)
            if not clips:
                continue
            if is_xhtml(page):
                link_style(page.root, address_of(self._style, seen_from=page.item.path))
            self._original.replace(page)
            yield self._overlay(
                page.item.item_id,
                page.item.path,
                numbered(number + 1, len(self._original.pages), "smil"),
                clips,
            )

    def _clips_of_page(self, number: int) -> list[Clip]:
        """A page's clips, chapter by chapter, in the order in which these stand on it."""
        chapters = [[(mark, clip) for mark, clip in heard if mark.page == number] for heard in self._heard]
        there = sorted(
            (chapter for chapter in chapters if chapter), key=lambda c: min(mark.order for mark, _ in c)
        )
        return [clip for chapter in there for _, clip in chapter]

    def _pages_of_their_own(self) -> Iterator[NewFile]:
        """A page for each chapter that stands nowhere in the book: somebody has added it."""
        behind: str | None = None
        for number, chapter in enumerate(self._book.chapters):
            heard = self._heard[number]
            if heard:
                behind = self._original.pages[heard[-1][0].page].item.item_id
                continue
            path = self._path(numbered(number + 1, len(self._book.chapters), "xhtml"))
            style = address_of(self._style, seen_from=path)
            content, clips = chapter_page(number, chapter, language=self._book.language, style=style)
            if not clips:
                continue
            page_id = self._package.new_id(f"added-{number + 1}")
            self._package.add_item(NewItem(page_id, self._href(path), "application/xhtml+xml"))
            self._package.add_spine_item(page_id, behind=behind)
            behind = page_id
            yield NewFile(path, content)
            yield self._overlay(
                page_id, path, path.rpartition("/")[2].replace(".xhtml", "-added.smil"), clips
            )

    def _overlay(self, page_id: str, page_path: str, name: str, clips: list[Clip]) -> NewFile:
        self._total_ms += sum(clip.duration_ms for clip in clips)
        return add_overlay(
            self._package,
            page_id=page_id,
            page_path=page_path,
            path=self._path(name),
            package_path=self._original.path,
            clips=clips,
            audio_paths=self._audio,
        )

    def _path(self, name: str) -> str:
        return posixpath.join(self._folder, name)

    def _href(self, path: str) -> str:
        return address_of(path, seen_from=self._original.path)
