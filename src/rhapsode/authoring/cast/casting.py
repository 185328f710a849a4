"""A project's chapters with a cast: values in, values out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.cast.blocks import cut, is_cast, joined, with_pieces
from rhapsode.authoring.cast.characters import LEAST_CONFIDENCE, meet
from rhapsode.authoring.cast.voices import with_voices
from rhapsode.studio.cast import SAID, Cast, CastLine, Character
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, CharacterId, NodeId, VoiceId
from rhapsode.studio.project import Block, Chapter, Node, Project
from rhapsode.text.cast.book import BookCast, Said
from rhapsode.voices.catalogue import Catalogue

Paragraphs = tuple[tuple[str, ...], ...]
"""The text of each block of each chapter; empty where nobody can speak in it."""


def paragraphs_of(chapters: Iterable[Chapter]) -> Paragraphs:
    """What of a book is looked at, by chapter and block."""
    return tuple(
        tuple(block.text if chapter.narrated and _can_speak(block) else "" for block in chapter.blocks)
        for chapter in chapters
    )


def _can_speak(block: Block) -> bool:
    return block.is_spoken and block.kind is not BlockKind.HEADING


@dataclass(frozen=True, slots=True)
class Casting:
    """What a cast makes of a project."""

    chapters: tuple[Chapter, ...]
    cast: Cast


def cast_project(
    project: Project,
    chapters: Sequence[Chapter],
    found: BookCast,
    catalogue: Catalogue,
    *,
    before: Cast,
    stored: Sequence[Chapter] | None = None,
) -> Casting:
    """Give each quotation a node of its own, and its speaker's voice.

    found: what `paragraphs_of(chapters)` says.
    before: the cast that the project has; what somebody has said stays.
    stored: the chapters that cast was made of, where they aren't these.
    Blocks that are locked, or have voices that their owner gave them, stay as they are.
    """
    characters, met = meet(before, found)
    cast = Cast(with_voices(characters, project, catalogue))
    book = _Book(cast, met, before, {b.block_id: b for chapter in stored or chapters for b in chapter.blocks})
    lines: dict[NodeId, CastLine] = {}
    after = []
    for chapter, said in zip(chapters, found.said, strict=True):
        pairs = zip(chapter.blocks, said, strict=True)
        after.append(
            replace(chapter, blocks=tuple(book.cast_block(block, each, lines) for block, each in pairs))
        )
    return Casting(tuple(after), Cast(cast.characters, lines))


class _Book:
    """What is known while the blocks of a book are cast, one after the other."""

    def __init__(
        self, cast: Cast, met: Mapping[int, Character], before: Cast, stored: Mapping[BlockId, Block]
    ) -> None:
        self._before, self._met, self._stored = before, met, stored
        self._voices = {character.character_id: character.voice_id for character in cast.characters}

    def cast_block(self, block: Block, said: Sequence[Said], lines: dict[NodeId, CastLine]) -> Block:
        """The block cut at its quotations; the lines of those are added."""
        earlier = self._stored.get(block.block_id, block)
        if block.locked or not is_cast(earlier, self._before):
            self._keep(block, lines)
            return block
        if not said:
            return joined(self._plain(block, earlier), self._before)
        speakers = self._speakers(earlier)
        pieces = cut(block.text, [each.quotation for each in said])
        texts = {piece.quotation: piece.text for piece in pieces if piece.quotation is not None}
        chosen = {place: self._line(each, speakers.get(texts[place])) for place, each in enumerate(said)}
        voices = {place: self._voice(line) for place, line in chosen.items()}
        made = with_pieces(block, earlier.nodes, pieces, voices)
        for node, piece in zip(made.nodes, pieces, strict=True):
            if piece.quotation is not None:
                lines[node.node_id] = replace(chosen[piece.quotation], node_id=node.node_id)
        return made

    def _plain(self, block: Block, earlier: Block) -> Block:
        """A block that has no quotation any more."""
        return block if block.text == earlier.text else replace(block, nodes=_without_voices(block.nodes))

    def _keep(self, block: Block, lines: dict[NodeId, CastLine]) -> None:
        for node in block.nodes:
            line = self._before.lines.get(node.node_id)
            if line is not None and (line.character_id is None or line.character_id in self._voices):
                lines[node.node_id] = line

    def _speakers(self, earlier: Block) -> dict[str, CastLine]:
        """What somebody has said of quotations of this block, by their text."""
        found = ((node.text, self._before.lines.get(node.node_id)) for node in earlier.nodes)
        return {text: line for text, line in found if line is not None and line.rule == SAID}

    def _line(self, said: Said, by_owner: CastLine | None) -> CastLine:
        """Who speaks a quotation; its node isn't known yet."""
        if by_owner is not None and (by_owner.character_id is None or by_owner.character_id in self._voices):
            return by_owner
        attribution = said.attribution
        is_sure = attribution.person is not None and attribution.confidence >= LEAST_CONFIDENCE
        character = self._met.get(attribution.person) if is_sure and attribution.person is not None else None
        owner: CharacterId | None = None if character is None else character.character_id
        return CastLine(NodeId(""), owner, attribution.rule, attribution.confidence)

    def _voice(self, line: CastLine) -> VoiceId | None:
        return None if line.character_id is None else self._voices[line.character_id]


def _without_voices(nodes: Sequence[Node]) -> tuple[Node, ...]:
    return tuple(replace(node, voice_id=None) for node in nodes)


def with_voices_of(chapters: Sequence[Chapter], cast: Cast, before: Cast) -> tuple[Chapter, ...]:
    """The same chapters after the voices of characters, or who speaks a quotation, have changed.

    before: the cast that the nodes have their voices by. What its owner has given another voice keeps
    it, and so does what is locked.
    """
    old = {character.character_id: character.voice_id for character in before.characters}
    new = {character.character_id: character.voice_id for character in cast.characters}

    def revoiced(node: Node) -> Node:
        line, earlier = cast.lines.get(node.node_id), before.lines.get(node.node_id)
        if line is None or earlier is None or node.voice_id != _of(earlier, old):
            return node
        return replace(node, voice_id=_of(line, new))

    def spoken(block: Block) -> Block:
        return block if block.locked else replace(block, nodes=tuple(map(revoiced, block.nodes)))

    return tuple(replace(chapter, blocks=tuple(map(spoken, chapter.blocks))) for chapter in chapters)


def _of(line: CastLine, voices: Mapping[CharacterId, VoiceId | None]) -> VoiceId | None:
    return None if line.character_id is None else voices.get(line.character_id)


def without_cast(chapters: Sequence[Chapter], cast: Cast) -> tuple[Chapter, ...]:
    """The chapters as the narrator reads all of them, but for locked blocks and voices that their owner gave them."""
    return tuple(
        replace(
            chapter,
            blocks=tuple(block if block.locked else joined(block, cast) for block in chapter.blocks),
        )
        for chapter in chapters
    )
