"""Edits of blocks beside some that nobody sees."""

from dataclasses import replace

from rhapsode.authoring.content import SentBlock, SentNode
from rhapsode.authoring.edits import (
    DeleteBlock,
    Edit,
    Edited,
    EditedPart,
    InsertBlock,
    MoveBlock,
    SetBlock,
    apply_edits,
)
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, NodeId, ProjectId, VoiceId
from rhapsode.studio.project import Block, Node, Project

PROJECT = Project(ProjectId("project"), "Tides", 0, default_paragraph_voice_id=VoiceId("narrator"))
ORDER = "n A m B C"
"""Of the chapter: capitals are heard, and the others are notes."""


def sent(text: str, voice_id: str | None = None) -> SentBlock:
    return SentBlock((SentNode(text, VoiceId(voice_id) if voice_id else None),), "p")


def block(name: str) -> Block:
    return Block(BlockId(name), BlockKind.VERSE, "p", (Node(NodeId(f"node {name}"), name),))


def edited(*edits: Edit) -> Edited:
    order = tuple(BlockId(name) for name in ORDER.split())
    heard = {block_id: block(block_id) for block_id in order if block_id.isupper()}
    unseen = {block_id for block_id in order if block_id.islower()}
    return apply_edits(EditedPart(order, unseen, heard, {BlockId("m")}), edits, PROJECT)


def order_after(*edits: Edit) -> str:
    result = edited(*edits)
    assert result.refused == ()
    return " ".join(result.order)


def insert(name: str, after: str | None) -> InsertBlock:
    return InsertBlock(BlockId(name), sent(name), None if after is None else BlockId(after))


def move(name: str, after: str | None) -> MoveBlock:
    return MoveBlock(BlockId(name), None if after is None else BlockId(after))


def test_what_nobody_sees_stays_behind_its_block() -> None:
    """Whatever comes, goes or moves; what stands in front of everything stays there."""
    assert order_after(insert("X", "A")) == "n A m X B C"
    assert order_after(insert("X", None)) == "n X A m B C"
    assert order_after(insert("X", "gone")) == "n A m B C X"
    assert order_after(move("A", "C")) == "n B C A m"
    assert order_after(move("C", None)) == "n C A m B"
    assert order_after(move("B", "A")) == ORDER
    assert order_after(move("B", "B")) == ORDER
    assert order_after(DeleteBlock(BlockId("A"), sent("A"))) == "n m B C"


def test_what_nobody_sees_is_edited_by_nobody() -> None:
    """It can't be named, and its id is taken."""
    note = BlockId("m")
    assert edited(SetBlock(note, sent("m"), sent("x")), insert("m", None), move("m", None)).refused == (
        0,
        1,
        2,
    )
    assert order_after(DeleteBlock(note, sent("m"))) == ORDER


def test_only_what_moves_is_placed_anew() -> None:
    """The others keep their rows as they are."""
    assert edited(move("A", "C")).placed == {"A", "m"}
    assert edited(insert("X", "A"), DeleteBlock(BlockId("B"), sent("B"))).placed == {"X"}


def test_a_block_comes_back_in_the_place_of_its_predecessor() -> None:
    """Deleted and inserted by the same edits, it is what it was: its node keeps its takes."""
    result = edited(DeleteBlock(BlockId("B"), sent("B")), insert("B", "A"))

    assert (" ".join(result.order), result.blocks[BlockId("B")]) == (ORDER, block("B"))


def test_a_voice_that_is_named_is_kept() -> None:
    """Also where it is the default one just now; and a verse stays a verse."""
    result = edited(SetBlock(BlockId("A"), sent("A"), sent("A", "narrator")))

    (node,) = block("A").nodes
    expected = replace(block("A"), nodes=(replace(node, voice_id=VoiceId("narrator")),))
    assert result.blocks[BlockId("A")] == expected
