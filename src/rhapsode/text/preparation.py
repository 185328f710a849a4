"""From a text as it is written to what is spoken for it: rules of dictionaries, normalisation, pauses, audio tags.

In this order: tags that ask for a pause and audio tags are found; then the rules of dictionaries fit what stands
beside them; then all that none of these has touched is normalised; last, what has no sound is dropped. What a rule
puts into a text is spoken as it says: no other rule fits it, and its numbers aren't read in another way.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, Pronunciation
from rhapsode.text.arpabet import arpabet_to_ipa
from rhapsode.text.normalization import normalize
from rhapsode.text.pauses import find_breaks, find_pauses, pause_character, without_breaks
from rhapsode.text.rules import RuleMatch, RuleSet, compile_rules
from rhapsode.text.sentences import split_segments, split_sentences
from rhapsode.text.spoken import Replacement, SpanMap, compose, speakable
from rhapsode.text.tags import find_tags

NO_RULES = compile_rules(())


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to texts before they are spoken.

    rules: those that the engine can follow.    has_silent_tags: audio tags aren't read aloud.
    normalized_as: BCP 47 tag of the language in which numbers and the like are read; None leaves them to the engine.
    """

    rules: RuleSet = NO_RULES
    normalized_as: str | None = None
    has_silent_tags: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is spoken for the code points `start` to `end` of a text.

    spoken_text: with its pauses (text.pauses).    spans: the way from that stretch of the text to it.
    pronunciations: of stretches of it.
    """

    start: int
    end: int
    spoken_text: str
    spans: SpanMap
    pronunciations: tuple[Pronunciation, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    """`spoken` stands for a stretch of a text, whatever else is done to the text, and sounds as `phonemes` say."""

    start: int
    end: int
    spoken: str
    phonemes: str | None = None


def prepare(text: str, preparation: Preparation) -> Prepared:
    """What is spoken for a text as a whole."""
    return _prepared(text, 0, len(text), _marks(text, preparation), preparation)


def split_prepared(
    text: str,
    preparation: Preparation,
    *,
    language: str,
    max_characters: int,
    opening_characters: Sequence[int] = (),
    by_sentence: bool = False,
) -> list[Prepared]:
    """Cut a text as `split_segments` does, so that no part has more than `max_characters` when it is spoken.

    by_sentence: cut it as `split_sentences` does; tags that ask for a pause belong to the sentence before them.
    No cut is inside a tag, or inside what a rule replaces, unless what is spoken for that is too long by itself: then
    the rule doesn't count.
    """
    marks = [mark for mark in _marks(text, preparation) if len(mark.spoken) <= max_characters]

    def split(start: int, ranges: Sequence[tuple[int, int]]) -> Iterator[Prepared]:
        for part_start, part_end in _outside_marks(ranges, start, marks):
            part = _prepared(text, part_start, part_end, marks, preparation)
            length, spoken_count = part_end - part_start, len(part.spoken_text)
            if spoken_count <= max_characters:
                yield part
            elif length == 1:
                # Such as "½" for an engine that takes five characters: nothing of it can be cut off.
                yield _prepared(text, part_start, part_end, marks, replace(preparation, normalized_as=None))
            else:
                limit = max(length * max_characters // spoken_count, 1)
                written = text[part_start:part_end]
                yield from split(part_start, split_segments(written, language=language, max_characters=limit))

    if by_sentence:
        written = without_breaks(text)
        sentences = split_sentences(written, language=language, max_characters=max_characters)
        ranges = _not_inside_marks(sentences, marks)
        marks = _with_silent_ends(written, ranges, marks)
    else:
        ranges = split_segments(
            text,
            language=language,
            max_characters=max_characters,
            opening_characters=opening_characters,
        )
    return [*split(0, ranges)]


def _not_inside_marks(ranges: Sequence[tuple[int, int]], marks: Sequence[_Mark]) -> list[tuple[int, int]]:
    """The same ranges, those joined between which a mark has no end: what it stands for is of both sentences."""
    ends = [mark.end for mark in marks]
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        index = bisect_right(ends, start)
        if joined and index < len(marks) and marks[index].start < start:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _with_silent_ends(written: str, ranges: Sequence[tuple[int, int]], marks: Sequence[_Mark]) -> list[_Mark]:
    """The marks, and one for the space behind each sentence: it is spoken the same whether another follows or not."""
    ends = (_Mark(start + len(written[start:end].rstrip()), end, "") for start, end in ranges if end > start)
    touched = [(mark.start, mark.end) for mark in marks]
    silent = [end for end in ends if end.start < end.end and not _touches(touched, end.start, end.end)]
    return sorted([*marks, *silent], key=lambda mark: mark.start)


def list_fired_rules(text: str, preparation: Preparation) -> list[AliasRule | PhonemeRule]:
    """The rules that change how a text is read, in the order of their places."""
    if preparation.rules is NO_RULES:
        return []
    return [match.rule for match in _rule_matches(text, preparation, _tags(text, preparation))]


def _marks(text: str, preparation: Preparation) -> list[_Mark]:
    tags = _tags(text, preparation)
    if preparation.rules is NO_RULES:
        return tags
    rules = (_rule_mark(text, match) for match in _rule_matches(text, preparation, tags))
    return sorted([*tags, *rules], key=lambda mark: mark.start)


def _tags(text: str, preparation: Preparation) -> list[_Mark]:
    marks = [_Mark(b.start, b.end, pause_character(b.pause_ms)) for b in find_breaks(text)]
    # A character that looks like a pause in an original is none, and has no sound.
    marks += [_Mark(start, end, "") for start, end in find_pauses(text)]
    if preparation.has_silent_tags:
        marks += [_Mark(start, end, "") for start, end in find_tags(text)]
    return sorted(marks, key=lambda mark: mark.start)


def _rule_matches(text: str, preparation: Preparation, tags: Sequence[_Mark]) -> Iterator[RuleMatch]:
    ranges = [(tag.start, tag.end) for tag in tags]
    return (m for m in preparation.rules.find(text) if not _touches(ranges, m.start, m.end))


def _rule_mark(text: str, match: RuleMatch) -> _Mark:
    rule = match.rule
    if isinstance(rule, AliasRule):
        return _Mark(match.start, match.end, speakable(rule.alias)[0])
    spoken = speakable(text[match.start : match.end])[0]
    ipa = rule.phoneme if rule.alphabet == "ipa" else arpabet_to_ipa(rule.phoneme)
    return _Mark(match.start, match.end, spoken, ipa if spoken else None)


def _outside_marks(
    ranges: Sequence[tuple[int, int]], start: int, marks: Sequence[_Mark]
) -> Iterator[tuple[int, int]]:
    """Ranges of a stretch that begins at `start`, with cuts inside a mark moved to its beginning, or to its end."""
    ends = [mark.end for mark in marks]
    cuts = [start]
    for _, found in ranges:
        cut = start + found
        index = bisect_right(ends, cut)
        if index < len(marks) and marks[index].start < cut:
            mark = marks[index]
            cut = mark.start if mark.start > cuts[-1] else mark.end
        if cut > cuts[-1]:
            cuts.append(cut)
    return pairwise(cuts)


def _prepared(text: str, start: int, end: int, marks: Sequence[_Mark], preparation: Preparation) -> Prepared:
    inside = [mark for mark in marks if start <= mark.start and mark.end <= end]
    marked, first, ranges = _with_marks(text, start, end, inside)
    normalized, second = _normalized(marked, ranges, preparation.normalized_as)
    spoken_text, third = speakable(normalized, has_pauses=True)
    behind = compose(second, third)
    pronunciations = (
        Pronunciation(behind.spoken_place(at), behind.spoken_place(until), mark.phonemes)
        for mark, (at, until) in zip(inside, ranges, strict=True)
        if mark.phonemes is not None
    )
    return Prepared(start, end, spoken_text, compose(first, behind), tuple(pronunciations))


def _with_marks(
    text: str, start: int, end: int, marks: Sequence[_Mark]
) -> tuple[str, SpanMap, list[tuple[int, int]]]:
    """A stretch of a text with what is spoken for its marks, the map to it, and where in it they are."""
    pieces, replacements, ranges = [], [], []
    kept_from = start
    length = 0
    for mark in marks:
        kept = text[kept_from : mark.start]
        pieces += [kept, mark.spoken]
        length += len(kept)
        ranges.append((length, length + len(mark.spoken)))
        length += len(mark.spoken)
        if mark.spoken != text[mark.start : mark.end]:
            replacements.append(Replacement(mark.start - start, mark.end - start, len(mark.spoken)))
        kept_from = mark.end
    pieces.append(text[kept_from:end])
    return "".join(pieces), SpanMap(tuple(replacements)), ranges


def _normalized(text: str, untouched: Sequence[tuple[int, int]], language: str | None) -> tuple[str, SpanMap]:
    """A text normalised as a whole, as what a number means depends on its neighbours; but not in these ranges."""
    if language is None:
        return text, SpanMap()
    normalized, spans = normalize(text, language=language)
    if not any(_touches(untouched, r.start, r.end) for r in spans.replacements):
        return normalized, spans
    changes: list[_Mark] = []
    for change in _changes(normalized, spans, 0):
        if not _touches(untouched, change.start, change.end):
            changes.append(change)
            continue
        # Such as "$5 million", of which a rule has taken "million".
        for start, end in _beside(untouched, change.start, change.end):
            changes += _changes(*normalize(text[start:end], language=language), start)
    return _with_marks(text, 0, len(text), changes)[:2]


def _changes(normalized: str, spans: SpanMap, begin: int) -> Iterator[_Mark]:
    """What was said for what, in a text that begins at `begin` of another."""
    ahead = 0
    for r in spans.replacements:
        start = r.start + ahead
        yield _Mark(begin + r.start, begin + r.end, normalized[start : start + r.spoken_count])
        ahead += r.spoken_count - (r.end - r.start)


def _beside(ranges: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of start to end is in none of these ranges."""
    inside = [(known, known_end) for known, known_end in ranges if known < end and known_end > start]
    for (_, free_start), (free_end, _) in pairwise([(start, start), *inside, (end, end)]):
        if free_start < free_end:
            yield free_start, free_end


def _touches(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether start to end has anything of one of these ranges, which are in order; an empty one, too."""
    index = bisect_right(ranges, start, key=lambda known: known[1])
    return index < len(ranges) and ranges[index][0] < end
