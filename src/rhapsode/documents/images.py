"""What a picture says in words."""

import re

from lxml import etree

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import tag_of, text_in

_ORNAMENTAL = re.compile(
    r"(?:ornament|decoration|decorative (?:line|break|image)|divider|fleuron|flourish|scene ?break|asterism"
    r"|section ?break|[*\s]+)\.?",
    re.IGNORECASE,
)


def description_of(element: etree._Element) -> str | None:
    """The words of an `img` or `svg`; empty for decoration, None where there should be some."""
    if tag_of(element) != "svg":
        alternative = element.get("alt")
        return None if alternative is None else tidy(alternative)
    label = element.get("aria-label")
    if label:
        return tidy(label)
    return tidy(
        " ".join(text_in(child) for child in element.iter() if tag_of(child) in {"title", "desc", "text"})
    )


def is_ornamental(description: str) -> bool:
    """Whether a description names an ornament between scenes rather than a picture."""
    return _ORNAMENTAL.fullmatch(description) is not None
