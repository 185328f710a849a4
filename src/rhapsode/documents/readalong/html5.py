"""Pages of EPUB 2 as EPUB 3 wants them: what HTML no longer has is said as style.

Source: HTML 5.2, section 11 ("Obsolete features").
"""

from collections.abc import Callable, Mapping

from lxml import etree

from rhapsode.documents.markup import tag_of
from rhapsode.documents.readalong.pages import XHTML

_RENAMED = {
    "acronym": ("abbr", ""),
    "big": ("span", "font-size: larger"),
    "center": ("div", "text-align: center"),
    "dir": ("ul", ""),
    "font": ("span", ""),
    "strike": ("s", ""),
    "tt": ("span", "font-family: monospace"),
}
_GONE = frozenset({"basefont", "bgsound"})
_SIZED = frozenset({"img", "object", "iframe", "video", "canvas", "embed", "input"})
_FONT_SIZES = {"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large", "6": "xx-large"}


def _length(name: str) -> Callable[[str], str]:
    return lambda value: f"{name}: {value}px" if value.isdigit() else f"{name}: {value}"


def _plain(name: str) -> Callable[[str], str]:
    return lambda value: f"{name}: {value}"


_STYLES: Mapping[str, Callable[[str], str]] = {
    "align": _plain("text-align"),
    "background": lambda value: f"background-image: url('{value}')",
    "bgcolor": _plain("background-color"),
    "border": lambda value: f"border: {value}px solid" if value.isdigit() else "",
    "cellspacing": _length("border-spacing"),
    "clear": lambda value: f"clear: {'both' if value == 'all' else value}",
    "color": _plain("color"),
    "face": _plain("font-family"),
    "height": _length("height"),
    "hspace": lambda value: f"margin-left: {value}px; margin-right: {value}px",
    "nowrap": lambda _: "white-space: nowrap",
    "text": _plain("color"),
    "valign": _plain("vertical-align"),
    "vspace": lambda value: f"margin-top: {value}px; margin-bottom: {value}px",
    "width": _length("width"),
}
_DROPPED = frozenset(
    [
        "abbr",
        "alink",
        "archive",
        "axis",
        "cellpadding",
        "char",
        "charoff",
        "charset",
        "classid",
        "codebase",
        "codetype",
        "compact",
        "coords",
        "declare",
        "frame",
        "frameborder",
        "language",
        "link",
        "longdesc",
        "marginheight",
        "marginwidth",
        "noshade",
        "profile",
        "rev",
        "rules",
        "scheme",
        "scrolling",
        "shape",
        "standby",
        "summary",
        "valuetype",
        "version",
        "vlink",
    ]
)
_KEPT = {
    "area": frozenset({"coords", "shape"}),
    "th": frozenset({"abbr"}),
    "meta": frozenset({"charset"}),
}
_SCOPED = frozenset({"th"})


def modernise(root: etree._Element) -> None:
    """Change a page of EPUB 2 in place; what is read of it stays, and what it looks like, as far as style tells."""
    ids = {str(element.get("id")) for element in root.iter() if element.get("id")}
    for element in list(root.iter()):
        if etree.QName(element).namespace != XHTML:
            continue
        tag = tag_of(element)
        if tag in _GONE or _is_type_of_page(element, tag):
            _remove(element)
            continue
        styles = _styles(element, tag)
        if tag in _RENAMED:
            name, style = _RENAMED[tag]
            element.tag = f"{{{XHTML}}}{name}"
            styles.append(style)
        _add_styles(element, styles)
        _name_it(element, tag, ids)
        if tag == "img" and element.get("alt") is None:
            element.set("alt", "")


def _is_type_of_page(element: etree._Element, tag: str) -> bool:
    """Whether a `meta` says what kind of file the page is: it is another one now."""
    return tag == "meta" and (
        element.get("http-equiv") is not None or element.get("charset") is not None or not element.get("name")
    )


def _styles(element: etree._Element, tag: str) -> list[str]:
    found = []
    for name in [str(name) for name in element.attrib]:
        value = str(element.get(name)).strip()
        if name == "size" and tag in {"font", "hr"}:
            found.append(_font_size(value) if tag == "font" else "")
        elif name in {"width", "height"} and (tag in _SIZED):
            continue
        elif name == "scope" and tag not in _SCOPED:
            pass
        elif name == "type" and tag in {"ul", "li"}:
            found.append(f"list-style-type: {value}")
        elif name in _STYLES:
            found.append(_STYLES[name](value) if value else "")
        elif name not in _DROPPED or name in _KEPT.get(tag, ()):
            continue
        del element.attrib[name]
    return found


def _font_size(value: str) -> str:
    if value.startswith("+"):
        return "font-size: larger"
    return "font-size: smaller" if value.startswith("-") else f"font-size: {_FONT_SIZES.get(value, 'medium')}"


def _add_styles(element: etree._Element, styles: list[str]) -> None:
    said = (element.get("style") or "").strip().rstrip(";")
    found = [style for style in (*styles, said) if style]
    if found and found != [said]:
        element.set("style", "; ".join(found))


def _name_it(element: etree._Element, tag: str, ids: set[str]) -> None:
    """An anchor's name is an id today."""
    if tag in {"a", "img", "object", "form", "applet"} and element.get("name"):
        name = str(element.attrib.pop("name"))
        if not element.get("id") and name not in ids and not any(c.isspace() for c in name):
            ids.add(name)
            element.set("id", name)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail, before = element.tail or "", element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
