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
_FILE = re.compile(
    r"(?:https?://|file:|data:|[A-Za-z]:[\\/]|\\\\)\S.*|.{1,150}\.(?:jpe?g|png|gif|svg|bmp|tiff?|wmf|emf|webp)",
    re.IGNORECASE,
)
# What Word says of a description that nobody wrote, in the languages it is most used in.
_GENERATED = re.compile(
    r"[\s,.;-]*\b(?:description automatically generated(?: with \w+ confidence)?|automatisch generierte beschreibung"
    r"|description générée automatiquement|descripción generada automáticamente"
    r"|descrizione generata automaticamente|descrição gerada automaticamente"
    r"|automatisch gegenereerde beschrijving|automatiskt genererad beskrivning"
    r"|opis wygenerowany automatycznie|automatikusan generált leírás|автоматически созданное описание)\W*$",
    re.IGNORECASE,
)


def description_of(element: etree._Element) -> str | None:
    """The words of an `img` or `svg`; empty for decoration, None where there should be some."""
    if tag_of(element) != "svg":
        alternative = element.get("alt")
        return None if alternative is None else _described(tidy(alternative))
    label = element.get("aria-label")
    if label:
        return tidy(label)
    return tidy(
        " ".join(text_in(child) for child in element.iter() if tag_of(child) in {"title", "desc", "text"})
    )


def _described(alternative: str) -> str | None:
    """A description without what programs put there: None for the name of the picture's file or its address."""
    if _FILE.fullmatch(alternative):
        return None
    return _GENERATED.sub("", alternative) or None if alternative else ""


def is_ornamental(description: str) -> bool:
    """Whether a description names an ornament between scenes rather than a picture."""
    return _ORNAMENTAL.fullmatch(description) is not None
