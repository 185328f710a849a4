"""Where a book is cut for a shop: chapters that are too long for one file, and the sample that buyers hear. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rhapsode.studio.document import BlockKind, Matter
from rhapsode.studio.project import Block, Chapter

_CHARACTERS_PER_S = 14.0
"""Of speech with its pauses where nobody has measured it yet: slower than most voices are."""

_SPARE_S = 10.0
"""Of each limit: pauses at both ends, and what a longer pause at a cut may add."""

_STEPS = 20
"""From files that are equally long, as no paragraphs are, to ones that are as long as may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a shop takes, in seconds: of one file at most, of the sample at most and better at least."""

    file_s: float
    sample_s: float
    sample_wanted_s: float


def lengths_of(blocks: Sequence[Block], known_s: Mapping[str, float]) -> list[float]:
    """How long each block is in seconds, with the pause before it. known_s: of texts that were measured."""
    return [
        known_s.get(block.text, len(block.text) / _CHARACTERS_PER_S) if block.is_spoken else 0.0
        for block in blocks
    ]


def cut_chapter(
    chapter: Chapter, known_s: Mapping[str, float], limits: Limits
) -> tuple[tuple[Block, ...], ...]:
    """The blocks of a chapter in as few pieces as fit into one file each, about equally long.

    A block that is longer than a file stays whole.
    """
    lengths_s = lengths_of(chapter.blocks, known_s)
    limit_s = limits.file_s - _SPARE_S
    count = len(_filled(lengths_s, limit_s))
    share_s = sum(lengths_s) / count
    steps_s = (share_s + (limit_s - share_s) * step / _STEPS for step in range(_STEPS))
    # The limit itself, and not what it is rounded to: with that so few pieces are enough.
    rooms_s = (*steps_s, limit_s)
    pieces = next(
        pieces for pieces in (_filled(lengths_s, room_s) for room_s in rooms_s) if len(pieces) <= count
    )
    return tuple(chapter.blocks[piece] for piece in pieces)


def _filled(lengths_s: Sequence[float], room_s: float) -> list[slice]:
    """Stretches that fit into so much room each, or are one that doesn't."""
    pieces, start, reached_s = [], 0, 0.0
    for index, length_s in enumerate(lengths_s):
        if index > start and reached_s + length_s > room_s:
            pieces.append(slice(start, index))
            start, reached_s = index, 0.0
        reached_s += length_s
    return [*pieces, slice(start, len(lengths_s))]


def choose_sample(
    chapters: Sequence[Chapter], known_s: Mapping[str, float], limits: Limits
) -> tuple[Block, ...]:
    """What buyers hear: paragraphs from the beginning of a chapter, as many as fit; none when none does.

    The first chapter of the book itself that is long enough, or else the one that gives most.
    """
    body = [chapter for chapter in chapters if chapter.matter is Matter.BODY] or chapters
    longest: tuple[float, tuple[Block, ...]] = (0.0, ())
    for chapter in body:
        found = _begin(chapter.blocks, known_s, limits.sample_s - _SPARE_S)
        length_s = sum(lengths_of(found, known_s))
        if length_s >= limits.sample_wanted_s:
            return found
        longest = max(longest, (length_s, found), key=lambda each: each[0])
    return longest[1]


def _begin(blocks: Sequence[Block], known_s: Mapping[str, float], limit_s: float) -> tuple[Block, ...]:
    """The first paragraphs, without the headings before and behind them."""
    first = next(
        (i for i, block in enumerate(blocks) if block.is_spoken and _is_narration(block)), len(blocks)
    )
    end, reached_s = first, 0.0
    for index, (block, length_s) in enumerate(
        zip(blocks[first:], lengths_of(blocks[first:], known_s), strict=True), start=first
    ):
        reached_s += length_s
        if reached_s > limit_s:
            break
        if block.is_spoken and _is_narration(block):
            end = index + 1
    return tuple(blocks[first:end])


def _is_narration(block: Block) -> bool:
    return block.kind is not BlockKind.HEADING
