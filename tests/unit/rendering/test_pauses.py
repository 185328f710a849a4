"""How long the silences are."""

import pytest
from tests.factories import make_block

from rhapsode.rendering.pauses import (
    CHAPTER_END_MS,
    CHAPTER_START_MS,
    CLOSE_MS,
    HEADING_MS,
    PARAGRAPH_MS,
    SCENE_BREAK_MS,
    pause_between_ms,
)
from rhapsode.studio.document import BlockKind

P, H, LI, V, Q = (
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.LIST_ITEM,
    BlockKind.VERSE,
    BlockKind.QUOTE,
)


@pytest.mark.parametrize(
    ("before", "after", "pause_ms"),
    [
        (P, P, PARAGRAPH_MS),
        (P, Q, PARAGRAPH_MS),
        (H, P, HEADING_MS),
        (P, H, HEADING_MS),
        (H, H, HEADING_MS),
        (LI, LI, CLOSE_MS),
        (V, V, CLOSE_MS),
        (V, LI, PARAGRAPH_MS),
        (P, LI, PARAGRAPH_MS),
    ],
)
def test_the_kinds_of_two_blocks_decide_the_pause(before: BlockKind, after: BlockKind, pause_ms: int) -> None:
    """Headings stand apart; items of a list and stanzas stand close to their like."""
    assert pause_between_ms(make_block("a", kind=before), make_block("b", kind=after), scene_break=False) == (
        pause_ms
    )


@pytest.mark.parametrize("kind", [P, H, LI])
def test_a_scene_break_is_heard_whatever_it_stands_between(kind: BlockKind) -> None:
    """It is silence, and the longest of all."""
    assert pause_between_ms(make_block("a"), make_block("b", kind=kind), scene_break=True) == SCENE_BREAK_MS
    assert max(CHAPTER_START_MS, CHAPTER_END_MS, HEADING_MS, PARAGRAPH_MS, CLOSE_MS) < SCENE_BREAK_MS
