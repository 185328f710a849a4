"""Blocks cut at their quotations, and put together again. The text of a block is never changed by it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.merge import pair_up
from rhapsode.studio.cast import Cast, CastLine
from rhapsode.studio.ids import CharacterId, NodeId, VoiceId, new_id
from rhapsode.studio.project import Block, Node
from rhapsode.text.cast.quotations import Quotation


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a block's text. quotation: by its place among those of the block; None of the narrator's words."""

    text: str
    quotation: int | None


def cut(text: str, quotations: Sequence[Quotation]) -> list[Piece]:
    """The stretches of a text; joined they are the text. Marks and blanks between them belong to what is before."""
    pieces: list[Piece] = []
    position = 0
    for number, quotation in enumerate(quotations):
        _add_narration(pieces, text[position : quotation.start])
        lead = "" if pieces else _unspeakable(text[position : quotation.start])
        pieces.append(Piece(lead + text[quotation.start : quotation.end], number))
        position = quotation.end
    _add_narration(pieces, text[position:])
    return pieces


def _unspeakable(text: str) -> str:
    return "" if _is_speakable(text) else text


def _is_speakable(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _add_narration(pieces: list[Piece], text: str) -> None:
    if not text:
        return
    if _is_speakable(text):
        # The blank behind a quotation ends it, as the one behind a sentence does.
        blanks = text[: len(text) - len(text.lstrip())] if pieces else ""
        if blanks:
            pieces[-1] = replace(pieces[-1], text=pieces[-1].text + blanks)
        pieces.append(Piece(text[len(blanks) :], None))
    elif pieces:
        pieces[-1] = replace(pieces[-1], text=pieces[-1].text + text)


def with_pieces(
    block: Block, before: Sequence[Node], pieces: Sequence[Piece], voices: Mapping[int, VoiceId | None]
) -> Block:
    """The block as these pieces. before: the nodes it had, which those of the same text go on with.

    voices: by quotation; None is the narrator's.
    """
    pairs = pair_up([node.text for node in before], [piece.text for piece in pieces])
    return replace(
        block,
        nodes=tuple(
            _node(before[pairs[place]] if place in pairs else None, piece, voices)
            for place, piece in enumerate(pieces)
        ),
    )


def _node(before: Node | None, piece: Piece, voices: Mapping[int, VoiceId | None]) -> Node:
    voice_id = None if piece.quotation is None else voices.get(piece.quotation)
    if before is None:
        return Node(NodeId(new_id()), piece.text, voice_id)
    return replace(before, text=piece.text, voice_id=voice_id)


def is_cast(block: Block, cast: Cast) -> bool:
    """Whether all voices in a block are the cast's, or there are none: an owner's own stay as they are."""
    voices = {character.character_id: character.voice_id for character in cast.characters}
    return all(
        node.voice_id is None or _given(cast.lines.get(node.node_id), voices) == node.voice_id
        for node in block.nodes
    )


def _given(line: CastLine | None, voices: Mapping[CharacterId, VoiceId | None]) -> VoiceId | None:
    return None if line is None or line.character_id is None else voices.get(line.character_id)


def joined(block: Block, cast: Cast) -> Block:
    """The block without what a cast has made of it: one node again, where all of it is the narrator's.

    What its owner has given another voice since keeps it.
    """
    if not any(node.node_id in cast.lines for node in block.nodes):
        return block
    return replace(block, nodes=tuple(_joined(block.nodes, cast)))


def _joined(nodes: Sequence[Node], cast: Cast) -> Iterator[Node]:
    run: Node | None = None
    for node in nodes:
        line = cast.lines.get(node.node_id)
        is_given = line is not None and cast.voice_of(line) == node.voice_id
        plain = replace(node, voice_id=None) if is_given else node
        if run is not None and run.voice_id == plain.voice_id is None:
            run = replace(run, text=run.text + plain.text)
        else:
            if run is not None:
                yield run
            run = plain
    if run is not None:
        yield run
