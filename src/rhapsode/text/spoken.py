"""Text as it is given to an engine, and the way back from the times of what was spoken."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rhapsode.text.pauses import FIRST_PAUSE, LAST_PAUSE

# Soft hyphen, zero width space and word joiner, control characters that are not space, bidirectional
# controls, invisible operators, tags, private use, halves of surrogate pairs and what is no character: none
# of it is heard, and engines stumble over it. The joiners stay in scripts that spell with them (Persian, the
# languages of India, Mongolian).
_SILENT = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\U000e0000-\U000e007f%s-\U0010ffff]"
    r"|(?<![\u0590-\u1fff\ua800-\ud7ff])[\u180e\u200c\u200d]"
)
_LINE_BREAK = r"\r\n|[\t-\r\x85\u2028\u2029]"


def _changed(first_private: str) -> re.Pattern[str]:
    silent = _SILENT % first_private
    return re.compile(f"(?P<silent>(?:{silent})+)|(?P<line_break>{_LINE_BREAK})")


_CHANGED = _changed(FIRST_PAUSE)
_CHANGED_BESIDE_PAUSES = _changed(chr(ord(LAST_PAUSE) + 1))


@dataclass(frozen=True, slots=True)
class Replacement:
    """Code points `start` to `end` of the original, at least one, are spoken as `spoken_count` others."""

    start: int
    end: int
    spoken_count: int


@dataclass(frozen=True, slots=True)
class SpanMap:
    """Which ranges of an original text were replaced on the way to what is spoken; all the rest is the same.

    replacements: in order, without overlap. Empty for the usual text, which is spoken as it is.
    """

    replacements: tuple[Replacement, ...] = ()

    def __post_init__(self) -> None:
        in_order = all(before.end <= behind.start for before, behind in pairwise(self.replacements))
        if not in_order or any(not (0 <= r.start < r.end and r.spoken_count >= 0) for r in self.replacements):
            msg = "replacements have a range of at least one code point each, in order and apart"
            raise ValueError(msg)

    def spoken_length(self, original_length: int) -> int:
        """Code points of the spoken text."""
        return original_length + sum(r.spoken_count - (r.end - r.start) for r in self.replacements)

    def spoken_place(self, place: int) -> int:
        """Where a place between two characters of the original is in the spoken text.

        One inside a range that was replaced is at the end of what is spoken for it.
        """
        moved = 0
        for replacement in self.replacements:
            if replacement.start >= place:
                break
            moved += replacement.spoken_count - (min(replacement.end, place) - replacement.start)
        return place + moved

    def to_list(self) -> list[int]:
        """Three numbers for each replacement, for JSON: code points kept before it, replaced, and spoken."""
        numbers = []
        kept_from = 0
        for replacement in self.replacements:
            numbers += [
                replacement.start - kept_from,
                replacement.end - replacement.start,
                replacement.spoken_count,
            ]
            kept_from = replacement.end
        return numbers

    @classmethod
    def from_list(cls, numbers: Sequence[int]) -> "SpanMap":
        """The map that `to_list` wrote. Raises: ValueError."""
        replacements = []
        position = 0
        for kept, replaced, spoken_count in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
            start = position + kept
            position = start + replaced
            replacements.append(Replacement(start, position, spoken_count))
        return cls(tuple(replacements))


def speakable(text: str, *, has_pauses: bool = False) -> tuple[str, SpanMap]:
    """The text that an engine is given, and the map from `text` to it.

    What has no sound (soft hyphens, zero-width, control and bidirectional characters, private use) is
    dropped; a line break or tab becomes one space.
    has_pauses: the characters that stand for pauses (text.pauses) are meant, and stay.
    """
    pieces = []
    replacements = []
    kept_from = 0
    for match in (_CHANGED_BESIDE_PAUSES if has_pauses else _CHANGED).finditer(text):
        spoken = " " if match["line_break"] else ""
        pieces += [text[kept_from : match.start()], spoken]
        kept_from = match.end()
        if len(spoken) != kept_from - match.start():
            replacements.append(Replacement(match.start(), kept_from, len(spoken)))
    pieces.append(text[kept_from:])
    return "".join(pieces), SpanMap(tuple(replacements))


def kept_spoken_text(text: str, spoken_text: str) -> str | None:
    """What is kept of a spoken text beside its original: None where that, made speakable, says it all."""
    # The usual text needs no second look: what is spoken is speakable.
    return None if text == spoken_text or speakable(text)[0] == spoken_text else spoken_text


def spoken_text_of(text: str, kept: str | None) -> str:
    """The spoken text of an original, from what `kept_spoken_text` left of it.

    So what `speakable` makes of a text must stay what it is, as long as there is speech that was made of it.
    """
    return speakable(text)[0] if kept is None else kept


def project(boundaries_of_spoken: Sequence[int], span_map: SpanMap, original_length: int) -> tuple[int, ...]:
    """The boundaries of the original's characters, from those of the spoken text's.

    boundaries_of_spoken: n + 1 for n spoken code points, never decreasing.
    Returns: `original_length` + 1 boundaries with the same first and last. A character that was dropped takes
    no time; those that were replaced together share the time of what was spoken equally, to the sample.
    Maps of several steps are undone one after another, the last step first, or all at once (`compose`).
    Raises: ValueError, when the lengths don't fit the map.
    """
    last = span_map.replacements[-1].end if span_map.replacements else 0
    if last > original_length or len(boundaries_of_spoken) != span_map.spoken_length(original_length) + 1:
        msg = "the boundaries don't belong to this text and map"
        raise ValueError(msg)
    boundaries: list[int] = []
    spoken = 0
    for replacement in span_map.replacements:
        kept = replacement.start - len(boundaries)
        boundaries += boundaries_of_spoken[spoken : spoken + kept]
        spoken += kept
        boundaries += _shares(
            boundaries_of_spoken[spoken],
            boundaries_of_spoken[spoken + replacement.spoken_count],
            replacement.end - replacement.start,
        )
        spoken += replacement.spoken_count
    boundaries += boundaries_of_spoken[spoken:]
    return tuple(boundaries)


def _shares(start: int, end: int, count: int) -> list[int]:
    return [start + (end - start) * share // count for share in range(count)]


def compose(first: SpanMap, second: SpanMap) -> SpanMap:
    """The map of two steps: `first` leads from the original to a text between, and `second` from that to the spoken.

    Ranges that overlap in the text between become one, whose characters share the time of all that is spoken for it.
    """
    if not first.replacements or not second.replacements:
        return first if first.replacements else second
    changes = sorted([*_changes_before(first), *_changes_behind(second)], key=lambda change: change[:2])
    replacements = []
    # How far the original is ahead of the text between.
    ahead = 0
    for group in _overlapping(changes):
        start, end = group[0][0], max(change[1] for change in group)
        length = end - start + sum(original for _, _, original, _ in group)
        spoken_count = end - start + sum(spoken for _, _, _, spoken in group)
        if (length, spoken_count) != (1, 1):
            replacements.append(Replacement(start + ahead, start + ahead + length, spoken_count))
        ahead += length - (end - start)
    return SpanMap(tuple(replacements))


_Change = tuple[int, int, int, int]
"""A range of the text between, and how many characters more the original and the spoken text have in its place."""


def _changes_before(first: SpanMap) -> Iterator[_Change]:
    place = 0
    before = 0
    for r in first.replacements:
        place += r.start - before
        yield place, place + r.spoken_count, r.end - r.start - r.spoken_count, 0
        place += r.spoken_count
        before = r.end


def _changes_behind(second: SpanMap) -> Iterator[_Change]:
    return ((r.start, r.end, 0, r.spoken_count - (r.end - r.start)) for r in second.replacements)


def _overlapping(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Changes in the order of their ranges, those together of which each overlaps one before it."""
    group: list[_Change] = []
    end = 0
    for change in changes:
        if group and change[0] >= end:
            yield group
            group = []
        end = max(end, change[1]) if group else change[1]
        group.append(change)
    if group:
        yield group
