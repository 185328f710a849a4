"""The navigation document: what EPUB 3 wants in place of the NCX. Source: EPUB 3.3, section 7."""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from lxml import etree

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import tag_of, text_in
from rhapsode.documents.navigation import Entry
from rhapsode.documents.package import resolved
from rhapsode.documents.readalong.pages import OPS, XHTML
from rhapsode.documents.readalong.xml_text import escaped

_UNNAMED = "…"


def address_of(path: str, *, seen_from: str, fragment: str = "") -> str:
    """A file of the archive as an address in another one of its files."""
    relative = posixpath.relpath(path, posixpath.dirname(seen_from) or ".")
    return quote(relative) + (f"#{quote(fragment)}" if fragment else "")


def page_list_of(ncx: etree._Element, base: str) -> list[Entry]:
    """The pages of the printed book, as an NCX lists them."""
    entries = []
    for target in ncx.iter():
        if tag_of(target) != "pagetarget":
            continue
        label = next((text_in(child) for child in target if tag_of(child) == "navlabel"), "")
        content = next((child for child in target if tag_of(child) == "content"), None)
        place = None if content is None else resolved(base, content.get("src") or "")
        if place is not None:
            entries.append(Entry(tidy(label), *place, 0))
    return entries


def contents_bytes(
    path: str, title: str, language: str, entries: Sequence[Entry], pages: Sequence[Entry] = ()
) -> bytes:
    """A navigation document at `path`: the table of contents, and the list of printed pages where there is one."""

    def address(entry: Entry) -> str:
        return address_of(entry.path, seen_from=path, fragment=entry.fragment)

    page_list = ""
    if pages:
        items = "".join(_item(entry, address) + "</li>" for entry in pages)
        page_list = f'<nav epub:type="page-list" hidden="hidden"><ol>{items}</ol></nav>\n'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="{XHTML}" xmlns:epub="{OPS}" lang="{escaped(language)}" xml:lang="{escaped(language)}">\n'
        f"<head><title>{escaped(title)}</title></head>\n<body>\n"
        f'<nav epub:type="toc" id="toc"><h1>{escaped(title)}</h1>{_list(list(entries), address)}</nav>\n'
        f"{page_list}</body>\n</html>\n"
    ).encode()


def _list(entries: Sequence[Entry], address: Callable[[Entry], str]) -> str:
    """Nested lists, as deep as the entries say."""
    return "<ol>" + "".join(_nested(entries, address)) + "</ol>"


def _nested(entries: Sequence[Entry], address: Callable[[Entry], str]) -> Iterator[str]:
    index = 0
    while index < len(entries):
        below = index + 1
        while below < len(entries) and entries[below].depth > entries[index].depth:
            below += 1
        yield _item(entries[index], address)
        if below > index + 1:
            yield _list(entries[index + 1 : below], address)
        yield "</li>"
        index = below


def _item(entry: Entry, address: Callable[[Entry], str]) -> str:
    return f'<li><a href="{escaped(address(entry))}">{escaped(entry.name or _UNNAMED)}</a>'
