"""The file that says where a book's package document is. Source: EPUB 3.3, section 4.2.6.3.1."""

from rhapsode.documents.package import CONTAINER
from rhapsode.documents.readalong.contents import address_of
from rhapsode.documents.readalong.spoken import NewFile
from rhapsode.documents.readalong.xml_text import escaped

_CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def container_of(package_path: str, *, name: str = CONTAINER) -> NewFile:
    """The container of a book. name: its own, where an archive spells it otherwise."""
    address = address_of(package_path, seen_from=CONTAINER.rpartition("/")[2])
    return NewFile(name, _CONTAINER.format(escaped(address)).encode())
