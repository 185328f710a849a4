"""A book's pages, read as the import reads them, with the tree each block came from."""

from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.archive import Archive
from rhapsode.documents.flow import Flow
from rhapsode.documents.markup import language_of, tag_of
from rhapsode.documents.metadata import read_metadata
from rhapsode.documents.omissions import Tally
from rhapsode.documents.package import Item, Package
from rhapsode.documents.readalong.matching import Pairs, match_blocks
from rhapsode.documents.readalong.pages import Ids, body_of, read_page
from rhapsode.documents.readalong.spoken import SpokenBook
from rhapsode.documents.walker import read_flow

_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html", "image/svg+xml", "text/x-oeb1-document"})


@dataclass(frozen=True, slots=True)
class BookPage:
    """A page of the reading order. name: as the archive has it."""

    item: Item
    name: str
    root: etree._Element
    body: etree._Element
    flow: Flow
    ids: Ids


def read_pages(archive: Archive, package: Package) -> list[BookPage]:
    """The pages in reading order. Raises: DocumentRefused."""
    language = read_metadata(package.root).language
    pages = []
    for spine_item in package.spine:
        item = spine_item.item
        name = archive.find(item.path)
        if name is None or not _is_page(item.media_type, name):
            continue
        root = read_page(archive.read(name), what=f"page {name}")
        body = body_of(root)
        language = language or language_of(root) or language_of(body)
        flow = read_flow(body, language=language, tally=Tally(), placed=True)
        pages.append(BookPage(item, name, root, body, flow, Ids(root)))
    return pages


def _is_page(media_type: str, name: str) -> bool:
    return media_type in _PAGE_TYPES or name.lower().endswith((".xhtml", ".html", ".htm"))


@dataclass(frozen=True, slots=True)
class WrittenBlock:
    """A block of a page, by their numbers."""

    page: int
    index: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """Which block each spoken one came from. pairs: of each chapter, spoken block -> number in `written`."""

    written: tuple[WrittenBlock, ...]
    pairs: tuple[Pairs, ...]

    def is_this_book(self, book: SpokenBook) -> bool:
        """Whether most of what was spoken stands in these pages."""
        spoken = sum(len(chapter.blocks) for chapter in book.chapters)
        return sum(map(len, self.pairs)) * 2 >= spoken


def meet(pages: list[BookPage], book: SpokenBook) -> Meeting:
    """Find the spoken blocks in the pages."""
    written = [
        WrittenBlock(number, index)
        for number, page in enumerate(pages)
        for index in range(len(page.flow.blocks))
    ]
    texts = [pages[block.page].flow.blocks[block.index].text for block in written]
    spoken = [[block.text for block in chapter.blocks] for chapter in book.chapters]
    return Meeting(tuple(written), tuple(match_blocks(spoken, texts)))


def is_xhtml(page: BookPage) -> bool:
    """Whether a page is XHTML; else it is a picture in SVG."""
    return tag_of(page.root) == "html"
