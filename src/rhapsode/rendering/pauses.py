"""How long the silences are, in milliseconds, before they are set on the frame grid."""

from rhapsode.studio.document import BlockKind
from rhapsode.studio.project import Block

CHAPTER_START_MS = 600
CHAPTER_END_MS = 1_500
HEADING_MS = 1_000
SCENE_BREAK_MS = 2_000
PARAGRAPH_MS = 500
CLOSE_MS = 300
"""Between the items of a list and between stanzas."""
LINE_MS = 300
"""Between the lines of a dialogue, which answer each other."""
SENTENCE_MS = 260
"""Between two sentences of a paragraph that are spoken apart: engines end a text without the pause that they make
between two sentences. With what the grid adds, 26 to 52 ms, it is as long as espeak's own."""

_CLOSE_KINDS = frozenset({BlockKind.LIST_ITEM, BlockKind.VERSE})


def pause_between_ms(before: Block, after: Block, *, scene_break: bool) -> int:
    """The silence between two spoken blocks of a chapter."""
    if scene_break:
        return SCENE_BREAK_MS
    if BlockKind.HEADING in (before.kind, after.kind):
        return HEADING_MS
    if before.kind is after.kind and before.kind in _CLOSE_KINDS:
        return CLOSE_MS
    return PARAGRAPH_MS
