"""The package document of a book that is read along. Source: EPUB 3.3, sections 5 and 9; EPUB Accessibility 1.1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.markup import tag_of, text_in
from rhapsode.documents.readalong.smil import MEDIA_TYPE, clock
from rhapsode.documents.readalong.spoken import SpokenBook
from rhapsode.documents.readalong.xml_text import allowed
from rhapsode.documents.trees import read_wellformed

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
ACTIVE_CLASS = "-epub-media-overlay-active"
_SUMMARY = "The text is read along: each sentence that is narrated is shown while it is heard."
_PLACES = {"item": "manifest", "itemref": "spine"}
_OVERLAY_PROPERTIES = frozenset(
    {"media:duration", "media:narrator", "media:active-class", "media:playback-active-class"}
)


@dataclass(frozen=True, slots=True)
class NewItem:
    """A file that is added to the manifest. href: as seen from the package document.

    overlaid: the item whose overlay it is, if it is one, and how long that lasts.
    """

    item_id: str
    href: str
    media_type: str
    properties: str | None = None
    overlaid: str | None = None
    duration_ms: int = 0


class PackageDocument:
    """A package document that is changed in place."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.metadata = self._child("metadata")
        self.manifest = self._child("manifest")
        self.spine = self._child("spine")
        self._taken = {str(element.get("id")) for element in root.iter() if element.get("id")}

    def _child(self, name: str) -> etree._Element:
        found = next((child for child in self.root if tag_of(child) == name), None)
        return etree.SubElement(self.root, f"{{{OPF}}}{name}") if found is None else found

    def new_id(self, wanted: str) -> str:
        """An id that nothing has."""
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            name = f"{wanted}-{count}"
        self._taken.add(name)
        return name

    def id_of(self, element: etree._Element, wanted: str) -> str:
        """The element's id; it gets one if it has none."""
        if not element.get("id"):
            element.set("id", self.new_id(wanted))
        return str(element.get("id"))

    def items(self) -> Iterable[etree._Element]:
        """The items of the manifest."""
        return [child for child in self.manifest if tag_of(child) == "item"]

    def add_item(self, item: NewItem) -> None:
        """List a file, and let it be the overlay of what it overlays."""
        element = etree.SubElement(self.manifest, f"{{{OPF}}}item")
        element.set("id", item.item_id)
        element.set("href", item.href)
        element.set("media-type", item.media_type)
        if item.properties:
            element.set("properties", item.properties)
        if item.overlaid is not None:
            owner = next(each for each in self.items() if each.get("id") == item.overlaid)
            owner.set("media-overlay", item.item_id)
            self.add_meta("media:duration", clock(item.duration_ms), refines=item.item_id)

    def add_spine_item(self, item_id: str, *, behind: str | None) -> None:
        """Put a page into the reading order, behind another one or at the end."""
        reference = self.spine.makeelement(f"{{{OPF}}}itemref", {"idref": item_id})
        index = next(
            (n for n, each in enumerate(self.spine) if each.get("idref") == behind), len(self.spine) - 1
        )
        self.spine.insert(index + 1, reference)

    def metas(self, name: str) -> list[str]:
        """The values of a property of the whole book."""
        return [
            text_in(each).strip()
            for each in self.metadata
            if tag_of(each) == "meta" and each.get("property") == name and not each.get("refines")
        ]

    def add_meta(self, name: str, value: str, *, refines: str | None = None) -> None:
        """Say something of the book, or of one of its parts."""
        meta = etree.SubElement(self.metadata, f"{{{OPF}}}meta")
        if refines is not None:
            meta.set("refines", f"#{refines}")
        meta.set("property", name)
        meta.text = allowed(value)

    def drop_metas(self, names: Iterable[str]) -> None:
        """Take back what was said under these names."""
        gone = set(names)
        for each in list(self.metadata):
            if tag_of(each) == "meta" and each.get("property") in gone:
                self.metadata.remove(each)

    def drop_overlays(self) -> list[etree._Element]:
        """Forget how the book was read along before; the items that said so."""
        gone = [item for item in self.items() if item.get("media-type") == MEDIA_TYPE]
        for item in self.items():
            item.attrib.pop("media-overlay", "")
        for item in gone:
            self.manifest.remove(item)
        self.drop_metas(_OVERLAY_PROPERTIES)
        return gone

    def content(self) -> bytes:
        """The file."""
        markup = etree.tostring(self.root, encoding="unicode", with_tail=False)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{markup}\n'.encode()


def can_be_changed(root: etree._Element) -> bool:
    """Whether a package document is one whose parts are where they belong, and which can be written again.

    An import repairs what isn't, as far as it takes to read a book.
    """
    if root.tag != f"{{{OPF}}}package" or not {"metadata", *_PLACES.values()} <= set(map(tag_of, root)):
        return False
    if any(
        _PLACES.get(tag_of(child), tag_of(part)) != tag_of(part) for part in root.iter() for child in part
    ):
        return False
    try:
        read_wellformed(etree.tostring(root, encoding="unicode", with_tail=False))
    except etree.XMLSyntaxError:
        return False
    return True


def say_it_is_read_along(
    package: PackageDocument, book: SpokenBook, total_ms: int, *, has_pages: bool, has_pictures: bool
) -> None:
    """All that the metadata says of the audio, and of whom the book can be read by."""
    package.drop_metas(["dcterms:modified"])
    package.add_meta("dcterms:modified", book.modified)
    package.add_meta("media:duration", clock(total_ms))
    if book.narrator:
        package.add_meta("media:narrator", book.narrator)
    package.add_meta("media:active-class", ACTIVE_CLASS)
    features = ["synchronizedAudioText", "tableOfContents", *(["pageNavigation"] if has_pages else [])]
    modes = ["textual", "auditory", *(["visual"] if has_pictures else [])]
    for name, values in (("accessMode", modes), ("accessibilityFeature", features)):
        _add_missing(package, f"schema:{name}", values)
    if not package.metas("schema:accessModeSufficient"):
        shown = [mode for mode in modes if mode != "auditory"]
        _add_missing(package, "schema:accessModeSufficient", [",".join(shown), ",".join(modes)])
    if not package.metas("schema:accessibilityHazard"):
        # Nobody has looked at the pictures of a book that doesn't say.
        package.add_meta("schema:accessibilityHazard", "unknown" if has_pictures else "none")
    if not package.metas("schema:accessibilitySummary"):
        package.add_meta("schema:accessibilitySummary", _SUMMARY)


def _add_missing(package: PackageDocument, name: str, values: Sequence[str]) -> None:
    said = set(package.metas(name))
    for value in values:
        if value not in said:
            package.add_meta(name, value)


def style_bytes() -> bytes:
    """How a sentence looks while it is heard."""
    return f".{ACTIVE_CLASS} {{ background-color: #fff3b0; color: #000; }}\n".encode()
