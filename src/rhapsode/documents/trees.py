"""Markup to element trees: no entity is expanded, nothing is fetched, nothing huge is built.

Well-formed XML is read as such; what isn't falls back to lxml's HTML parser (pages) or its repairing XML
parser (package files). A DOCTYPE is fine, an entity declaration is refused before a parser sees it.
"""

import re
from html.entities import html5

from lxml import etree, html

from rhapsode.documents.encodings import decoded_markup
from rhapsode.studio.errors import DocumentRefused

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
# A DOCTYPE with declarations of its own; the quoted identifiers before them may hold any sign.
_SUBSET = re.compile(r"""<!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*')*\[""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ENTITY_DECLARATION = re.compile(r"<!ENTITY", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:#([0-9]+);|#x([0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]*);)?")
_MOST_DIGITS = 8
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CONTROLS = dict.fromkeys(c for c in range(32) if c not in (9, 10, 13))
_EMPTY_TAG = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)/>")
_VOID_TAGS = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_DATA_URL = re.compile(r"""(["'])data:[^"'<>]{1000,}\1""")
_LONG_TEXT_CHARACTERS = 9_000_000
_RUN_CHARACTERS = 10_000
_MOST_WORDS_OF_TAG = 10_000


def read_xml(content: bytes, *, what: str) -> etree._Element:
    """The root of a package file, repaired where it isn't well-formed. `what` names it in errors.

    Raises: DocumentRefused, when it declares entities or holds no element.
    """
    text = _prepared(content, what)
    root = _strict(text)
    if root is None:
        root = _repaired(text, what)
    if root is None:
        msg = f"The file is damaged: its {what} can't be read. Get a fresh copy of it."
        raise DocumentRefused(msg)
    return root


def read_xhtml(content: bytes, *, what: str) -> etree._Element:
    """The root of a content page, read as HTML where it isn't well-formed. Raises: DocumentRefused."""
    text = _prepared(content, what)
    root = _strict(text)
    if root is not None:
        return root
    # In HTML "<title/>" has no end and would swallow the page.
    return read_html(_EMPTY_TAG.sub(_opened_and_closed, text), what=what)


def read_html(text: str, *, what: str) -> etree._Element:
    """The root of a decoded HTML page, however untidy. Raises: DocumentRefused."""
    refuse_entities(text, what)
    markup = _with_short_runs(_DATA_URL.sub('""', _without_declaration(text).translate(_CONTROLS)))
    _refuse_long_tags(markup, what)
    parser = html.HTMLParser(
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
        recover=True,
    )
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    _refuse_limits(parser, what)
    return etree.Element("html") if root is None else root


def _refuse_long_tags(markup: str, what: str) -> None:
    """Raise DocumentRefused for a tag of very many attributes: the HTML parser compares each with each."""
    tags = (piece.partition(">")[0] for piece in markup.split("<") if len(piece) > 2 * _MOST_WORDS_OF_TAG)
    if any(len(tag.split()) > _MOST_WORDS_OF_TAG for tag in tags):
        msg = f"The {what} can't be read: a tag of it has too many attributes."
        raise DocumentRefused(msg)


def refuse_entities(text: str, what: str) -> None:
    """Raise DocumentRefused when the DOCTYPE of `text` declares entities."""
    prolog = _PROLOG.match(text)
    begin = prolog.end() if prolog else 0
    if _SUBSET.match(text, begin) and _ENTITY_DECLARATION.search(_COMMENT.sub("", text[begin:])):
        msg = f"The {what} declares XML entities, which can be used to attack; such files are not imported."
        raise DocumentRefused(msg)


def _prepared(content: bytes, what: str) -> str:
    text = decoded_markup(content).translate(_CONTROLS)
    refuse_entities(text, what)
    return _with_short_runs(_AMPERSAND.sub(_reference, _without_declaration(text)))


def _without_declaration(text: str) -> str:
    """Without the XML declaration: its encoding no longer holds for decoded text."""
    declaration = _XML_DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def _reference(match: re.Match[str]) -> str:
    """HTML's names as characters, so that no DTD is needed; a loose ampersand as itself."""
    whole, decimal, hexadecimal, name = match[0], match[1], match[2], match[3]
    if decimal or hexadecimal:
        # What repairs XML would put the bytes of half a pair into the tree, which are no UTF-8.
        is_known = _is_character(decimal, 10) if decimal else _is_character(hexadecimal, 16)
        return whole if is_known else "\ufffd"
    if name in _XML_ENTITIES:
        return whole
    characters = html5.get(f"{name};")
    if characters is None:
        return "&amp;" + whole[1:]
    return "".join(f"&#{ord(character)};" for character in characters)


def _is_character(digits: str, base: int) -> bool:
    """Whether a number stands for a character of XML. Source: XML 1.0, production 2."""
    number = int(digits.lstrip("0")[:_MOST_DIGITS] or "0", base)
    return (
        number in (9, 10, 13)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    )


def _strict(text: str) -> etree._Element | None:
    return _parsed(text, _xml_parser(recover=False))


def _repaired(text: str, what: str) -> etree._Element | None:
    parser = _xml_parser(recover=True)
    root = _parsed(text, parser)
    _refuse_limits(parser, what)
    return root


def _refuse_limits(parser: etree._FeedParser, what: str) -> None:
    """Raise DocumentRefused when libxml2 stopped at its limits: it does so silently and loses what follows."""
    for entry in parser.error_log:
        if "xcessive depth" in entry.message:
            msg = f"The {what} can't be read: its markup is nested too deeply."
            raise DocumentRefused(msg)
        if entry.type_name == "ERR_RESOURCE_LIMIT":
            msg = f"The {what} can't be read: a stretch of it is too long."
            raise DocumentRefused(msg)


def read_wellformed(text: str) -> etree._Element:
    """The root of decoded XML without a declaration, as it is. Raises: lxml.etree.XMLSyntaxError, with the position.

    Whoever calls this has refused declared entities.
    """
    return etree.fromstring(text.encode("utf-8", "replace"), _xml_parser(recover=False))


def _parsed(text: str, parser: etree.XMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def _xml_parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        # Not `collect_ids=False`, which makes libxml2 open whatever file the DOCTYPE names.
        recover=recover,
    )


def _opened_and_closed(match: re.Match[str]) -> str:
    name, attributes = match[1], match[2]
    return match[0] if name.lower() in _VOID_TAGS else f"<{name}{attributes}></{name}>"


def _with_short_runs(markup: str) -> str:
    """`markup` with an empty element in each long run of text: libxml2 takes 10 MB in one text node."""
    if len(markup) < _LONG_TEXT_CHARACTERS:
        return markup
    return "<".join(
        _with_breaks(piece) if len(piece) > _RUN_CHARACTERS else piece for piece in markup.split("<")
    )


def _with_breaks(piece: str) -> str:
    pieces: list[str] = []
    start, stop = 0, piece.find(">") + 1
    while True:
        stop = piece.find(" ", stop + _RUN_CHARACTERS)
        if stop < 0:
            return "<wbr/>".join([*pieces, piece[start:]])
        pieces.append(piece[start:stop])
        start = stop
