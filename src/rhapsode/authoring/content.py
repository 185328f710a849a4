"""Content as a client sends it, and what it makes of a chapter. Pure: values in, values out.

A block that is sent back with its `block_id` stays that block, and its nodes stay those nodes: so they keep their
takes, and what hasn't changed is never spoken again. Blocks that a client doesn't see, because they aren't heard
(notes, captions, scene breaks), stay behind the block that they stood behind.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.merge import pair_chapters, pair_equals, pair_up
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, VoiceId, new_id
from rhapsode.studio.project import Block, Chapter, Node, Project


@dataclass(frozen=True, slots=True)
class SentNode:
    """A node as it was sent; `voice_id` None means the project's default."""

    text: str
    voice_id: VoiceId | None = None


@dataclass(frozen=True, slots=True)
class SentBlock:
    """A block as it was sent. sub_type: `p`, `h1`, `h2`, `h3` or None; block_id: that of a block to go on with."""

    nodes: tuple[SentNode, ...]
    sub_type: str | None = None
    block_id: BlockId | None = None

    @property
    def has_text(self) -> bool:
        """Whether anything of it could be heard."""
        return any(node.text.strip() for node in self.nodes)


@dataclass(frozen=True, slots=True)
class SentChapter:
    """A chapter as it was sent; `name` None where nobody said one."""

    name: str | None
    blocks: tuple[SentBlock, ...]


def with_voices(
    blocks: Sequence[SentBlock], accepted: Mapping[VoiceId | None, VoiceId | None]
) -> tuple[SentBlock, ...]:
    """The same content with each voice's id as it is kept."""
    return tuple(
        replace(block, nodes=tuple(replace(node, voice_id=accepted[node.voice_id]) for node in block.nodes))
        for block in blocks
    )


def new_chapters(sent: Sequence[SentChapter], project: Project) -> tuple[Chapter, ...]:
    """New chapters of this content; those without a name are numbered."""
    return tuple(
        Chapter(ChapterId(new_id()), chapter.name or f"Chapter {number}", revise((), chapter.blocks, project))
        for number, chapter in enumerate(sent, start=1)
    )


def revise_chapters(
    stored: Sequence[Chapter], sent: Sequence[SentChapter], project: Project
) -> tuple[Chapter, ...]:
    """The chapters of a project after its whole content was replaced, with what they go on with of the stored ones.

    A client sees no chapter that isn't narrated, so whoever replaces everything doesn't keep it.
    """
    seen = [chapter for chapter in stored if chapter.narrated]
    fresh = new_chapters(sent, project)
    pairs = pair_chapters(
        [(_heard(chapter), chapter.name) for chapter in seen],
        [(_heard(chapter), chapter.name) for chapter in fresh],
    )
    return tuple(
        chapter
        if index not in pairs
        else replace(
            seen[pairs[index]],
            name=chapter.name,
            blocks=revise(seen[pairs[index]].blocks, sent[index].blocks, project),
        )
        for index, chapter in enumerate(fresh)
    )


def _heard(chapter: Chapter) -> tuple[str, ...]:
    return tuple(block.text for block in chapter.blocks if block.is_spoken)


def revise(stored: Sequence[Block], sent: Sequence[SentBlock], project: Project) -> tuple[Block, ...]:
    """The blocks of a chapter after its content was replaced; `project` says who the default voices are.

    A block without text is none: it was emptied, or never begun. Blocks nobody saw go together with the text
    when nothing of it is left.
    """
    wanted = [block for block in sent if block.has_text]
    continued = _find_continued([block for block in stored if block.is_spoken], wanted)
    revised = [
        revise_block(continued.get(index), block, project, shows_defaults=True)
        for index, block in enumerate(wanted)
    ]
    return _with_unseen(stored, revised)


def _find_continued(seen: Sequence[Block], sent: Sequence[SentBlock]) -> dict[int, Block]:
    """Index of a sent block -> the block it goes on with: the one it names, each once, else one of its text.

    An id that isn't one of this chapter's blocks names none: what it is sent with is new.
    """
    free = {block.block_id: block for block in seen}
    continued: dict[int, Block] = {}
    for index, block in enumerate(sent):
        if block.block_id is not None and block.block_id in free:
            continued[index] = free.pop(block.block_id)
    left = list(free.values())
    nameless = [index for index, block in enumerate(sent) if block.block_id is None]
    pairs = pair_equals(
        [tuple(node.text for node in block.nodes) for block in left],
        [tuple(node.text for node in sent[index].nodes if node.text) for index in nameless],
    )
    return continued | {nameless[after]: left[before] for after, before in pairs.items()}


def revise_block(
    stored: Block | None, sent: SentBlock, project: Project, *, shows_defaults: bool = False
) -> Block:
    """What a block becomes that is sent in place of a stored one, or a new one. Nodes that stay keep their takes.

    shows_defaults: whether its client was shown a default voice by its id. It sends that back, and the node goes on
      following the default.
    """
    kind, sub_type = _kind(stored, sent.sub_type)
    nodes = _revised_nodes(stored, sent, kind, project, shows_defaults=shows_defaults)
    if stored is None:
        return Block(BlockId(new_id()), kind, sub_type, nodes)
    return replace(stored, kind=kind, sub_type=sub_type, nodes=nodes)


def _kind(stored: Block | None, sub_type: str | None) -> tuple[BlockKind, str]:
    """A paragraph keeps what else it is (verse, a quotation), which the wire has no word for."""
    if sub_type is None:
        return (BlockKind.PARAGRAPH, "p") if stored is None else (stored.kind, stored.sub_type)
    if sub_type != "p":
        return BlockKind.HEADING, sub_type
    is_other = stored is not None and stored.kind is not BlockKind.HEADING
    return (stored.kind if stored is not None and is_other else BlockKind.PARAGRAPH), "p"


def _revised_nodes(
    stored: Block | None, sent: SentBlock, kind: BlockKind, project: Project, *, shows_defaults: bool
) -> tuple[Node, ...]:
    before = () if stored is None else stored.nodes
    wanted = [node for node in sent.nodes if node.text]
    old_kind = kind if stored is None else stored.kind
    pairs = pair_up(
        [(project.voice_of(old_kind, node.voice_id), node.text) for node in before],
        [(project.voice_of(kind, node.voice_id), node.text) for node in wanted],
    )
    shown = project.voice_of(kind, None) if shows_defaults else None
    return tuple(
        _revised_node(before[pairs[index]] if index in pairs else None, node, shown)
        for index, node in enumerate(wanted)
    )


def _revised_node(stored: Node | None, sent: SentNode, shown_default: VoiceId | None) -> Node:
    if stored is None:
        return Node(NodeId(new_id()), sent.text, sent.voice_id)
    follows_default = stored.voice_id is None and sent.voice_id == shown_default
    return replace(stored, text=sent.text, voice_id=None if follows_default else sent.voice_id)


def _with_unseen(stored: Sequence[Block], revised: Sequence[Block]) -> tuple[Block, ...]:
    kept = {block.block_id for block in revised}
    behind: Mapping[BlockId | None, list[Block]] = defaultdict(list)
    anchor: BlockId | None = None
    for block in stored:
        if not block.is_spoken:
            behind[anchor].append(block)
        elif block.block_id in kept:
            anchor = block.block_id
    if anchor is None and any(block.is_spoken for block in stored):
        return tuple(revised)
    placed = list(behind[None])
    for block in revised:
        placed += (block, *behind[block.block_id])
    return tuple(placed)
