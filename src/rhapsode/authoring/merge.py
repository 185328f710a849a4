"""Meet a document again: which chapters, blocks and nodes of a project are the ones it already had.

Whatever keeps its identity keeps its takes, so an edited paragraph costs one paragraph.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from rhapsode.studio.document import DocumentBlock, DocumentChapter
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, new_id
from rhapsode.studio.project import Block, Chapter, Node


def merge_chapters(stored: Sequence[Chapter], imported: Sequence[DocumentChapter]) -> tuple[Chapter, ...]:
    """The imported chapters, with the identities and revisions of the stored ones they continue.

    Chapters of the same text are the same, whatever they are called now; the others are told by name and place.
    """
    pairs = pair_chapters(
        [(_texts(chapter), chapter.name) for chapter in stored],
        [(_texts(chapter), chapter.name) for chapter in imported],
    )
    return tuple(
        _merge_chapter(stored[pairs[index]] if index in pairs else None, chapter)
        for index, chapter in enumerate(imported)
    )


def pair_chapters(
    before: Sequence[tuple[Hashable, str]], after: Sequence[tuple[Hashable, str]]
) -> dict[int, int]:
    """Index in `after` -> index in `before`, of chapters as (texts, name): by their texts, then by name and place."""
    pairs = pair_equals([texts for texts, _ in before], [texts for texts, _ in after])
    taken = set(pairs.values())
    left_before = [index for index in range(len(before)) if index not in taken]
    left_after = [index for index in range(len(after)) if index not in pairs]
    by_name = pair_up([before[i][1] for i in left_before], [after[i][1] for i in left_after])
    return pairs | {left_after[after_]: left_before[before_] for after_, before_ in by_name.items()}


def keep_moved(
    before: Sequence[Chapter], after: Sequence[Chapter], *, key: Callable[[Block], Hashable]
) -> tuple[Chapter, ...]:
    """The chapters `after`, in which blocks that are new go on with those that left another chapter.

    key: what of a block has to be the same, its text at least.
    """
    kept = {block.block_id for chapter in after for block in chapter.blocks}
    known = {block.block_id for chapter in before for block in chapter.blocks}
    free: dict[Hashable, deque[Block]] = defaultdict(deque)
    for block in (block for chapter in before for block in chapter.blocks if block.block_id not in kept):
        free[key(block)].append(block)

    def continued(block: Block) -> Block:
        if block.block_id in known or not free[key(block)]:
            return block
        stored = free[key(block)].popleft()
        return replace(block, block_id=stored.block_id, nodes=stored.nodes, locked=stored.locked)

    return tuple(
        replace(chapter, blocks=tuple(continued(block) for block in chapter.blocks)) for chapter in after
    )


def _texts(chapter: Chapter | DocumentChapter) -> Hashable:
    return tuple(block.text for block in chapter.blocks)


def _merge_chapter(stored: Chapter | None, imported: DocumentChapter) -> Chapter:
    if stored is None:
        stored = Chapter(ChapterId(new_id()), imported.name, ())
    return replace(
        stored,
        name=imported.name,
        blocks=_merge_blocks(stored.blocks, imported.blocks),
        matter=imported.matter,
        role=imported.role,
        narrated=imported.narrated,
    )


def _merge_blocks(stored: Sequence[Block], imported: Sequence[DocumentBlock]) -> tuple[Block, ...]:
    pairs = pair_up(
        [(block.kind, block.text, block.language) for block in stored],
        [(block.kind, block.text, block.language) for block in imported],
    )
    return tuple(
        _merge_block(stored[pairs[index]] if index in pairs else None, block)
        for index, block in enumerate(imported)
    )


def _merge_block(stored: Block | None, imported: DocumentBlock) -> Block:
    if stored is not None and stored.text == imported.text:
        nodes = stored.nodes
    else:
        nodes = _renewed_nodes(stored, imported.text)
    return Block(
        block_id=BlockId(new_id()) if stored is None else stored.block_id,
        kind=imported.kind,
        sub_type=imported.sub_type,
        nodes=nodes,
        language=imported.language,
        narrated=imported.narrated,
        locked=stored is not None and stored.locked,
    )


def _renewed_nodes(stored: Block | None, text: str) -> tuple[Node, ...]:
    if not text:
        return ()
    if stored is None or not stored.nodes:
        return (Node(NodeId(new_id()), text),)
    return (replace(stored.nodes[0], text=text),)


Difference = tuple[str, range, range]
"""What became of a range of the earlier and a range of the later: "equal", "replace", "delete" or "insert"."""


def pair_equals(before: Sequence[Hashable], after: Sequence[Hashable]) -> dict[int, int]:
    """Index in `after` -> index in `before` for what stayed and what moved."""
    return _equals(before, after, _differences(before, after))


def pair_up(before: Sequence[Hashable], after: Sequence[Hashable]) -> dict[int, int]:
    """Index in `after` -> index in `before`: what stayed, what moved, and what was replaced in its place."""
    differences = _differences(before, after)
    pairs = _equals(before, after, differences)
    taken = set(pairs.values())
    for tag, before_range, after_range in differences:
        if tag == "replace":
            free_before = [index for index in before_range if index not in taken]
            free_after = [index for index in after_range if index not in pairs]
            pairs |= dict(zip(free_after, free_before, strict=False))
    return pairs


def _differences(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[Difference]:
    """In order, with equal ends cut off first because the matcher's time grows with the square of the middle."""
    limit = min(len(before), len(after))
    start = next((i for i in range(limit) if before[i] != after[i]), limit)
    rest = limit - start
    end = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    # With its `autojunk` the matcher leaves texts out that occur often: `_add_moves` pairs them, and a chapter
    # of nothing but two lines takes milliseconds instead of minutes.
    middle = SequenceMatcher(None, before[start : len(before) - end], after[start : len(after) - end])
    return [
        ("equal", range(start), range(start)),
        *(
            (tag, range(start + i1, start + i2), range(start + j1, start + j2))
            for tag, i1, i2, j1, j2 in middle.get_opcodes()
        ),
        ("equal", range(len(before) - end, len(before)), range(len(after) - end, len(after))),
    ]


def _equals(
    before: Sequence[Hashable], after: Sequence[Hashable], differences: Iterable[Difference]
) -> dict[int, int]:
    pairs = {
        after_index: before_index
        for tag, before_range, after_range in differences
        if tag == "equal"
        for after_index, before_index in zip(after_range, before_range, strict=True)
    }
    _add_moves(pairs, before, after)
    return pairs


def _add_moves(pairs: dict[int, int], before: Sequence[Hashable], after: Sequence[Hashable]) -> None:
    taken = set(pairs.values())
    free: dict[Hashable, deque[int]] = defaultdict(deque)
    for index, key in enumerate(before):
        if index not in taken:
            free[key].append(index)
    for index, key in enumerate(after):
        if index not in pairs and free[key]:
            pairs[index] = free[key].popleft()
