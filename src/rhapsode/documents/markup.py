"""What an element says about itself: name, types, classes, language, whether it is shown."""

import re

from lxml import etree

_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_SHOWN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis"})

BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def tag_of(element: etree._Element) -> str:
    """The element's name without its namespace, in lower case."""
    return str(element.tag).rpartition("}")[2].lower()


def types_of(element: etree._Element) -> tuple[str, ...]:
    """Its `epub:type` and DPUB-ARIA `role` as terms of the EPUB structural semantics vocabulary."""
    attributes = element.attrib
    if not attributes:
        return ()
    # The HTML parser knows no namespaces and keeps the prefix.
    value = attributes.get(_EPUB_TYPE) or attributes.get("epub:type") or ""
    terms = [term.rpartition(":")[2] for term in str(value).lower().split()]
    role = str(attributes.get("role") or "").lower()
    if role.startswith("doc-"):
        terms.append(role[4:])
    return tuple(terms)


def classes_of(element: etree._Element) -> frozenset[str]:
    """Its class names, in lower case."""
    value = element.get("class")
    return frozenset(value.lower().split()) if value else frozenset()


def language_tag(value: str | None) -> str | None:
    """`value` as a BCP 47 tag, or None where it names no language."""
    text = (value or "").strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(text) or text.lower() in _NO_LANGUAGE:
        return None
    return text


def language_primary(language: str | None) -> str:
    """The part of a tag that says which language it is, without region or script."""
    return (language or "").partition("-")[0].lower()


def language_of(element: etree._Element) -> str | None:
    """The language the element itself declares."""
    return language_tag(element.get(_XML_LANG) or element.get("lang"))


def is_hidden(element: etree._Element) -> bool:
    """Whether the element asks not to be shown."""
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return style is not None and _NOT_SHOWN.search(str(style)) is not None


def text_in(element: etree._Element) -> str:
    """All characters below an element, as they are."""
    return "".join(str(piece) for piece in element.itertext())


def find_body(root: etree._Element) -> etree._Element:
    """The `body` of a page, or the page itself."""
    for element in root.iter():
        if tag_of(element) == "body":
            return element
    return root
