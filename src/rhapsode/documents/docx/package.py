"""The parts of a Word document: found as Word finds them, and packed again for mammoth. Source: ECMA-376 Part 2."""

import io
import zipfile
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.archive import Archive
from rhapsode.documents.cleaning import tidy
from rhapsode.documents.docx.resolving import PICTURE_RELATION
from rhapsode.documents.docx.rewriting import BULLETS, NUMBERS
from rhapsode.documents.docx.wordml import W, find
from rhapsode.documents.markup import language_tag, tag_of, text_in
from rhapsode.documents.package import resolved
from rhapsode.documents.trees import read_xml
from rhapsode.studio.errors import DocumentRefused

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "word/document.xml"
_NOTE_PARTS = ("footnotes", "endnotes")
# The strict form of the format has other names for the same things.
_STRICT_NAMES = (
    (
        b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/officeDocument/2006/",
    ),
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that matter, read; None where the document has none of the kind.

    notes: footnotes and endnotes, by the name of their part.
    """

    document: etree._Element
    notes: dict[str, etree._Element]
    styles: etree._Element | None
    numbering: etree._Element | None
    properties: etree._Element | None


@dataclass(frozen=True, slots=True)
class Properties:
    """What the document says about itself; None where it doesn't."""

    title: str | None = None
    author: str | None = None
    language: str | None = None
    description: str | None = None


def read_parts(archive: Archive) -> Parts:
    """The parts of a document. Raises: DocumentRefused, when there is no text part or one can't be read."""
    package = _relations(archive, "")
    path = package.get("officeDocument", _MAIN)
    document = _part(archive, path, "text")
    if document is None or find(document, "body") is None:
        msg = "The Word document holds no text part; it may be damaged. Get a fresh copy of it."
        raise DocumentRefused(msg)
    folder = path.rpartition("/")[0]
    relations = _relations(archive, path)

    def part(kind: str) -> etree._Element | None:
        return _part(archive, relations.get(kind, f"{folder}/{kind}.xml"), kind)

    return Parts(
        document=document,
        notes={kind: root for kind in _NOTE_PARTS if (root := part(kind)) is not None},
        styles=part("styles"),
        numbering=part("numbering"),
        properties=_part(archive, package.get("core-properties", "docProps/core.xml"), "core properties"),
    )


def read_properties(root: etree._Element | None) -> Properties:
    """The core properties."""
    if root is None:
        return Properties()
    said = {tag_of(element): tidy(text_in(element)) for element in root}
    return Properties(
        title=said.get("title") or None,
        author=said.get("creator") or None,
        language=language_tag(said.get("language")),
        description=said.get("description") or None,
    )


def packed(document: etree._Element, notes: dict[str, etree._Element]) -> bytes:
    """A document of rewritten parts as mammoth takes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(_MAIN, etree.tostring(document))
        for kind, root in notes.items():
            archive.writestr(f"word/{kind}.xml", etree.tostring(root))
        for kind in ("document", *notes):
            archive.writestr(f"word/_rels/{kind}.xml.rels", _picture_relations())
        archive.writestr("word/numbering.xml", _numbering())
    return target.getvalue()


def _relations(archive: Archive, path: str) -> dict[str, str]:
    """The parts that a part refers to, by the last word of the kind of relation; "" is the package."""
    folder, _, name = path.rpartition("/")
    stored = archive.find(f"{folder}/_rels/{name}.rels".lstrip("/"))
    if stored is None:
        return {}
    found: dict[str, str] = {}
    for element in read_xml(archive.read(stored), what="list of parts"):
        target = element.get("Target") or ""
        if element.get("TargetMode") != "External" and target:
            place = resolved(path, target)
            if place is not None:
                found.setdefault((element.get("Type") or "").rpartition("/")[2], place[0])
    return found


def _part(archive: Archive, path: str, what: str) -> etree._Element | None:
    name = archive.find(path)
    if name is None:
        return None
    content = archive.read(name)
    for strict, transitional in _STRICT_NAMES:
        content = content.replace(strict, transitional)
    return read_xml(content, what=f"{what} part")


def _picture_relations() -> bytes:
    root = etree.Element(f"{{{_RELATIONS}}}Relationships")
    etree.SubElement(
        root,
        f"{{{_RELATIONS}}}Relationship",
        Id=PICTURE_RELATION,
        Type=f"{_OFFICE}/image",
        Target="media/picture.png",
    )
    return etree.tostring(root)


def _numbering() -> bytes:
    root = etree.Element(f"{W}numbering")
    for list_id, form in ((BULLETS, "bullet"), (NUMBERS, "decimal")):
        kind = etree.SubElement(root, f"{W}abstractNum", {f"{W}abstractNumId": list_id})
        for depth in range(9):
            level = etree.SubElement(kind, f"{W}lvl", {f"{W}ilvl": str(depth)})
            etree.SubElement(level, f"{W}numFmt", {f"{W}val": form})
    for list_id in (BULLETS, NUMBERS):
        number = etree.SubElement(root, f"{W}num", {f"{W}numId": list_id})
        etree.SubElement(number, f"{W}abstractNumId", {f"{W}val": list_id})
    return etree.tostring(root)
