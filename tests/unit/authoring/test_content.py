"""What a client sends back becomes the chapter it came from, with everything it didn't see."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, make_block, make_node, make_project

from rhapsode.authoring.checks import check_blocks, check_chapters, checked_name, checked_words
from rhapsode.authoring.content import SentBlock, SentChapter, SentNode, new_chapters, revise
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import InvalidInput, TextTooLong
from rhapsode.studio.ids import BlockId
from rhapsode.studio.limits import (
    MAX_BLOCKS,
    MAX_CHAPTERS,
    MAX_NAME_CHARACTERS,
    MAX_NODE_CHARACTERS,
    MAX_NODES,
)
from rhapsode.studio.project import Block

PROJECT = make_project(voice_id=TONE_LOW)
HEADING = replace(make_block("The Harbour", kind=BlockKind.HEADING), sub_type="h2")
NOTE = make_block("See page nine.", kind=BlockKind.NOTE, narrated=False)
BREAK = make_block(kind=BlockKind.SCENE_BREAK)


def sent(*texts: str, block: Block | None = None, sub_type: str | None = None) -> SentBlock:
    """A block of a node in the default voice for each text, as somebody sends it who has read it."""
    nodes = tuple(SentNode(text, TONE_LOW) for text in texts)
    return SentBlock(nodes, sub_type, None if block is None else block.block_id)


def sent_back(block: Block) -> SentBlock:
    """A block as a client is shown it."""
    nodes = tuple(SentNode(n.text, PROJECT.voice_of(block.kind, n.voice_id)) for n in block.nodes)
    return SentBlock(nodes, block.sub_type, block.block_id)


def texts(blocks: Sequence[Block]) -> list[str]:
    return [block.text for block in blocks]


def test_what_was_read_can_be_written_back() -> None:
    """Nothing changes: no identity, no kind, no voice, nothing of what isn't shown, whatever its place."""
    verse = make_block("One\nTwo", kind=BlockKind.VERSE, language="de")
    voiced = make_block("He said: ", make_node("Go.", voice_id=TONE_HIGH))
    stored = (NOTE, HEADING, make_block("One."), BREAK, NOTE, verse, voiced, BREAK)
    shown = [sent_back(block) for block in stored if block.is_spoken]

    assert revise(stored, shown, PROJECT) == stored


def test_an_edited_block_keeps_its_identity() -> None:
    """Its node too, and so the takes of it; another voice is the node's own."""
    stored = make_block("One.")
    edited = SentBlock((SentNode("Two.", TONE_HIGH),), "p", stored.block_id)

    (revised,) = revise((stored,), [edited], PROJECT)

    assert revised.block_id == stored.block_id
    assert revised.nodes == (replace(stored.nodes[0], text="Two.", voice_id=TONE_HIGH),)


def test_a_block_sent_without_its_id_is_known_by_its_text() -> None:
    """Clients that drop what they don't know lose no audio; what is new is new."""
    stored = (make_block("One."), make_block("Two."))
    revised = revise(stored, [sent("Zero."), sent("Two."), sent("One.")], PROJECT)
    assert revised[1:] == (stored[1], stored[0])
    assert revised[0].block_id not in {block.block_id for block in stored}


def test_an_id_of_elsewhere_makes_a_new_block() -> None:
    """So nobody takes a block, or its audio, out of a chapter by naming it in another; nor twice in its own."""
    stored, foreign = make_block("One."), make_block("One.")
    (revised,) = revise((stored,), [sent("One.", block=foreign)], PROJECT)
    assert revised.block_id not in {stored.block_id, foreign.block_id}

    twice = revise((stored,), [sent_back(stored), sent_back(stored)], PROJECT)
    assert twice[0] == stored
    assert twice[1].block_id != stored.block_id
    assert twice[1].nodes[0].node_id != stored.nodes[0].node_id


def test_an_unseen_block_can_not_be_named() -> None:
    """Whoever sends a note's id gets a block of his own; the note stays a note."""
    stored = (make_block("One."), NOTE)
    revised = revise(stored, [sent_back(stored[0]), sent("Hear me.", block=NOTE)], PROJECT)
    assert texts(revised) == ["One.", "See page nine.", "Hear me."]
    assert revised[1] == NOTE
    assert revised[2].block_id != NOTE.block_id


def test_nodes_are_matched_in_order() -> None:
    """A node that is put between two others leaves them what they were."""
    stored = make_block("He said: ", make_node("Go.", voice_id=TONE_HIGH))
    nodes = (SentNode("He said: ", TONE_LOW), SentNode("Well. ", TONE_LOW), SentNode("Go.", TONE_HIGH))

    (revised,) = revise((stored,), [SentBlock(nodes, "p", stored.block_id)], PROJECT)

    assert (revised.nodes[0], revised.nodes[2]) == stored.nodes
    assert revised.nodes[1].text == "Well. "


def test_the_default_voice_is_followed_until_another_is_said() -> None:
    """What follows it is shown its id, which comes back; what is new has the voice that it names."""
    stored = make_block("One.")
    revised = revise((stored,), [sent_back(stored), sent("Two.")], PROJECT)
    assert revised[0].nodes[0].voice_id is None
    assert revised[1].nodes[0].voice_id == TONE_LOW
    (unsaid,) = revise((), [SentBlock((SentNode("Three."),))], PROJECT)
    assert unsaid.nodes[0].voice_id is None


def test_a_paragraph_that_becomes_a_title_keeps_its_voice() -> None:
    """The voice that was shown comes back, and is not that of titles."""
    project = replace(PROJECT, default_title_voice_id=TONE_HIGH)
    stored = make_block("One.")
    (revised,) = revise((stored,), [sent("One.", block=stored, sub_type="h1")], project)
    assert revised.nodes[0].voice_id == TONE_LOW


