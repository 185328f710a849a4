"""Where the people of a book are named in a text, and whom a speaker addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.text.cast.people import Person
from rhapsode.text.cast.quotations import tail
from rhapsode.text.cast.words import PARENTS

_BEFORE_VOCATIVE = re.compile(
    r"(?:^|[,;:!?.—–…])\W*(?:(?:my|dear|dearest|oh|ah|yes|no|why|well|pray|come|now|but|and|so|good|poor)\b[\W]*)*$",
    re.IGNORECASE,
)
_BEHIND_VOCATIVE = re.compile(r"\s*(?:$|[,;:!?.—–…])")
_PARENT = re.compile(rf"\b(?:{'|'.join(PARENTS)})\b", re.IGNORECASE)
_POLITE = re.compile(r"\b(sir|madam|ma’am|ma'am)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: code points [start, end), and whose it is, by their place among the people."""

    start: int
    end: int
    person: int


class NameIndex:
    """Finds the names of people. One that several have means whoever is named most."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by_name: dict[str, int] = {}
        for index, person in enumerate(people):
            for name in person.names:
                self._by_name.setdefault(name.casefold(), index)
        longest_first = sorted(self._by_name, key=len, reverse=True)
        names = "|".join(map(_pattern, longest_first)) or r"(?!)"
        self._names = re.compile(rf"\b(?:{names})(?!\w)", re.IGNORECASE)

    def find(self, text: str) -> list[Mention]:
        """All names in a text, in order. A name begins with a capital, a role as the sentence has it."""
        return [
            Mention(match.start(), match.end(), self._by_name[_key(match[0])])
            for match in self._names.finditer(text)
            if match[0][0].isupper() or match[0].startswith(("the ", "a "))
        ]

    def addressed(self, speech: str) -> set[int]:
        """Who is called by name in what somebody says, marks left out."""
        return {
            mention.person
            for mention in self.find(speech)
            if _is_vocative(speech, mention.start, mention.end)
        }

    def spoken_of(self, speech: str) -> set[int]:
        """Who else is named in it."""
        return {mention.person for mention in self.find(speech)} - self.addressed(speech)


def addressed_parent(speech: str) -> str | None:
    """The gender of a parent who is called so, as in "But, mama, ..."; None where none is."""
    for match in _PARENT.finditer(speech):
        if _is_vocative(speech, match.start(), match.end()):
            return PARENTS[match[0].lower()]
    return None


def addressed_politely(speech: str) -> str | None:
    """The gender of whoever is called sir or madam."""
    for match in _POLITE.finditer(speech):
        if _is_vocative(speech, match.start(), match.end()):
            return "male" if match[0].lower() == "sir" else "female"
    return None


def _pattern(name: str) -> str:
    return re.escape(name).replace(r"\.", r"\.?")


def _key(written: str) -> str:
    folded = written.casefold()
    title, _, rest = folded.partition(" ")
    return f"{title}. {rest}" if rest and title in {"mr", "mrs", "ms", "dr"} else folded


def _is_vocative(speech: str, start: int, end: int) -> bool:
    """Whether a name stands apart: marks on both sides, and something else is said beside it."""
    if not speech[:start].strip() and not speech[end:].strip(" .?"):
        return False  # an answer: "Bingley."
    return bool(_BEFORE_VOCATIVE.search(tail(speech, start)) and _BEHIND_VOCATIVE.match(speech, end))
