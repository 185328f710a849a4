"""Small EPUBs, written by the tests: pages in, bytes out."""

import io
import zipfile
from collections.abc import Mapping, Sequence

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
XHTML = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
METADATA = "<dc:title>The Lamp</dc:title><dc:language>en</dc:language>"

Page = tuple[str, str]
"""File name and the markup of its body."""


def page(body: str, *, attributes: str = "", head: str = "") -> str:
    """An XHTML page around the markup of a body; `attributes` are the body's."""
    return f"<html {XHTML}><head><title>Page</title>{head}</head><body {attributes}>{body}</body></html>"


def nav(entries: Sequence[tuple[str, str]], *, extra: str = "") -> str:
    """A navigation document with one level of (name, href)."""
    links = "".join(f'<li><a href="{href}">{name}</a></li>' for name, href in entries)
    return page(f'<nav epub:type="toc"><ol>{links}</ol></nav>{extra}')


def ncx(entries: Sequence[tuple[str, str]]) -> str:
    """An EPUB 2 table of contents with one level of (name, href)."""
    points = "".join(
        f'<navPoint id="n{i}" playOrder="{i}"><navLabel><text>{name}</text></navLabel>'
        f'<content src="{href}"/></navPoint>'
        for i, (name, href) in enumerate(entries, start=1)
    )
    doctype = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">'
    )
    return f'{doctype}<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'


def opf(
    pages: Sequence[str],
    *,
    metadata: str = METADATA,
    items: str = "",
    guide: str = "",
    spine: str = "",
    not_linear: Sequence[str] = (),
) -> str:
    """A package document that lists `pages` in its spine."""
    manifest = "".join(
        f'<item id="p{i}" href="{name}" media-type="application/xhtml+xml"/>' for i, name in enumerate(pages)
    )
    refs = "".join(
        f'<itemref idref="p{i}"{" linear=" + chr(34) + "no" + chr(34) if name in not_linear else ""}/>'
        for i, name in enumerate(pages)
    )
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">{metadata}'
        f"</metadata><manifest>{manifest}{items}</manifest><spine {spine}>{refs}</spine>{guide}</package>"
    )


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """Files as a zip, the mimetype first and stored as the standard asks."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", compress_type=zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def epub(
    pages: Sequence[Page],
    *,
    toc: Sequence[tuple[str, str]] | str = (),
    metadata: str = METADATA,
    items: str = "",
    guide: str = "",
    not_linear: Sequence[str] = (),
    files: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """An EPUB 3 of (file name, body or whole page); `toc`: (name, href) pairs or a navigation document."""
    contents = toc if isinstance(toc, str) else nav(toc)
    nav_item = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    names = [name for name, _ in pages]
    package = opf(names, metadata=metadata, items=items + nav_item, guide=guide, not_linear=not_linear)
    return packed(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/nav.xhtml": contents,
            **{f"OEBPS/{name}": body if "<html" in body else page(body) for name, body in pages},
            **(files or {}),
        }
    )
