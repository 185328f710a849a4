"""The pages of a book as trees that can be changed and written again."""

import re

from lxml import etree

from rhapsode.documents.markup import find_body, tag_of
from rhapsode.documents.trees import read_wellformed, read_xhtml

XHTML = "http://www.w3.org/1999/xhtml"
OPS = "http://www.idpf.org/2007/ops"
_PREFIXES = {"epub": OPS, "xlink": "http://www.w3.org/1999/xlink"}
_ROOT = re.compile(r"<[\w.-]+")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_UNNAMED = "span"
"""Instead of an element that XML has no name for."""


def read_page(content: bytes, *, what: str) -> etree._Element:
    """The root of an XHTML or SVG page, in its namespace. Raises: DocumentRefused."""
    root = read_xhtml(content, what=what)
    return root if etree.QName(root).namespace else _in_namespace(root)


def page_bytes(root: etree._Element) -> bytes:
    """A page as a file, of a kind that every reader takes."""
    markup = etree.tostring(root, encoding="unicode", with_tail=False)
    doctype = "<!DOCTYPE html>\n" if tag_of(root) == "html" else ""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{doctype}{markup}\n'.encode()


def link_style(root: etree._Element, href: str) -> None:
    """Name a style sheet in a page's head, if it has one."""
    head = next((child for child in root if tag_of(child) == "head"), None)
    if head is not None:
        link = etree.SubElement(head, f"{{{XHTML}}}link")
        link.set("rel", "stylesheet")
        link.set("type", "text/css")
        link.set("href", href)


class Ids:
    """The ids of a page, and new ones that aren't among them."""

    def __init__(self, root: etree._Element) -> None:
        self._taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
        self._count = 0

    def has(self, name: str) -> bool:
        """Whether an element has this id."""
        return name in self._taken

    def of(self, element: etree._Element) -> str:
        """The element's id; it gets one if it has none."""
        name = element.get("id")
        while not name:
            self._count += 1
            candidate = f"heard-{self._count}"
            if candidate not in self._taken:
                name = candidate
                self._taken.add(name)
                element.set("id", name)
        return name


def body_of(root: etree._Element) -> etree._Element:
    """What is read of a page: its body, or all of an SVG page."""
    return find_body(root)


def _in_namespace(root: etree._Element) -> etree._Element:
    """What was read as HTML has no namespaces, and may have names that XML doesn't allow."""
    for element in root.iter():
        if not str(element.tag).startswith("{"):
            local = str(element.tag).rpartition(":")[2]
            element.tag = local if _NAME.fullmatch(local) else _UNNAMED
        for name in list(element.attrib):
            if not _is_kept(str(name), element is root):
                del element.attrib[name]
    declared = "".join(
        f' xmlns:{prefix}="{url}"' for prefix, url in _PREFIXES.items() if prefix not in root.nsmap
    )
    markup = etree.tostring(root, encoding="unicode", with_tail=False)
    return read_wellformed(_ROOT.sub(rf'\g<0> xmlns="{XHTML}"{declared}', markup, count=1))


def _is_kept(attribute: str, is_root: bool) -> bool:
    """Whether XML can have an attribute; what a root says of namespaces is said anew."""
    if attribute.startswith("{"):
        return True
    prefix, _, local = attribute.rpartition(":")
    if attribute == "xmlns":
        return not is_root
    return prefix in {"", "xml", *_PREFIXES} and _NAME.fullmatch(local) is not None
