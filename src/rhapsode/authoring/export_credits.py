"""What is said before and after a book for a shop: who wrote it and who reads it, in the book's language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Credits:
    """What is known of a book. None is not said.

    language: BCP 47 tag.    narrator: whoever reads, as listeners are to know them.
    copyright_line: whole, as it is to be spoken.
    """

    title: str
    language: str
    author: str | None = None
    narrator: str | None = None
    copyright_line: str | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """How a language says it; `{}` stands for the name."""

    written_by: str
    narrated_by: str
    the_end: str


_WORDS: Mapping[str, _Words] = MappingProxyType(
    {
        "en": _Words("Written by {}.", "Narrated by {}.", "The End."),
        "de": _Words("Geschrieben von {}.", "Gelesen von {}.", "Ende."),
        "fr": _Words("Écrit par {}.", "Lu par {}.", "Fin."),
        "es": _Words("Escrito por {}.", "Narrado por {}.", "Fin."),
        "it": _Words("Scritto da {}.", "Letto da {}.", "Fine."),
        "pt": _Words("Escrito por {}.", "Narrado por {}.", "Fim."),
        "nl": _Words("Geschreven door {}.", "Voorgelezen door {}.", "Einde."),
        "sv": _Words("Skriven av {}.", "Uppläst av {}.", "Slut."),
        "da": _Words("Skrevet af {}.", "Læst op af {}.", "Slut."),
        "nb": _Words("Skrevet av {}.", "Lest av {}.", "Slutt."),
        "no": _Words("Skrevet av {}.", "Lest av {}.", "Slutt."),
    }
)
_NAMES_ALONE = _Words("{}.", "{}.", "")
"""Of a language whose words aren't here: names are names in every language."""


def opening_credits(credits_: Credits) -> tuple[str, ...]:
    """The paragraphs before the book."""
    return (_sentence(credits_.title), *_names(credits_))


def closing_credits(credits_: Credits) -> tuple[str, ...]:
    """The paragraphs after the book; never none."""
    said = (_words(credits_).the_end, _sentence(credits_.title), *_names(credits_))
    owner = () if credits_.copyright_line is None else (_sentence(credits_.copyright_line),)
    return (*filter(None, said), *owner)


def _words(credits_: Credits) -> _Words:
    return _WORDS.get(credits_.language.replace("_", "-").split("-")[0].lower(), _NAMES_ALONE)


def _names(credits_: Credits) -> tuple[str, ...]:
    words = _words(credits_)
    said = ((words.written_by, credits_.author), (words.narrated_by, credits_.narrator))
    # Who has written "Jr." at the end of a name needs no second full stop.
    return tuple(form.format(name.strip().rstrip(".")) for form, name in said if name)


def _sentence(text: str) -> str:
    said = text.strip()
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
