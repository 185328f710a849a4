"""Where the sentences of a spoken block stand in the tree that the block came from."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from rhapsode.documents.flow import Place
from rhapsode.documents.readalong.matching import letters
from rhapsode.documents.readalong.spoken import SpokenBlock

_MOST_LETTER_PAIRS = 250_000
_MOST_WORD_PAIRS = 1_000_000

_Letter = tuple[str, int]
"""A letter, and where it stands."""


@dataclass(frozen=True, slots=True)
class PlacedSentence:
    """A sentence, or what is left of it in the tree. index: of its block's sentences.

    pieces: each with the code point of the block's text that its first letter is.
    """

    index: int
    pieces: tuple[tuple[Place, int], ...]


@dataclass(frozen=True, slots=True)
class _Raw:
    """The characters of all places, one behind the other; a whole element counts as one.

    starts: where each place begins, and where the last one ends.
    """

    places: tuple[Place, ...]
    starts: tuple[int, ...]
    text: str

    @classmethod
    def of(cls, places: Sequence[Place]) -> "_Raw":
        texts = [_text_of(place) for place in places]
        starts = [0]
        for text in texts:
            starts.append(starts[-1] + len(text))
        return cls(tuple(places), tuple(starts), "".join(texts))


@dataclass(frozen=True, slots=True)
class _Met:
    """The letters that text and raw text have in common, in order: which code point, and which raw character."""

    texts: tuple[int, ...]
    raws: tuple[int, ...]

    def raw_stretch(self, start: int, end: int) -> tuple[int, int] | None:
        """From the first raw letter of a stretch of the text to behind its last."""
        low, high = bisect_left(self.texts, start), bisect_left(self.texts, end)
        return (self.raws[low], self.raws[high - 1] + 1) if low < high else None

    def first_text(self, low: int, high: int) -> int | None:
        """The code point of the first letter in a stretch of the raw text."""
        index = bisect_left(self.raws, low)
        return self.texts[index] if index < len(self.raws) and self.raws[index] < high else None


_WHOLE = "\ufffc"  # the object replacement character: no letter, no space


def place_sentences(block: SpokenBlock, places: Sequence[Place]) -> list[PlacedSentence]:
    """Those of the block's sentences that stand in these places, in order.

    Letters are compared and nothing else, for an import tidies everything else; where they differ, the block was
    edited, and what is the same in both shows the place. A whole element stands for all that isn't in the text.
    """
    raw = _Raw.of(places)
    if not any(place.part != "whole" for place in places):
        return [PlacedSentence(0, ((places[0], 0),))] if places else []
    met = _met_letters(block.text, raw.text)
    bounds = _sentence_bounds(block, raw.text, met)
    return [
        PlacedSentence(index, pieces)
        for index, (start, end) in bounds.items()
        if (pieces := _pieces(raw, start, end, met, block.sentences[index][0]))
    ]


def _met_letters(text: str, raw: str) -> _Met:
    a, b = list(letters(text)), list(letters(raw))
    head = 0
    while head < min(len(a), len(b)) and a[head][0] == b[head][0]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail][0] == b[-1 - tail][0]:
        tail += 1
    met = [(a[n][1], b[n][1]) for n in range(head)]
    met += _met_between(a[head : len(a) - tail], b[head : len(b) - tail])
    met += [(a[n][1], b[n - len(a)][1]) for n in range(len(a) - tail, len(a))]
    return _Met(tuple(text for text, _ in met), tuple(place for _, place in met))


def _met_between(a: Sequence[_Letter], b: Sequence[_Letter]) -> list[tuple[int, int]]:
    """What an edit has left alone: letter by letter where it is short, else word by word."""
    if len(a) * len(b) <= _MOST_LETTER_PAIRS:
        return _met_items([[each] for each in a], [[each] for each in b])
    one, other = _words(a), _words(b)
    return _met_items(one, other) if len(one) * len(other) <= _MOST_WORD_PAIRS else []


def _met_items(a: Sequence[Sequence[_Letter]], b: Sequence[Sequence[_Letter]]) -> list[tuple[int, int]]:
    one, other = ([tuple(letter for letter, _ in item) for item in items] for items in (a, b))
    equal = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [
        (here[1], there[1])
        for match in equal
        for n in range(match.size)
        for here, there in zip(a[match.a + n], b[match.b + n], strict=True)
    ]


def _words(sequence: Sequence[_Letter]) -> list[list[_Letter]]:
    """Letters that follow each other without anything between them."""
    words: list[list[_Letter]] = []
    for each in sequence:
        if words and each[1] - words[-1][-1][1] <= 1:
            words[-1].append(each)
        else:
            words.append([each])
    return words


def _sentence_bounds(block: SpokenBlock, raw: str, met: _Met) -> dict[int, tuple[int, int]]:
    """Sentence -> where it stands in the raw text, signs included: from its first sign to before the next's."""
    found: dict[int, tuple[int, int]] = {}
    for index, (start, end) in enumerate(block.sentences):
        stretch = met.raw_stretch(start, end)
        if stretch is not None:
            found[index] = stretch
    if not found and len(block.sentences) == 1 and raw.strip():
        return {0: (0, len(raw))}  # nothing but signs
    return _with_signs(block, raw, found)


def _with_signs(
    block: SpokenBlock, raw: str, found: dict[int, tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    """Give the signs between two sentences to the one that they belong to, by how many end the first."""
    bounds: dict[int, tuple[int, int]] = {}
    begin = 0
    indexes = list(found)
    for index, following in zip(indexes, [*indexes[1:], None], strict=True):
        end = len(raw)
        if following is not None:
            signs = _signs_at_end(block.text, block.sentences[index])
            end = _behind_signs(raw, found[index][1], found[following][0], signs)
        bounds[index] = (begin, end)
        begin = end
    return bounds


def _signs_at_end(text: str, sentence: tuple[int, int]) -> int:
    """How many signs, not spaces, stand behind a sentence's last letter."""
    count = 0
    for character in reversed(text[sentence[0] : sentence[1]]):
        if character.isalnum():
            break
        count += not character.isspace()
    return count


def _behind_signs(raw: str, start: int, stop: int, signs: int) -> int:
    while start < stop and signs:
        signs -= not raw[start].isspace()
        start += 1
    return start


def _pieces(raw: _Raw, start: int, end: int, met: _Met, first: int) -> tuple[tuple[Place, int], ...]:
    """A stretch of the raw text as places, without spaces at their ends. first: where the sentence begins."""
    pieces: list[tuple[Place, int]] = []
    for number in range(bisect_right(raw.starts, start) - 1, bisect_left(raw.starts, end)):
        place, begin, stop = raw.places[number], raw.starts[number], raw.starts[number + 1]
        low, high = _trimmed(raw.text, max(start, begin), min(end, stop))
        if low < high:
            position = met.first_text(low, high) if pieces else first
            at = pieces[-1][1] if position is None else position
            pieces.append((_part_of(place, low - begin, high - begin), at))
    return tuple(pieces)


def _trimmed(text: str, low: int, high: int) -> tuple[int, int]:
    while low < high and text[low].isspace():
        low += 1
    while high > low and text[high - 1].isspace():
        high -= 1
    return low, high


def _part_of(place: Place, low: int, high: int) -> Place:
    return place if place.part == "whole" else replace(place, start=place.start + low, end=place.start + high)


def _text_of(place: Place) -> str:
    if place.part == "whole":
        return _WHOLE
    text = place.element.text if place.part == "text" else place.element.tail
    return (text or "")[place.start : place.end]
