"""The table of contents: EPUB 3's navigation document, else EPUB 2's NCX."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.archive import Archive
from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import tag_of, text_in, types_of
from rhapsode.documents.package import Item, Package, Reference, resolved
from rhapsode.documents.trees import read_xhtml, read_xml

_MAX_DEPTH = 32  # levels of a table of contents; real ones have up to six


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of contents. `fragment` may be empty; `depth` counts from 0."""

    name: str
    path: str
    fragment: str
    depth: int


@dataclass(frozen=True, slots=True)
class Navigation:
    """The entries in their order, and the landmarks."""

    entries: tuple[Entry, ...]
    landmarks: tuple[Reference, ...]


def read_navigation(archive: Archive, package: Package) -> Navigation:
    """The table of contents and landmarks; the NCX where the navigation document has no entries."""
    entries: list[Entry] = []
    landmarks: list[Reference] = []
    content = _content(archive, package.navigation)
    if package.navigation is not None and content is not None:
        root = read_xhtml(content, what="navigation document")
        entries = list(_nav_entries(root, package.navigation.path))
        landmarks = list(_landmarks(root, package.navigation.path))
    content = None if entries else _content(archive, package.ncx)
    if package.ncx is not None and content is not None:
        entries = list(_ncx_entries(read_xml(content, what="table of contents (NCX)"), package.ncx.path))
    return Navigation(tuple(entries), tuple(landmarks))


def _content(archive: Archive, item: Item | None) -> bytes | None:
    name = archive.find(item.path) if item is not None else None
    return None if name is None else archive.read(name)


def _nav_entries(root: etree._Element, base: str) -> Iterator[Entry]:
    navs = [element for element in root.iter() if tag_of(element) == "nav"]
    toc = next((nav for nav in navs if "toc" in types_of(nav)), None)
    if toc is None:
        # Without types the first menu is the table of contents.
        toc = next((nav for nav in navs if not types_of(nav)), None)
    if toc is not None:
        yield from _list_entries(toc, base, 0)


def _list_entries(parent: etree._Element, base: str, depth: int) -> Iterator[Entry]:
    """The links of nested lists; a list the book hides is finer than its makers want shown."""
    for child in parent:
        tag = tag_of(child)
        if tag == "a":
            yield from _entry(text_in(child), child.get("href"), base, depth)
        elif tag in {"ol", "ul"} and child.get("hidden") is None and depth < _MAX_DEPTH:
            yield from _list_entries(child, base, depth + (tag_of(parent) == "li"))
        elif tag in {"li", "div", "p", "span"} and depth < _MAX_DEPTH:
            yield from _list_entries(child, base, depth)


def _entry(label: str, href: str | None, base: str, depth: int) -> Iterator[Entry]:
    target = resolved(base, href) if href else None
    if target is not None:
        yield Entry(tidy(label), *target, depth)


def _landmarks(root: etree._Element, base: str) -> Iterator[Reference]:
    for nav in root.iter():
        if tag_of(nav) != "nav" or "landmarks" not in types_of(nav):
            continue
        for link in nav.iter():
            target = resolved(base, link.get("href") or "") if tag_of(link) == "a" else None
            if target is not None:
                yield from (Reference(*target, role) for role in types_of(link))


def _ncx_entries(root: etree._Element, base: str) -> Iterator[Entry]:
    nav_map = next((element for element in root.iter() if tag_of(element) == "navmap"), None)
    if nav_map is not None:
        yield from _points(nav_map, base, 0)


def _points(parent: etree._Element, base: str, depth: int) -> Iterator[Entry]:
    for point in parent:
        if tag_of(point) != "navpoint":
            continue
        label = next((text_in(child) for child in point if tag_of(child) == "navlabel"), "")
        content = next((child for child in point if tag_of(child) == "content"), None)
        yield from _entry(label, None if content is None else content.get("src"), base, depth)
        if depth < _MAX_DEPTH:
            yield from _points(point, base, depth + 1)
