"""The package of an EPUB: where its files are, which are read in which order.

Sources: EPUB 3.3 OCF (container.xml, encryption.xml) and package document; OPF 2.0.1 for EPUB 2.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree

from rhapsode.documents.archive import Archive
from rhapsode.documents.markup import tag_of
from rhapsode.documents.trees import read_xml
from rhapsode.studio.errors import DocumentRefused

CONTAINER = "META-INF/container.xml"
"""The file that every EPUB has, in the folder that is its root."""
_ENCRYPTION = "META-INF/encryption.xml"
_PACKAGE_TYPE = "application/oebps-package+xml"
_FONT_OBFUSCATION = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_ENCRYPTED = (
    "The EPUB is encrypted (DRM), so its text can't be read here. Import a copy without copy protection, for"
    " instance from a shop that sells without DRM."
)
_FAIRPLAY = "META-INF/sinf.xml"


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the manifest. `path` is relative to the archive's root."""

    item_id: str
    path: str
    media_type: str
    properties: frozenset[str]


@dataclass(frozen=True, slots=True)
class SpineItem:
    """A file of the reading order. `linear`: part of the main text."""

    item: Item
    linear: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """What a place is for, from the EPUB 2 guide or the EPUB 3 landmarks; `fragment` may be empty."""

    path: str
    fragment: str
    role: str


@dataclass(frozen=True, slots=True)
class Package:
    """An EPUB's package document. path: where it lies in the archive."""

    path: str
    root: etree._Element
    items: dict[str, Item]
    spine: tuple[SpineItem, ...]
    guide: tuple[Reference, ...]
    ncx: Item | None
    navigation: Item | None


def read_package(archive: Archive) -> Package:
    """Read container, encryption and package document. Raises: DocumentRefused."""
    _refuse_encrypted(archive)
    path = _package_path(archive)
    root = read_xml(archive.read(path), what="package document (OPF)")
    items = {item.item_id: item for item in _items(root, path)}
    if not items:
        msg = (
            "The EPUB's package document lists no files, so there is nothing to read. Get a fresh copy of it."
        )
        raise DocumentRefused(msg)
    return Package(
        path=path,
        root=root,
        items=items,
        spine=tuple(_spine(root, items)),
        guide=tuple(_guide(root, path)),
        ncx=_find_ncx(root, items),
        navigation=next((item for item in items.values() if "nav" in item.properties), None),
    )


def resolved(base: str, href: str) -> tuple[str, str] | None:
    """An href in the file `base` as (path from the archive's root, fragment); None when it leads elsewhere.

    Raises: DocumentRefused, when it climbs out of the archive ("../../etc/passwd", "%2e%2e/").
    """
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    target = unquote(parts.path)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), target)) if target else base
    if path.startswith(".."):
        msg = f"The file refers to {href!r}, outside of itself; such files are not imported."
        raise DocumentRefused(msg)
    return path.lstrip("/"), unquote(parts.fragment)


def _refuse_encrypted(archive: Archive) -> None:
    if archive.find(_FAIRPLAY) is not None:
        raise DocumentRefused(_ENCRYPTED)
    name = archive.find(_ENCRYPTION)
    if name is None:
        return
    for element in read_xml(archive.read(name), what="encryption.xml").iter():
        if tag_of(element) == "encryptionmethod" and element.get("Algorithm") not in _FONT_OBFUSCATION:
            # The key of an encrypted file is named by a method too; either way the text is out of reach.
            raise DocumentRefused(_ENCRYPTED)


def _package_path(archive: Archive) -> str:
    name = archive.find(CONTAINER)
    path = _only_package(archive) if name is None else named_package(archive, name) or _only_package(archive)
    if path is None:
        msg = (
            "The file is a zip archive but not an EPUB: META-INF/container.xml is missing."
            if name is None
            else "The EPUB is incomplete: the package document that container.xml names is missing. Get a fresh copy."
        )
        raise DocumentRefused(msg)
    return path


def named_package(archive: Archive, container: str) -> str | None:
    """The stored name of the package document that a container names; None where it names none that is there."""
    root = read_xml(archive.read(container), what="container.xml")
    paths = [e for e in root.iter() if tag_of(e) == "rootfile" and e.get("full-path")]
    typed = [e for e in paths if e.get("media-type", _PACKAGE_TYPE) == _PACKAGE_TYPE]
    targets = [resolved("", element.get("full-path") or "") for element in typed or paths]
    return next((found for target in targets if target and (found := archive.find(target[0]))), None)


def _only_package(archive: Archive) -> str | None:
    """The one file that is named as package documents are: reading programs open books that don't say more."""
    names = [name for name in archive.names if name.lower().endswith(".opf")]
    return names[0] if len(names) == 1 else None


def _items(root: etree._Element, path: str) -> Iterator[Item]:
    for element in root.iter():
        target = resolved(path, element.get("href") or "") if tag_of(element) == "item" else None
        if target is not None and element.get("id"):
            properties = frozenset((element.get("properties") or "").split())
            yield Item(
                str(element.get("id")), target[0], (element.get("media-type") or "").lower(), properties
            )


def _spine(root: etree._Element, items: dict[str, Item]) -> Iterator[SpineItem]:
    seen = set()
    for element in root.iter():
        item = items.get(element.get("idref") or "") if tag_of(element) == "itemref" else None
        if item is not None and item.path not in seen:
            seen.add(item.path)
            yield SpineItem(item, linear=element.get("linear") != "no")


def _guide(root: etree._Element, path: str) -> Iterator[Reference]:
    for element in root.iter():
        target = resolved(path, element.get("href") or "") if tag_of(element) == "reference" else None
        if target is not None:
            role = (element.get("type") or "").lower().removeprefix("other.")
            yield Reference(*target, role)


def _find_ncx(root: etree._Element, items: dict[str, Item]) -> Item | None:
    spine = next((element for element in root.iter() if tag_of(element) == "spine"), None)
    named = items.get(spine.get("toc") or "") if spine is not None else None
    return named or next(
        (item for item in items.values() if item.media_type == "application/x-dtbncx+xml"), None
    )
