"""Where the rules of pronunciation dictionaries fit in a text."""

import heapq
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rhapsode.studio.pronunciation import PronunciationRule

_HEAD_CHARACTERS = 3
"""So many characters of a rule are enough to pass most places of a text by."""

_CACHED_SETS = 16
# Characters that are no letters themselves and stand inside words: joiners and what marks a possible line break.
_INSIDE_WORDS = frozenset("\u00ad\u200c\u200d\u2060")


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule fits the code points `start` to `end` of a text, at least one."""

    start: int
    end: int
    rule: PronunciationRule


class RuleSet:
    """Rules in their order, prepared for being looked for in many texts."""

    def __init__(self, rules: Sequence[PronunciationRule]) -> None:
        numbered = list(enumerate(rules))
        self._cased = _Index([(n, rule) for n, rule in numbered if rule.case_sensitive])
        self._uncased = _Index([(n, rule) for n, rule in numbered if not rule.case_sensitive])

    def find(self, text: str) -> list[RuleMatch]:
        """Where rules fit: matches in order and apart.

        Of matches that overlap, the one of the first rule wins; of the same rule's, the one that begins first.
        A rule that must stand at the boundaries of words fits nowhere inside one: where nothing stands between words,
        as in Chinese, Japanese or Thai, it only fits what stands by itself.
        """
        search = _Search(text, [(self._cased, text), (self._uncased, _folded(text))])
        # One for each place where any rule fits: all that fit could be as many as the text has pairs of places.
        waiting = search.list_firsts()
        heapq.heapify(waiting)
        matches = []
        while waiting:
            first = heapq.heappop(waiting)
            if search.take(first):
                matches.append(RuleMatch(first.start, first.end, first.rule))
            elif (other := search.find_first(first.start)) is not None:
                heapq.heappush(waiting, other)
        return sorted(matches, key=lambda match: match.start)


def compile_rules(rules: Sequence[PronunciationRule]) -> RuleSet:
    """Prepare rules for being looked for. Cheap when it was asked the same tuple just before."""
    return _compiled(_Same(tuple(rules)))


class _Same:
    """A tuple that only equals itself: comparing thousands of rules takes longer than a short text does."""

    __slots__ = ("rules",)

    def __init__(self, rules: tuple[PronunciationRule, ...]) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.rules is other.rules


@lru_cache(maxsize=_CACHED_SETS)
def _compiled(same: _Same) -> RuleSet:
    return RuleSet(same.rules)


class _Found(NamedTuple):
    """A rule that fits, in the order in which the first wins."""

    number: int
    start: int
    end: int
    rule: PronunciationRule


class _Index:
    """Rules that are compared in one way, by their first characters.

    A place of a text is looked up with 1, 2 and 3 characters, and then with each length that a rule with this head
    has; so it costs as little with 5,000 rules as with five.
    """

    def __init__(self, rules: Sequence[tuple[int, PronunciationRule]]) -> None:
        # Behind the first rule of a string another one can still fit, where that only stands at boundaries. A second
        # one with the same boundaries never fits, and thousands would be tried at each place.
        self._rules: dict[str, dict[bool, tuple[int, PronunciationRule]]] = {}
        for number, rule in rules:
            key = rule.string_to_replace if rule.case_sensitive else _folded(rule.string_to_replace)
            self._rules.setdefault(key, {}).setdefault(rule.word_boundaries, (number, rule))
        self._lengths = _lengths_by_head(self._rules)

    def find(self, text: str, places: range) -> Iterator[_Found]:
        """All rules whose string begins at these places, whatever surrounds it."""
        rules = self._rules
        for size, heads in self._lengths.items():
            for start in [start for start in places if text[start : start + size] in heads]:
                for length in heads[text[start : start + size]]:
                    string = text[start : start + length]
                    if string in rules:
                        for number, rule in rules[string].values():
                            yield _Found(number, start, start + length, rule)


class _Search:
    """One text, as each kind of rule sees it, and what of it is taken by a rule."""

    def __init__(self, text: str, views: Sequence[tuple[_Index, str]]) -> None:
        self._text = text
        self._views = views
        self._taken = bytearray(len(text))

    def list_firsts(self) -> list[_Found]:
        """For each place where any rule fits, the first that does."""
        firsts: dict[int, _Found] = {}
        for index, view in self._views:
            for found in index.find(view, range(len(view))):
                known = firsts.get(found.start)
                if (known is None or found.number < known.number) and self._fits(found):
                    firsts[found.start] = found
        return list(firsts.values())

    def find_first(self, start: int) -> _Found | None:
        """The first rule that fits there, in what isn't taken."""
        if self._taken[start]:
            return None
        places = range(start, start + 1)
        found = (entry for index, view in self._views for entry in index.find(view, places))
        return min(filter(self._fits, found), default=None)

    def take(self, found: _Found) -> bool:
        """Let a rule have its stretch, unless another has some of it."""
        is_free = self._is_free(found)
        if is_free:
            self._taken[found.start : found.end] = b"\1" * (found.end - found.start)
        return is_free

    def _fits(self, found: _Found) -> bool:
        is_whole = not found.rule.word_boundaries or _stands_alone(self._text, found.start, found.end)
        return is_whole and self._is_free(found)

    def _is_free(self, found: _Found) -> bool:
        return self._taken.find(1, found.start, found.end) < 0


def _lengths_by_head(strings: Mapping[str, object]) -> dict[int, dict[str, tuple[int, ...]]]:
    """How long strings are, by how long their heads are and by the head."""
    ordered = sorted({(min(len(s), _HEAD_CHARACTERS), s[:_HEAD_CHARACTERS], len(s)) for s in strings if s})
    found: dict[int, dict[str, tuple[int, ...]]] = {}
    for (size, head), group in groupby(ordered, key=lambda entry: entry[:2]):
        found.setdefault(size, {})[head] = tuple(length for _, _, length in group)
    return found


def _folded(text: str) -> str:
    """The text without case, each character in its place: İ would become two, and Σ depends on what follows."""
    return text.replace("İ", "i").lower().replace("ς", "σ")  # noqa: RUF001 -- these are the letters


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not _is_inside_word(text, start) and not _is_inside_word(text, end)


def _is_inside_word(text: str, index: int) -> bool:
    return 0 < index < len(text) and _is_of_word(text[index - 1]) and _is_of_word(text[index])


def _is_of_word(character: str) -> bool:
    return (
        character.isalnum() or character in _INSIDE_WORDS or unicodedata.category(character).startswith("M")
    )
