"""A long text cut into pieces that an engine takes at once: at sentences, where possible."""

import re
from collections.abc import Iterator, Sequence

import sentencex

from rhapsode.text.characters import cut_before

_LOOK_AHEAD_CHARACTERS = 200
"""What sentence rules are shown beyond the limit, so that they know what follows the last full stop."""

_WINDOW_CHARACTERS = 2_000
"""How much of a text sentences are looked for in at once: some input takes the rules quadratic time."""

_QUOTES = "\"'‘’“”„‟«»‹›「」『』()[]{}（）"  # noqa: RUF001 -- these are the marks
_UNQUOTED = str.maketrans(dict.fromkeys(_QUOTES, " "))
_CLAUSE_END = re.compile(r"[,;:…](?=\s)\s*|\s–\s+|—\s*|[，、；：]")  # noqa: RUF001 -- these are the marks
_SPACE = re.compile(r"\s+")
_ENDED = re.compile(r"(?:\s|[。！？])\Z")  # noqa: RUF001 -- these are the marks
_BEGINNING = "Ann"

_FEWEST_LETTERS = 3
"""Of what is spoken by itself: an initial, a number or three asterisks alone isn't said as a sentence would be."""


def split_segments(
    text: str, *, language: str, max_characters: int, opening_characters: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """Cut `text` into contiguous ranges of code points that cover all of it.

    language: BCP 47 tag; its abbreviations are known, unknown languages follow English.
    Each range has 1 to `max_characters` code points; a text within the limit stays whole, an empty one has
    no ranges. Ranges hold as many whole sentences as fit. A sentence beyond the limit is cut at a sentence
    inside its quotations, at the end of a clause, at a space, or else between any two characters, in this
    order of preference. Space belongs to the range before it; a range may be nothing but space.
    opening_characters: about how long the first ranges shall be where less than the whole text is: as many whole
    sentences as fit, but at least one.
    """
    if max_characters < 1:
        msg = "a segment has at least one character"
        raise ValueError(msg)
    ranges: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        limit = opening_characters[len(ranges)] if len(ranges) < len(opening_characters) else max_characters
        end = _opening_end(text, start, language, limit) if limit < max_characters else 0
        if not start < end <= start + max_characters:
            end = _segment_end(text, start, language, max_characters)
        ranges.append((start, end))
        start = end
    return ranges


def list_sentences(text: str, *, language: str) -> list[tuple[int, int]]:
    """The sentences of a text, as contiguous ranges of code points that cover all of it.

    language: as of `split_segments`.    Space belongs to the sentence before it. One of more than 2,000 code points
    is cut into several.
    """
    ranges: list[tuple[int, int]] = []
    for start, end in split_segments(text, language=language, max_characters=_WINDOW_CHARACTERS):
        inside = [start + cut for cut in _sentence_ends(text[start:end], language)]
        ranges += zip([start, *inside], [*inside, end], strict=True)
    return ranges


def split_sentences(text: str, *, language: str, max_characters: int) -> list[tuple[int, int]]:
    """Cut `text` into contiguous ranges of a sentence each, that cover all of it.

    language, max_characters: as of `split_segments`, as which a sentence beyond the limit is cut.
    What has fewer than three letters belongs to the sentence behind it, or at the end of the text to the one before
    it, where both together are within the limit.
    """
    ranges: list[tuple[int, int]] = []
    sentences = list_sentences(text, language=language)
    for start, end in _without_short_ones(text, sentences, max_characters):
        cut = split_segments(text[start:end], language=language, max_characters=max_characters)
        ranges += ((start + part_start, start + part_end) for part_start, part_end in cut)
    return ranges


def _without_short_ones(
    text: str, sentences: Sequence[tuple[int, int]], max_characters: int
) -> Iterator[tuple[int, int]]:
    """The same sentences, those that are too short joined to a neighbour."""
    waiting: tuple[int, int] | None = None
    for start, end in sentences:
        if waiting is None:
            waiting = start, end
            continue
        is_last_and_short = end == len(text) and _is_short(text[start:end])
        is_joined = is_last_and_short or _is_short(text[waiting[0] : waiting[1]])
        if is_joined and end - waiting[0] <= max_characters:
            waiting = waiting[0], end
        else:
            yield waiting
            waiting = start, end
    if waiting is not None:
        yield waiting


def _is_short(sentence: str) -> bool:
    return sum(map(str.isalpha, sentence)) < _FEWEST_LETTERS


def last_sentence_end(text: str, *, language: str) -> int:
    """Where the last sentence ends, of a text that goes on with what isn't known yet; 0 where none has ended.

    language: as of `split_segments`.    A full stop that is the last character may as well be one of a number.
    """
    # Rules see that a sentence has ended by what follows it. So a name does, which could as well follow a title.
    ends = _sentence_ends(f"{text}{_BEGINNING}" if _ENDED.search(text) else text, language)
    return max((end for end in ends if end <= len(text)), default=0)


def _segment_end(text: str, start: int, language: str, max_characters: int) -> int:
    if len(text) - start <= max_characters:
        return len(text)
    # The rules see a window and not the whole text: some input (brackets that never close) takes them
    # quadratic time, and a window's size has a limit.
    window = text[start : start + max_characters + _LOOK_AHEAD_CHARACTERS]
    ends = (find(window, language, max_characters) for find in (_sentence_end, _quoted_sentence_end))
    cut = next((end for end in ends if end), 0) or _clause_end(window, max_characters)
    return start + (cut or cut_before(window, max_characters))


def _opening_end(text: str, start: int, language: str, limit: int) -> int:
    """The end of the last sentence within the limit, or else of the first; 0 where there is none nearby."""
    if len(text) - start <= limit:
        return len(text)
    window = text[start : start + limit + _LOOK_AHEAD_CHARACTERS]
    end = _sentence_end(window, language, limit) or next(_sentence_ends(window, language), 0)
    return start + end if end else 0


def _sentence_end(window: str, language: str, limit: int) -> int:
    """The end of the last sentence within the limit; 0 where there is none."""
    return max((end for end in _sentence_ends(window, language) if end <= limit), default=0)


def _quoted_sentence_end(window: str, language: str, limit: int) -> int:
    """The same inside quotations and brackets, which the rules otherwise keep whole."""
    ends = _sentence_ends(window.translate(_UNQUOTED), language)
    outside = (_before_opening_quotes(window, end) for end in ends if end <= limit)
    return max(outside, default=0)


def _sentence_ends(window: str, language: str) -> Iterator[int]:
    """Where sentences end, except the window's own end, which proves nothing."""
    primary_language = re.split("[-_]", language)[0].lower()
    end = 0
    for sentence in sentencex.segment(primary_language, window):
        end += len(sentence)
        if end < len(window):
            yield end


def _before_opening_quotes(window: str, end: int) -> int:
    """Move a cut that was found without the quotes from behind the opening ones to before them."""
    opening = end
    while opening > 1 and window[opening - 1] in _QUOTES:
        opening -= 1
    return opening if window[opening - 1].isspace() else end


def _clause_end(window: str, limit: int) -> int:
    """The last clause end in the second half of the limit, else the last space; 0 where there is neither."""
    clause = _last_end(_CLAUSE_END, window, limit)
    return clause if clause > limit // 2 else _last_end(_SPACE, window, limit)


def _last_end(pattern: re.Pattern[str], window: str, limit: int) -> int:
    return max((match.end() for match in pattern.finditer(window, 0, limit)), default=0)
