"""The files of the original book: which stay as they are, which are new, and which go."""

import posixpath
from collections.abc import Iterator

from lxml import etree

from rhapsode.documents.archive import Archive
from rhapsode.documents.markup import tag_of, types_of
from rhapsode.documents.navigation import Entry, read_navigation
from rhapsode.documents.package import CONTAINER, Item, Package, named_package, resolved
from rhapsode.documents.readalong.container import container_of
from rhapsode.documents.readalong.contents import address_of, contents_bytes, page_list_of
from rhapsode.documents.readalong.html5 import modernise
from rhapsode.documents.readalong.opf import NewItem, PackageDocument
from rhapsode.documents.readalong.pages import page_bytes, read_page
from rhapsode.documents.readalong.reading import BookPage
from rhapsode.documents.readalong.spoken import NewFile, OldFile, SpokenBook
from rhapsode.documents.readalong.upgrade import add_property, upgrade_package
from rhapsode.documents.trees import read_xhtml, read_xml
from rhapsode.studio.errors import DocumentRefused

_LEFT_OUT = frozenset({"mimetype", "META-INF/signatures.xml"})
_CONTAINER = "META-INF/"
_STORED, _DEFLATED = 0, 8
_SOUND_TYPES = ("audio/", "video/")
_XHTML_TYPES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_PROPERTY_OF_TAG = {"svg": "svg", "math": "mathml", "script": "scripted", "form": "scripted"}
_LOADED_BY = {
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "iframe": "src",
    "object": "data",
}


