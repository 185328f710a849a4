"""The cover image of an EPUB: JPEG or PNG as players show it, told by its bytes rather than its name."""

from rhapsode.documents.archive import Archive
from rhapsode.documents.markup import tag_of
from rhapsode.documents.package import Item, Package
from rhapsode.studio.document import Cover, LeftOut
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_COVER_BYTES

_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_WHAT = "the cover image"


def read_cover(archive: Archive, package: Package) -> Cover | LeftOut | None:
    """The cover, or why it isn't kept; None when the book names none."""
    item = _find_item(package)
    name = archive.find(item.path) if item is not None else None
    if name is None:
        return None if item is None else LeftOut(_WHAT, "The EPUB names it, but it isn't in the file.")
    try:
        content = archive.read(name)
    except DocumentRefused:
        return LeftOut(_WHAT, "It is damaged.")
    media_type = image_media_type(content)
    if media_type is None:
        return LeftOut(_WHAT, "It is neither JPEG nor PNG, the formats that players show.")
    if len(content) > MAX_COVER_BYTES:
        return LeftOut(
            _WHAT, f"It is larger than {MAX_COVER_BYTES // 2**20} MiB and would be part of every chapter."
        )
    return Cover(media_type, content)


def image_media_type(content: bytes) -> str | None:
    """`image/jpeg` or `image/png`, by the first bytes; None for anything else."""
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), None)


def _find_item(package: Package) -> Item | None:
    for item in package.items.values():
        if "cover-image" in item.properties:
            return item
    for element in package.root.iter():
        if tag_of(element) == "meta" and element.get("name") == "cover":
            named = package.items.get(element.get("content") or "")
            if named is not None and named.media_type.startswith("image/"):
                return named
    return None