@pytest.mark.parametrize(
    ("stored", "sub_type", "kind", "written"),
    [
        (None, None, BlockKind.PARAGRAPH, "p"),
        (None, "h3", BlockKind.HEADING, "h3"),
        (HEADING, None, BlockKind.HEADING, "h2"),
        (HEADING, "h1", BlockKind.HEADING, "h1"),
        (HEADING, "p", BlockKind.PARAGRAPH, "p"),
        (make_block("Oh.", kind=BlockKind.QUOTE), "p", BlockKind.QUOTE, "p"),
        (make_block("Oh.", kind=BlockKind.QUOTE), None, BlockKind.QUOTE, "p"),
        (make_block("Oh.", kind=BlockKind.VERSE), "h1", BlockKind.HEADING, "h1"),
    ],
)
def test_sub_types_are_kinds(
    stored: Block | None, sub_type: str | None, kind: BlockKind, written: str
) -> None:
    """A heading is one as long as it is said to be; what the wire has no word for stays what it is."""
    before = () if stored is None else (stored,)
    (revised,) = revise(before, [sent("Now.", block=stored, sub_type=sub_type)], PROJECT)
    assert (revised.kind, revised.sub_type) == (kind, written)


def test_what_is_not_shown_stays_behind_what_it_stood_behind() -> None:
    """Also when that moves; behind a paragraph that goes, it falls to the one before."""
    one, two, three = make_block("One."), make_block("Two."), make_block("Three.")
    note = make_block("A note on two.", kind=BlockKind.NOTE, narrated=False)
    stored = (NOTE, one, two, note, BREAK, three)

    moved = revise(stored, [sent_back(three), sent_back(two), sent_back(one)], PROJECT)
    assert moved == (NOTE, three, two, note, BREAK, one)

    without_two = revise(stored, [sent_back(one), sent_back(three)], PROJECT)
    assert without_two == (NOTE, one, note, BREAK, three)

    without_one = revise(stored, [sent_back(three)], PROJECT)
    assert without_one == (NOTE, note, BREAK, three)


def test_another_text_has_no_notes_of_the_old_one() -> None:
    """Nothing unseen is left where nothing is left of what it belonged to."""
    stored = (make_block("One."), NOTE, BREAK)
    assert texts(revise(stored, [sent("All is new.")], PROJECT)) == ["All is new."]
    assert revise(stored, [], PROJECT) == ()
    assert texts(revise((NOTE,), [sent("First.")], PROJECT)) == ["See page nine.", "First."]


def test_emptied_blocks_go() -> None:
    """A block without a visible character is none; a space between two voices is kept."""
    stored = make_block("One.")
    assert revise((stored,), [sent(" ", "", block=stored)], PROJECT) == ()
    (spaced,) = revise((), [sent("One.", " ", "", "Two.")], PROJECT)
    assert [node.text for node in spaced.nodes] == ["One.", " ", "Two."]


def test_chapters_are_named_or_numbered() -> None:
    """As they are sent, or by their place."""
    named, unnamed = new_chapters(
        [SentChapter("Rain", (sent("It rained."),)), SentChapter(None, ())], PROJECT
    )
    assert (named.name, unnamed.name) == ("Rain", "Chapter 2")
    assert texts(named.blocks) == ["It rained."]
    assert named.narrated
    assert unnamed.blocks == ()


@pytest.mark.parametrize(
    ("chapters", "kind", "told"),
    [
        ([SentChapter("x", ())] * (MAX_CHAPTERS + 1), InvalidInput, "2,000 chapters"),
        ([SentChapter("x" * (MAX_NAME_CHARACTERS + 1), ())], InvalidInput, "name of chapter 1"),
        ([SentChapter("x", (sent("x"),) * (MAX_BLOCKS + 1))], InvalidInput, "blocks of chapter 1"),
        ([SentChapter("x", (sent(*"x" * (MAX_NODES + 1)),))], InvalidInput, "Block 1 of chapter 1"),
        ([SentChapter("x", (sent("y" * (MAX_NODE_CHARACTERS + 1)),))], TextTooLong, "200,001 characters"),
        ([SentChapter("x", (sent("y" * MAX_NODE_CHARACTERS),) * 101)], TextTooLong, "20,200,000"),
        ([SentChapter("x", (sent("ok"), sent("a\x00b")))], InvalidInput, r"block 2 of chapter 1 .*U\+0000"),
        ([SentChapter("x", (sent("a\ud800"),))], InvalidInput, r"U\+D800 at position 1"),
        ([SentChapter("a\x07", ())], InvalidInput, r"U\+0007"),
    ],
    ids=["chapters", "name", "blocks", "nodes", "node", "all", "NUL", "surrogate", "bell in name"],
)
def test_too_much_is_told(chapters: list[SentChapter], kind: type[InvalidInput], told: str) -> None:
    """In a sentence that says what it is too much of, and where."""
    with pytest.raises(kind, match=told):
        check_chapters(chapters)


def test_what_is_not_too_much_is_let_through() -> None:
    """Everything at its limit, and white space of every kind."""
    check_blocks([SentBlock((SentNode("y" * MAX_NODE_CHARACTERS),), None, BlockId("b"))])
    check_blocks([sent("a\tb\nc\r\nd\x0ce\u2028f\x85g\U0001f600")])
    assert checked_name(" The\n Harbour ", what="It") == "The Harbour"
    assert checked_words("  ", what="It") is None
    with pytest.raises(InvalidInput, match="can't be empty"):
        checked_name(" \n", what="It")