class Original:
    """An EPUB that becomes another one; its package document is changed in place.

    document: that.    path: where it lies.    pages: of the reading order, whose trees may be changed.
    """

    def __init__(self, archive: Archive, package: Package, pages: list[BookPage]) -> None:
        self.document = PackageDocument(package.root)
        self.path = package.path
        self.pages = pages
        self._archive = archive
        self._package = package
        self._new: dict[str, bytes] = {}
        self._gone = set(_LEFT_OUT)
        self._navigation = package.navigation

    @property
    def is_old(self) -> bool:
        """Whether it is EPUB 2, or older still."""
        return not (self._package.root.get("version") or "").strip().startswith("3")

    @property
    def has_pictures(self) -> bool:
        """Whether anything in it is to be seen."""
        return any(item.media_type.startswith("image/") for item in self._package.items.values())

    @property
    def has_page_list(self) -> bool:
        """Whether its navigation lists the pages of the printed book."""
        name = None if self._navigation is None else self._archive.find(self._navigation.path)
        if name is None:
            return False
        root = read_xhtml(self._new.get(name) or self._archive.read(name), what="navigation document")
        return any(tag_of(element) == "nav" and "page-list" in types_of(element) for element in root.iter())

    def free_folder(self) -> str:
        """A folder beside the package document that the archive hasn't got."""
        parent = posixpath.dirname(self.path)
        taken = {name.casefold() for name in self._archive.names}
        count = 1
        while True:
            folder = posixpath.join(parent, "read-along" if count == 1 else f"read-along-{count}")
            if not any(name.startswith(f"{folder.casefold()}/") for name in taken):
                return folder
            count += 1

    def replace(self, page: BookPage) -> None:
        """Write a page whose tree was changed."""
        self._new[page.name] = page_bytes(page.root)

    def drop_overlays(self) -> None:
        """Take away how it was read along before: the files that said so, and audio that nothing else plays."""
        dropped = [self._name_of(self.path, element.get("href")) for element in self.document.drop_overlays()]
        listed = [
            (self._name_of(self.path, element.get("href")), element) for element in self.document.items()
        ]
        # Nothing goes that is something else too, whatever a manifest or an overlay says.
        needed = {self._archive.find(self.path), *(name for name, _ in listed)}
        overlays = {name for name in dropped if name is not None and name not in needed}
        sounds = {
            name
            for name, element in listed
            if name is not None and (element.get("media-type") or "").startswith(_SOUND_TYPES)
        }
        shown = {
            self._name_of(page.item.path, value) for page in self.pages for value in _addresses(page.root)
        }
        unheard = sounds & {played for name in overlays for played in self._played(name)} - shown
        self._gone |= {name for name in (*overlays, *unheard) if not name.startswith(_CONTAINER)}
        for name, element in listed:
            if name in unheard:
                self.document.manifest.remove(element)

    def _played(self, overlay: str) -> Iterator[str]:
        try:
            root = read_xml(self._archive.read(overlay), what=f"overlay {overlay}")
        except DocumentRefused:
            # An import doesn't look at overlays, so one that it would refuse may be here.
            return
        sources = (element.get("src") for element in root.iter() if tag_of(element) == "audio")
        yield from (name for each in sources if (name := self._name_of(overlay, each)) is not None)

    def _name_of(self, base: str, address: str | None) -> str | None:
        """The stored name of a file that another one names; None where it isn't there."""
        try:
            target = resolved(base, address) if address else None
        except DocumentRefused:
            # An import doesn't look at pictures, so one that it would refuse may be named here.
            return None
        return None if target is None else self._archive.find(target[0])

    def upgrade(self, book: SpokenBook) -> None:
        """Make EPUB 3 of EPUB 2: the package document, every page, and a navigation document where there is none."""
        upgrade_package(self.document)
        trees = {page.item.item_id: page.root for page in self.pages}
        items = {str(element.get("id")): element for element in self.document.items()}
        for item in self._package.items.values():
            name = self._archive.find(item.path)
            if name is None or item.media_type not in _XHTML_TYPES or item.item_id not in items:
                continue
            root = trees.get(item.item_id)
            if root is None:
                root = read_page(self._archive.read(name), what=f"page {name}")
            modernise(root)
            for name_of_property in sorted(_properties(root)):
                add_property(items[item.item_id], name_of_property)
            self._new[name] = page_bytes(root)
        if self._navigation is None:
            self._add_contents(book)

    def _add_contents(self, book: SpokenBook) -> None:
        path = posixpath.join(posixpath.dirname(self.path), "read-along-contents.xhtml")
        while self._archive.find(path) is not None:
            path = path.replace(".xhtml", "-2.xhtml")
        entries = [e for e in read_navigation(self._archive, self._package).entries if self._leads(e)]
        if not entries:
            entries = [Entry(page.item.item_id, page.item.path, "", 0) for page in self.pages]
        self._new[path] = contents_bytes(
            path, book.title, book.language, _stepwise(entries), self._page_list()
        )
        item_id = self.document.new_id("read-along-contents")
        href = address_of(path, seen_from=self.path)
        self.document.add_item(NewItem(item_id, href, "application/xhtml+xml", "nav"))
        self._navigation = Item(item_id, path, "application/xhtml+xml", frozenset({"nav"}))

    def _page_list(self) -> list[Entry]:
        ncx = self._package.ncx
        name = None if ncx is None else self._archive.find(ncx.path)
        if ncx is None or name is None:
            return []
        listed = page_list_of(read_xml(self._archive.read(name), what="table of contents (NCX)"), ncx.path)
        return [entry for entry in listed if self._leads(entry)]

    def _leads(self, entry: Entry) -> bool:
        """Whether an entry leads to a place that is there."""
        page = next((page for page in self.pages if page.item.path == entry.path), None)
        return page is not None and (not entry.fragment or page.ids.has(entry.fragment))

    def files(self) -> Iterator[NewFile | OldFile]:
        """All files in the order of the archive, changed ones in their places, new ones behind."""
        package_name = self._archive.find(self.path) or self.path
        self._new[package_name] = self.document.content()
        self._mend_container()
        for name in self._archive.names:
            if name in self._gone:
                continue
            content = self._new.pop(name, None)
            yield self._old_file(name) if content is None else NewFile(name, content)
        yield from (NewFile(name, content) for name, content in self._new.items())

    def _mend_container(self) -> None:
        """Have the container name the package document, where it is missing or names what isn't there."""
        name = self._archive.find(CONTAINER)
        if name is None or named_package(self._archive, name) is None:
            container = container_of(self.path, name=name or CONTAINER)
            self._new[container.name] = container.content

    def _old_file(self, name: str) -> NewFile | OldFile:
        entry = self._archive.packed(name)
        if entry.method not in {_STORED, _DEFLATED}:
            # EPUB knows no other ways to pack.
            return NewFile(name, self._archive.read(name))
        return OldFile(
            name,
            entry.offset,
            entry.packed_bytes,
            entry.method == _DEFLATED,
            entry.crc32,
            entry.size_bytes,
        )


def _stepwise(entries: list[Entry]) -> list[Entry]:
    """Entries none of which is more than one level below the one before it."""
    stepped: list[Entry] = []
    for entry in entries:
        deepest = stepped[-1].depth + 1 if stepped else 0
        stepped.append(Entry(entry.name, entry.path, entry.fragment, min(entry.depth, deepest)))
    return stepped


def _addresses(root: etree._Element) -> Iterator[str]:
    """What a page shows or plays."""
    for element in root.iter():
        address = element.get(_LOADED_BY.get(tag_of(element), "src"))
        if address:
            yield address


def _properties(root: etree._Element) -> set[str]:
    """What a manifest has to say of a page. Source: EPUB 3.3, appendix D.6."""
    found = set()
    for element in root.iter():
        tag = tag_of(element)
        if element is not root and tag in _PROPERTY_OF_TAG:
            found.add(_PROPERTY_OF_TAG[tag])
        if any(str(name).startswith("on") for name in element.attrib):
            found.add("scripted")
        if tag in _LOADED_BY and "://" in (element.get(_LOADED_BY[tag]) or ""):
            found.add("remote-resources")
    return found
