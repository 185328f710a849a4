"""The words of a text as they are heard: each with what was spoken for it. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rhapsode.text.pauses import is_pause
from rhapsode.text.spoken import SpanMap

# Dashes and dots between two words stand for the space there, and for the pause.
_STRETCH = re.compile(r"(?:(?!--|\.\.)[^\s\u2013-\u2015…])+")
_WIDE_MARKS = "\uff01\uff0c\uff0e\uff1a\uff1b\uff1f"
_MARKS = frozenset(f".,;:!?…'\"*_~¡¿·،؛؟。、{_WIDE_MARKS}")
_MARK_CATEGORIES = frozenset({"Ps", "Pe", "Pi", "Pf", "Pd"})


@dataclass(frozen=True, slots=True)
class HeardWord:
    """The code points `start` to `end` of an original, and what was spoken for them.

    Usually a word without the punctuation around it. What a rule replaces together is together: "New York" is one
    where it is spoken as "the city".
    """

    start: int
    end: int
    spoken: str


def iterate_words(text: str, spans: Sequence[int], spoken_text: str) -> Iterator[HeardWord]:
    """The words of an original that are heard, in order and apart; what has no sound is none.

    spans: how the spoken text differs, as SpanMap.to_list has it.    Scripts without spaces have long words.
    """
    span_map = SpanMap.from_list(spans)

    def heard_for(start: int, end: int) -> str:
        spoken = spoken_text[span_map.spoken_place(start) : span_map.spoken_place(end)]
        return "".join(" " if is_pause(character) else character for character in spoken).strip()

    replaced = [_Range(r.start, r.end) for r in span_map.replacements]
    # The space that is said as "of" in "5 July" belongs to both.
    glued = [_Range(r.start - 1, r.end + 1) for r in replaced if _is_said_space(text, r, heard_for)]
    for start, end in _joined([*_list_stretches(text), *replaced, *glued]):
        heard = heard_for(start, end)
        if heard:
            written = text[start:end]
            # A range that was replaced may begin with the space before its word: the shortest edit has it so.
            start += len(written) - len(written.lstrip())
            yield HeardWord(start, start + len(written.strip()), heard)


class _Range(NamedTuple):
    start: int
    end: int


def _is_said_space(text: str, replaced: _Range, heard_for: Callable[[int, int], str]) -> bool:
    is_inside = replaced.start > 0 and replaced.end < len(text)
    return is_inside and text[slice(*replaced)].isspace() and bool(heard_for(*replaced))


def _list_stretches(text: str) -> list[_Range]:
    """Where something stands between spaces that is more than punctuation, which is cut off at both ends."""
    trimmed = (_trimmed(text, *match.span()) for match in _STRETCH.finditer(text))
    return [each for each in trimmed if each.start < each.end]


def _trimmed(text: str, start: int, end: int) -> _Range:
    while start < end and _is_mark(text[start]):
        start += 1
    while start < end and _is_mark(text[end - 1]):
        end -= 1
    return _Range(start, end)


def _is_mark(character: str) -> bool:
    return character in _MARKS or unicodedata.category(character) in _MARK_CATEGORIES


def _joined(ranges: Iterable[_Range]) -> Iterator[_Range]:
    """Those that overlap as one, in order."""
    joined: _Range | None = None
    for each in sorted(ranges):
        if joined is not None and each.start < joined.end:
            joined = _Range(joined.start, max(joined.end, each.end))
            continue
        if joined is not None:
            yield joined
        joined = each
    if joined is not None:
        yield joined
