"""What an EPUB's package says about the book. Sources: EPUB 3.3 section 5.5, OPF 2.0.1 section 2.2."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import language_tag, tag_of, text_in
from rhapsode.documents.omissions import Tally
from rhapsode.documents.trees import read_html
from rhapsode.documents.walker import read_flow
from rhapsode.studio.errors import DocumentRefused

_OPF = "{http://www.idpf.org/2007/opf}"
_AUTHOR = "aut"
_NOT_ISBN = re.compile(r"[^0-9Xx]")
_ISBN = re.compile(r"(?:urn:)?(?:isbn[:\s-]*)?([0-9][0-9\s-]{8,15}[0-9Xx])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Title, authors and the like; None where the package doesn't say."""

    title: str | None
    author: str | None
    language: str | None
    isbn_number: str | None
    description: str | None


def read_metadata(root: etree._Element) -> Metadata:
    """The metadata of a package document."""
    metadata = next((element for element in root.iter() if tag_of(element) == "metadata"), root)
    refinements = _refinements(metadata)
    return Metadata(
        title=_title(metadata, refinements),
        author=", ".join(_authors(metadata, refinements)) or None,
        language=next(filter(None, (language_tag(text_in(e)) for e in _named(metadata, "language"))), None),
        isbn_number=_isbn(metadata),
        description=next((plain_text(text_in(e)) for e in _named(metadata, "description")), None),
    )


def plain_text(markup: str) -> str | None:
    """A description without the HTML that many books put into it."""
    if "<" not in markup and "&" not in markup:
        return tidy(markup) or None
    try:
        flow = read_flow(read_html(markup, what="description"), language=None, tally=Tally())
    except DocumentRefused:
        return tidy(markup) or None
    return tidy(" ".join(block.text for block in flow.blocks)) or None


def valid_isbn(text: str) -> str | None:
    """The ISBN in an identifier, without hyphens; None unless its check digit is right."""
    match = _ISBN.fullmatch(text.strip())
    digits = _NOT_ISBN.sub("", match[1]).upper() if match else ""
    if len(digits) == 13 and digits.startswith(("978", "979")):
        return digits if sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(digits)) % 10 == 0 else None
    if len(digits) == 10:
        values = [10 if d == "X" else int(d) for d in digits]
        return digits if sum(v * (10 - i) for i, v in enumerate(values)) % 11 == 0 else None
    return None


def _named(metadata: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in metadata.iter() if tag_of(element) == name)


def _refinements(metadata: etree._Element) -> dict[tuple[str, str], str]:
    """What EPUB 3 `meta` elements add: (id, property) to value."""
    return {
        ((element.get("refines") or "").lstrip("#"), element.get("property") or ""): text_in(element).strip()
        for element in _named(metadata, "meta")
        if element.get("refines")
    }


def _title(metadata: etree._Element, refinements: dict[tuple[str, str], str]) -> str | None:
    titles = [(element.get("id") or "", tidy(text_in(element))) for element in _named(metadata, "title")]
    main = [title for name, title in titles if refinements.get((name, "title-type")) == "main" and title]
    return next(iter(main), None) or next((title for _, title in titles if title), None)


def _authors(metadata: etree._Element, refinements: dict[tuple[str, str], str]) -> list[str]:
    creators = []
    for element in _named(metadata, "creator"):
        role = (
            refinements.get((element.get("id") or "", "role"))
            or element.get(f"{_OPF}role")
            or element.get("role")
        )
        creators.append((tidy(text_in(element)), role))
    authors = [name for name, role in creators if role == _AUTHOR and name]
    unsaid = [name for name, role in creators if role is None and name]
    return list(dict.fromkeys(authors or unsaid or [name for name, _ in creators if name]))


def _isbn(metadata: etree._Element) -> str | None:
    found = [isbn for e in _named(metadata, "identifier") if (isbn := valid_isbn(text_in(e))) is not None]
    return max(found, key=len, default=None)
