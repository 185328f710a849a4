"""Where somebody speaks in a text: the stretches between quotation marks, of whatever kind its language has.

A mark that opens is told from one that closes, and an apostrophe from both, by what stands beside it. What is only
named between marks, a title or a word that is held at arm's length, isn't speech.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

QUOTED = "\N{OBJECT REPLACEMENT CHARACTER}"
"""What a narrator's words have in the place of what is said."""

_SINGLE = "\N{LEFT SINGLE QUOTATION MARK}"
MARKS = f" “”„«»’\"'{_SINGLE}"
"""What may stand at the ends of what somebody says."""

# What a text may have of its own that stands for quotations and names here.
_NO_MARKS = {ord(QUOTED): " ", 0: " "}
_TERMINAL = ".,!?;:—–…-"
_MOST_NAMED_WORDS = 5
_BESIDE = 60  # characters around a quotation that are looked at
_INTRODUCED = re.compile(r"[:,—–.!?…;]\W*$")
_DASH = re.compile(r"^[—–―]\s*|^-\s+")
_INCISE = re.compile(r"(?<=\S)\s+[—–―-](?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Marks:
    """A pair of quotation marks. is_apostrophe: whether the closing one stands in words, too."""

    opening: str
    closing: str
    is_apostrophe: bool = False


_PAIRS = (
    Marks("“", "”"),
    Marks("„", "“”"),
    Marks("«", "»"),
    Marks("»", "«"),
    Marks("「", "」"),
    Marks('"', '"'),
    Marks(_SINGLE, "’", is_apostrophe=True),
    Marks("'", "'", is_apostrophe=True),
)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch that somebody says, its marks included: code points [start, end) of its paragraph.

    continues: it goes on with what the paragraph before has left open, so that the same person speaks.
    """

    start: int
    end: int
    continues: bool = False


def find_quotations(paragraphs: Sequence[str], marks: Marks | None = None) -> list[list[Quotation]]:
    """The quotations of each paragraph of a chapter, in order. marks: of the book; of these paragraphs, if None."""
    used = marks or find_marks(paragraphs)
    found: list[list[Quotation]] = []
    is_open = False
    for text in paragraphs:
        if used is None:
            spans, still_open = list(_dialogue(text)), False
        else:
            spans, still_open = _spans(text, used)
        continues = is_open and bool(spans) and not text[: spans[0][0]].strip()
        speech = [span for span in spans if used is None or _is_speech(text, *span)]
        found.append(
            [Quotation(*span, continues=continues and span == spans[0]) for span in speech],
        )
        is_open = still_open
    return found


def find_marks(paragraphs: Sequence[str]) -> Marks | None:
    """The marks that open most of a book's quotations; None where dialogue begins with a dash."""
    text = "\n".join(paragraphs)
    dashes = sum(bool(_DASH.match(paragraph)) for paragraph in paragraphs)
    counted = [(len(re.findall(_opening_pattern(marks), text)), marks) for marks in _PAIRS]
    count, best = max(counted, key=lambda counted_marks: counted_marks[0])
    return None if dashes > count else best


def _opening_pattern(marks: Marks) -> str:
    """What only the opening mark of a pair looks like: a word begins behind it, and none ends before it."""
    # French has a space within its marks.
    space = r"\s?" if marks.opening in "«»" else ""
    return rf"(?<!\w){re.escape(marks.opening)}(?={space}[\w{MARKS[1:]}¿¡…—–])"


def _spans(text: str, marks: Marks) -> tuple[list[tuple[int, int]], bool]:
    """([start, end) with their marks, whether the last of them is left open)."""
    spans: list[tuple[int, int]] = []
    position = 0
    while (opened := _opening(text, marks, position)) is not None:
        closed = _closing(text, marks, opened + 1)
        if closed is None:
            return [*spans, (opened, len(text))], True
        spans.append((opened, closed + 1))
        position = closed + 1
    return spans, False


def _opening(text: str, marks: Marks, position: int) -> int | None:
    pattern = _opening_pattern(marks) if marks.is_apostrophe else re.escape(marks.opening)
    match = re.compile(pattern).search(text, position)
    return None if match is None else match.start()


def _closing(text: str, marks: Marks, position: int) -> int | None:
    """The mark that closes what was opened. Between inner ones of the same pair it is none."""
    if marks.is_apostrophe:
        return _closing_apostrophe(text, marks, position)
    depth = 0
    for index in range(position, len(text)):
        if text[index] in marks.closing:
            if depth == 0:
                return index
            depth -= 1
        elif text[index] == marks.opening:
            depth += 1
    return None if depth == 0 else _last(text, marks, position)


def _last(text: str, marks: Marks, position: int) -> int | None:
    """Where a writer has opened twice and closed once, the last mark that closes."""
    found = max(text.rfind(mark, position) for mark in marks.closing)
    return None if found < 0 else found


def _closing_apostrophe(text: str, marks: Marks, position: int) -> int | None:
    """The first that no letter follows and punctuation precedes; else the last before another opens."""
    following = _opening(text, marks, position)
    limit = len(text) if following is None else following
    ends = [
        index
        for index in range(position, limit)
        if text[index] == marks.closing and not text[index + 1 : index + 2].isalnum()
    ]
    after_punctuation = [index for index in ends if text[index - 1] in _TERMINAL]
    return after_punctuation[0] if after_punctuation else (ends[-1] if ends else None)


def _is_speech(text: str, start: int, end: int) -> bool:
    """Whether marks hold speech, not a title or a word that somebody is quoted with."""
    inner = text[start + 1 : end - 1].strip()
    if not any(character.isalnum() for character in inner):
        return False
    before, after = tail(text, start).rstrip(), text[end : end + _BESIDE].lstrip()
    if not before or inner[-1] in _TERMINAL or len(inner.split()) > _MOST_NAMED_WORDS:
        return True
    if _INTRODUCED.search(before) and (inner[0].isupper() or not after):
        return not after or after[0] not in ",;" or inner[0].isupper()
    return False


def _dialogue(text: str) -> Iterator[tuple[int, int]]:
    """What is said in a paragraph that begins with a dash; a dash before a word opens what the narrator puts in."""
    begun = _DASH.match(text)
    if begun is None:
        return
    start, is_said = begun.end(), True
    for mark in [*_INCISE.finditer(text, start), None]:
        end = len(text) if mark is None else mark.start()
        if is_said and text[start:end].strip():
            yield start, end
        if mark is None:
            return
        closed = text.find("—", mark.end()) if mark[0].strip() == "—" else -1
        start, is_said = (mark.end(), False) if closed < 0 else (closed + 1, True)


def tail(text: str, end: int, length: int = _BESIDE) -> str:
    """The last of what stands before a place, for patterns that end there: a paragraph may be a book long.

    Where something is cut off, it begins with a letter, so that it doesn't look like a beginning.
    """
    return text[:end] if end <= length else f"x{text[end - length : end]}"


def narration(text: str, quotations: Sequence[Quotation]) -> str:
    """The narrator's words of a paragraph, with QUOTED for each quotation."""
    parts: list[str] = []
    position = 0
    for quotation in quotations:
        parts += (text[position : quotation.start].translate(_NO_MARKS), QUOTED)
        position = quotation.end
    return "".join([*parts, text[position:].translate(_NO_MARKS)])
