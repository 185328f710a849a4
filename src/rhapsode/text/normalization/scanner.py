"""One walk through a text, from the left: at each place where something may begin, the first rule that fits.

Every rule reads from a place onwards and never searches, and what a rule has read, or what no rule could read, is not
looked at again; so a walk takes linear time, whatever the text.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rhapsode.text.normalization.edits import Edit

Kind = Literal["digit", "symbol", "word"]
"""How what a rule reads begins: with a digit, with a symbol such as a currency's, or with a known word."""

Reading = Sequence[Edit] | None
"""What is replaced, which may be nothing: then it stays as it is written. None: it isn't what the rule is for."""

_DIGIT = r"(?=[.,0-9])(?:(?<![\w.,])[.,]?[0-9]|(?<=[0-9]x)[0-9])"
_REST_OF_UNREAD = re.compile(r"[\w.,:/'’-]*+")
_MAY_END_A_SENTENCE = ".,:/'’-"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that is tried at a place of the given kind, and what becomes of what it fits."""

    kind: Kind
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Reading]


@dataclass(frozen=True, slots=True)
class Scanner:
    """The rules of a language.

    begins: finds the next place of any kind, as a group named for the kind.
    rules: of each kind, in the order they are tried.
    """

    begins: re.Pattern[str]
    rules: Mapping[str, Sequence[Rule]]

    def scan(self, text: str, start: int, end: int) -> Iterator[Edit]:
        """What is replaced between these two places, in order and apart."""
        place = start
        while begin := self.begins.search(text, place, end):
            found, place = self._read(text, begin, end)
            yield from found

    def _read(self, text: str, begin: re.Match[str], end: int) -> tuple[Sequence[Edit], int]:
        for rule in self.rules[str(begin.lastgroup)]:
            match = rule.pattern.match(text, begin.start(), end)
            reading = rule.read(match) if match else None
            if match and reading is not None:
                return reading, max(match.end(), begin.end())
        return (), _end_of_unread(text, begin, end)


def _end_of_unread(text: str, begin: re.Match[str], end: int) -> int:
    """Behind a number that nobody could read, with what hangs on it: of `1.2.b` nothing is read."""
    if begin.lastgroup != "digit":
        return begin.end()
    rest = _REST_OF_UNREAD.match(text, begin.end(), end)
    return begin.end() + (len(rest.group().rstrip(_MAY_END_A_SENTENCE)) if rest else 0)


def build_scanner(rules: Sequence[Rule], *, symbols: str, words: Collection[str]) -> Scanner:
    """A scanner for these rules, in their order.

    symbols: a pattern of the symbols with which something may begin.
    words: those, as they are written, with which something may begin; not inside another word.
    """
    kinds: dict[str, list[Rule]] = {"digit": [], "symbol": [], "word": []}
    for rule in rules:
        kinds[rule.kind].append(rule)
    begins = rf"(?P<digit>{_DIGIT})|(?P<symbol>{symbols})|(?P<word>\b(?:{any_of(words)})(?![^\W\d]))"
    return Scanner(re.compile(begins), kinds)


def any_of(words: Collection[str]) -> str:
    """An alternative of all words, longest first; those with one first letter together, so that another ends it."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(letter)}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())
