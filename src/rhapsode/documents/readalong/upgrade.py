"""The package document of EPUB 2 as EPUB 3 has it. Sources: OPF 2.0.1; EPUB 3.3, section 5."""

from lxml import etree

from rhapsode.documents.markup import tag_of, text_in
from rhapsode.documents.readalong.opf import DC, OPF, PackageDocument
from rhapsode.documents.readalong.spoken import SpokenBook
from rhapsode.documents.readalong.xml_text import allowed

_OPF_ATTRIBUTE = f"{{{OPF}}}"
_PACKAGE_ATTRIBUTES = frozenset({"version", "unique-identifier", "id", "dir", "prefix"})
_ITEM_ATTRIBUTES = frozenset({"id", "href", "media-type", "fallback", "properties"})
_MEDIA_TYPES = {
    "image/jpg": "image/jpeg",
    "text/html": "application/xhtml+xml",
    "text/x-oeb1-document": "application/xhtml+xml",
    "text/x-oeb1-css": "text/css",
}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def upgrade_package(package: PackageDocument) -> None:
    """Make it EPUB 3: what it says of the book stays, in the words of today."""
    root = package.root
    _keep_attributes(root, _PACKAGE_ATTRIBUTES | {_XML_LANG})
    root.set("version", "3.0")
    _flatten(package.metadata)
    for element in list(package.metadata):
        if etree.QName(element).namespace == DC:
            _upgrade_statement(package, element)
        elif not (tag_of(element) == "meta" and element.get("name") and element.get("content") is not None):
            package.metadata.remove(element)
        else:
            _keep_attributes(element, frozenset({"name", "content", "id"}))
    _one_date(package)
    _upgrade_manifest(package)
    for element in [child for child in root if tag_of(child) == "tours"]:
        root.remove(element)
    _keep_attributes(package.spine, frozenset({"id", "toc", "page-progression-direction"}))


def complete(package: PackageDocument, book: SpokenBook) -> None:
    """Say what every book has to: title, language, and an identifier that the package names."""
    said = {tag_of(element) for element in package.metadata if text_in(element).strip()}
    for name, value in (("title", book.title), ("language", book.language), ("identifier", book.identifier)):
        if name not in said:
            etree.SubElement(package.metadata, f"{{{DC}}}{name}").text = allowed(value)
    identifiers = [element for element in package.metadata if tag_of(element) == "identifier"]
    if package.root.get("unique-identifier") not in {element.get("id") for element in identifiers}:
        package.root.set("unique-identifier", package.id_of(identifiers[0], "identifier"))


def _flatten(metadata: etree._Element) -> None:
    """Before EPUB 2 the statements stood in two elements of their own."""
    for wrapper in [child for child in metadata if tag_of(child) in {"dc-metadata", "x-metadata"}]:
        for element in list(wrapper):
            metadata.append(element)
        metadata.remove(wrapper)
    for element in metadata:
        if etree.QName(element).namespace == DC:
            element.tag = f"{{{DC}}}{tag_of(element)}"


def _upgrade_statement(package: PackageDocument, element: etree._Element) -> None:
    if not text_in(element).strip():
        package.metadata.remove(element)
        return
    role, file_as = (
        element.get(f"{_OPF_ATTRIBUTE}{name}") or element.get(name) for name in ("role", "file-as")
    )
    # Which of several dates is the book's is told by it, below.
    event = element.get(f"{_OPF_ATTRIBUTE}event") or element.get("event")
    _keep_attributes(element, frozenset({"id", _XML_LANG, "dir"}))
    if tag_of(element) in {"creator", "contributor"} and role:
        package.add_meta("role", role, refines=package.id_of(element, tag_of(element)))
    if file_as and tag_of(element) in {"creator", "contributor", "title"}:
        package.add_meta("file-as", file_as, refines=package.id_of(element, tag_of(element)))
    if tag_of(element) == "date" and event not in {None, "publication", "original-publication"}:
        package.metadata.remove(element)


def _one_date(package: PackageDocument) -> None:
    for element in [child for child in package.metadata if tag_of(child) == "date"][1:]:
        package.metadata.remove(element)


def _upgrade_manifest(package: PackageDocument) -> None:
    covers = {e.get("content") for e in package.metadata if tag_of(e) == "meta" and e.get("name") == "cover"}
    has_cover = False
    for item in package.items():
        _keep_attributes(item, _ITEM_ATTRIBUTES)
        media_type = str(item.get("media-type") or "")
        item.set("media-type", _MEDIA_TYPES.get(media_type, media_type))
        if item.get("id") in covers and media_type.startswith("image/") and not has_cover:
            item.set("properties", "cover-image")
            has_cover = True


def add_property(item: etree._Element, name: str) -> None:
    """Say something of a file in the manifest, once."""
    said = (item.get("properties") or "").split()
    if name not in said:
        item.set("properties", " ".join([*said, name]))


def _keep_attributes(element: etree._Element, kept: frozenset[str]) -> None:
    for name in [str(name) for name in element.attrib]:
        if name not in kept:
            del element.attrib[name]
