"""Text as it is given to an engine, and the way back from the times of what was spoken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Soft hyphen, zero width space and word joiner, control characters that are not space, bidirectional
# controls, invisible operators, tags, private use, halves of surrogate pairs and what is no character: none
# of it is heard, and engines stumble over it. The joiners stay in scripts that spell with them (Persian, the
# languages of India, Mongolian).
_SILENT = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
    r"|(?<![\u0590-\u1fff\ua800-\ud7ff])[\u180e\u200c\u200d]"
)
_LINE_BREAK = r"\r\n|[\t-\r\x85\u2028\u2029]"
_CHANGED = re.compile(f"(?P<silent>(?:{_SILENT})+)|(?P<line_break>{_LINE_BREAK})")


@dataclass(frozen=True, slots=True)
class Replacement:
    """Code points `start` to `end` of the original, at least one, are spoken as `spoken_count` others."""

    start: int
    end: int
    spoken_count: int


@dataclass(frozen=True, slots=True)
class SpanMap:
    """Which ranges of an original text were replaced when it was made speakable; all the rest is the same.

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


def speakable(text: str) -> tuple[str, SpanMap]:
    """The text that an engine is given, and the map from `text` to it.

    What has no sound (soft hyphens, zero-width, control and bidirectional characters, private use) is
    dropped; a line break or tab becomes one space.
    """
    pieces = []
    replacements = []
    kept_from = 0
    for match in _CHANGED.finditer(text):
        spoken = " " if match["line_break"] else ""
        pieces += [text[kept_from : match.start()], spoken]
        kept_from = match.end()
        if len(spoken) != kept_from - match.start():
            replacements.append(Replacement(match.start(), kept_from, len(spoken)))
    pieces.append(text[kept_from:])
    return "".join(pieces), SpanMap(tuple(replacements))


def project(boundaries_of_spoken: Sequence[int], span_map: SpanMap, original_length: int) -> tuple[int, ...]:
    """The boundaries of the original's characters, from those of the spoken text's.

    boundaries_of_spoken: n + 1 for n spoken code points, never decreasing.
    Returns: `original_length` + 1 boundaries with the same first and last. A character that was dropped takes
    no time; those that were replaced together share the time of what was spoken equally, to the sample.
    Maps of several steps are undone one after another, the last step first.
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
