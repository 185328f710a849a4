"""Blocks cut at their quotations."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories import make_block

from rhapsode.authoring.cast.blocks import cut, joined, with_pieces
from rhapsode.studio.cast import Cast, CastLine, Character
from rhapsode.studio.ids import CharacterId, VoiceId
from rhapsode.text.cast.quotations import find_quotations

TEXT = st.text(alphabet="ab “”‘’,.—", min_size=1, max_size=40)


@given(TEXT)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost(text: str) -> None:
    """Pieces make up the text again, and no piece of the narrator's is without a word, unless all of it is."""
    (quotations,) = find_quotations([text])
    pieces = cut(text, quotations)

    assert "".join(piece.text for piece in pieces) == (text if quotations or pieces else "")
    assert all(any(map(str.isalnum, piece.text)) for piece in pieces if piece.quotation is None)


def test_cut_and_joined() -> None:
    """What was cut is one node again when its cast goes, and that is the one it was; an owner's voice stays."""
    block = make_block("“Go,” said Ida, “now.”")
    (quotations,) = find_quotations([block.text])
    voices = {0: VoiceId("v"), 1: VoiceId("v")}
    made = with_pieces(block, block.nodes, cut(block.text, quotations), voices)
    ida = Character(CharacterId("ida"), "Ida", voice_id=VoiceId("v"))
    lines = {
        node.node_id: CastLine(node.node_id, ida.character_id, "name", 1.0)
        for node in made.nodes
        if node.voice_id is not None
    }

    assert [(node.text, node.voice_id) for node in made.nodes] == [
        ("“Go,” ", "v"),
        ("said Ida, ", None),
        ("“now.”", "v"),
    ]
    (again,) = joined(made, Cast((ida,), lines)).nodes
    assert (again.text, again.voice_id) == (block.text, None)
    first, *rest = made.nodes
    changed = replace(made, nodes=(replace(first, voice_id=VoiceId("w")), *rest))
    assert [node.voice_id for node in joined(changed, Cast((ida,), lines)).nodes] == ["w", None]


def test_what_stays_keeps_its_node() -> None:
    """A paragraph that is cut in another way goes on with the pieces that it had."""
    block = make_block("“Go,” said Ida.")
    (quotations,) = find_quotations([block.text])
    once = with_pieces(block, block.nodes, cut(block.text, quotations), {0: VoiceId("v")})
    twice = with_pieces(once, once.nodes, cut(block.text, quotations), {0: VoiceId("w")})

    assert [node.node_id for node in twice.nodes] == [node.node_id for node in once.nodes]
    assert twice.nodes[0].voice_id == "w"
