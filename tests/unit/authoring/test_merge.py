"""Meeting a document again: who keeps which identity."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.factories import TONE_HIGH, make_document_block, make_document_chapter

from rhapsode.authoring.merge import keep_moved, merge_chapters, pair_equals, pair_up
from rhapsode.studio.document import BlockKind, DocumentChapter
from rhapsode.studio.ids import TakeId
from rhapsode.studio.project import Chapter, Take

OPENING = make_document_chapter("It rained.", "Nobody came.", "Then the bell rang.", name="Rain")
SECOND = make_document_chapter("The sea was flat.", "A boat.", name="Sea")
THIRD = make_document_chapter("They left.", "Home.", "The end.", name="Home")
BOOK = (OPENING, SECOND, THIRD)


def imported(*chapters: DocumentChapter) -> tuple[Chapter, ...]:
    return merge_chapters((), chapters)


def block_ids(chapter: Chapter) -> dict[str, str]:
    return {block.text: block.block_id for block in chapter.blocks}


def node_ids(chapter: Chapter) -> dict[str, str]:
    return {node.text: node.node_id for block in chapter.blocks for node in block.nodes}


def all_ids(chapters: Sequence[Chapter]) -> list[str]:
    ids: list[str] = [chapter.chapter_id for chapter in chapters]
    ids += [block.block_id for chapter in chapters for block in chapter.blocks]
    ids += [node.node_id for chapter in chapters for block in chapter.blocks for node in block.nodes]
    return ids


def with_text(chapter: DocumentChapter, *texts: str) -> DocumentChapter:
    return replace(chapter, blocks=tuple(make_document_block(text) for text in texts))


def test_a_new_document_becomes_chapters_of_blocks_of_one_node() -> None:
    """Each block has one node with its text, a scene break has none, and revisions begin at 1."""
    silence = make_document_block("", kind=BlockKind.SCENE_BREAK)
    note = make_document_block("See below.", kind=BlockKind.NOTE, language="fr")

    (chapter,) = imported(make_document_chapter("It rained.", silence, note, name="Rain", role="prologue"))

    assert [[node.text for node in block.nodes] for block in chapter.blocks] == [
        ["It rained."],
        [],
        ["See below."],
    ]
    assert [block.narrated for block in chapter.blocks] == [True, True, False]
    assert chapter.blocks[2].language == "fr"
    assert (chapter.name, chapter.role, chapter.revision) == ("Rain", "prologue", 1)
    assert len(set(all_ids([chapter]))) == len(all_ids([chapter]))


def test_an_unchanged_document_changes_nothing() -> None:
    """Chapters, blocks, nodes, takes and revisions are those that were stored."""
    stored = imported(*BOOK)
    assert merge_chapters(stored, BOOK) == stored


def test_an_edited_paragraph_stays_itself_with_another_text() -> None:
    """Its block and node keep their ids, the voice and the take they had; its neighbours keep everything."""
    (before,) = imported(OPENING)
    take = Take(TakeId("take"), bytes(32), ())
    node = replace(before.blocks[1].nodes[0], voice_id=TONE_HIGH, take=take)
    blocks = (before.blocks[0], replace(before.blocks[1], nodes=(node,)), before.blocks[2])
    before = replace(before, blocks=blocks)

    (after,) = merge_chapters(
        [before], [with_text(OPENING, "It rained.", "Somebody came.", "Then the bell rang.")]
    )

    assert after.blocks[1].block_id == before.blocks[1].block_id
    assert after.blocks[1].nodes == (replace(node, text="Somebody came."),)
    assert (after.blocks[0], after.blocks[2]) == (before.blocks[0], before.blocks[2])


def test_a_block_of_several_voices_keeps_them_until_its_text_changes() -> None:
    """Nodes are made by hand, so an import leaves them alone; an edited text falls back to the first."""
    (before,) = imported(OPENING)
    first = before.blocks[0].nodes[0]
    nodes = (replace(first, text="It "), replace(imported(SECOND)[0].blocks[0].nodes[0], text="rained."))
    before = replace(before, blocks=(replace(before.blocks[0], nodes=nodes), *before.blocks[1:]))

    (same,) = merge_chapters([before], [OPENING])
    (edited,) = merge_chapters(
        [before], [with_text(OPENING, "It poured.", "Nobody came.", "Then the bell rang.")]
    )

    assert same == before
    assert edited.blocks[0].nodes == (replace(first, text="It poured."),)


def test_inserted_and_deleted_paragraphs_leave_the_others_alone() -> None:
    """Whatever stays keeps its ids; what is new gets new ones."""
    (before,) = imported(OPENING)

    (after,) = merge_chapters(
        [before], [with_text(OPENING, "A title.", "It rained.", "Then the bell rang.", "Twice.")]
    )

    kept = {"It rained.", "Then the bell rang."}
    assert {text: block_ids(after)[text] for text in kept} == {text: block_ids(before)[text] for text in kept}
    assert {text: node_ids(after)[text] for text in kept} == {text: node_ids(before)[text] for text in kept}
    assert {block_ids(after)["A title."], block_ids(after)["Twice."]}.isdisjoint(block_ids(before).values())


def test_a_moved_paragraph_takes_its_identity_along() -> None:
    """Order doesn't matter to who is who."""
    (before,) = imported(OPENING)
    (after,) = merge_chapters(
        [before], [with_text(OPENING, "Then the bell rang.", "It rained.", "Nobody came.")]
    )
    assert block_ids(after) == block_ids(before)
    assert node_ids(after) == node_ids(before)


def test_a_paragraph_that_becomes_a_heading_is_found_by_its_place() -> None:
    """Its text is the same, so its node stays: the voice it is read in decides whether it is spoken anew."""
    (before,) = imported(OPENING)
    heading = make_document_block("It rained.", kind=BlockKind.HEADING)
    (after,) = merge_chapters([before], [replace(OPENING, blocks=(heading, *OPENING.blocks[1:]))])
    assert after.blocks[0] == replace(before.blocks[0], kind=BlockKind.HEADING)


def test_renamed_and_moved_chapters_are_told_by_their_text() -> None:
    """A new name and a new place make no new chapter."""
    stored = imported(*BOOK)

    after = merge_chapters(stored, [replace(THIRD, name="Ashore"), OPENING, SECOND])

    assert [c.chapter_id for c in after] == [stored[2].chapter_id, stored[0].chapter_id, stored[1].chapter_id]
    assert after[0] == replace(stored[2], name="Ashore")
    assert after[1:] == stored[:2]


def test_an_edited_chapter_is_told_by_its_name() -> None:
    """Its text has changed and it has moved, but it is still called the same."""
    stored = imported(*BOOK)
    edited = with_text(SECOND, "The sea was rough.", "A boat.", "A wreck.")

    after = merge_chapters(stored, [edited, OPENING, THIRD])

    assert after[0].chapter_id == stored[1].chapter_id
    assert block_ids(after[0])["A boat."] == block_ids(stored[1])["A boat."]


def test_a_chapter_edited_and_renamed_is_told_by_its_place() -> None:
    """The only chapter that is new, where the only one is missing, is that one."""
    stored = imported(*BOOK)
    edited = replace(with_text(SECOND, "The sea was rough.", "A boat."), name="Storm")

    after = merge_chapters(stored, [OPENING, edited, THIRD])

    assert [c.chapter_id for c in after] == [c.chapter_id for c in stored]


def test_inserted_and_deleted_chapters_leave_the_others_alone() -> None:
    """The chapters that stay are equal to what was stored, wherever they are now."""
    stored = imported(*BOOK)
    new = make_document_chapter("A letter came.", name="Letter")

    after = merge_chapters(stored, [OPENING, new, THIRD, replace(new, name="Letter, again")])

    assert (after[0], after[2]) == (stored[0], stored[2])
    assert after[3].chapter_id not in {c.chapter_id for c in stored}


def test_two_chapters_of_the_same_text_stay_two() -> None:
    """Equal chapters are told apart by their order."""
    twice = [OPENING, replace(OPENING, name="Rain again"), SECOND]
    stored = imported(*twice)
    assert merge_chapters(stored, twice) == stored
    assert merge_chapters(stored, twice[1:])[0].chapter_id in {stored[0].chapter_id, stored[1].chapter_id}


TEXTS = st.lists(st.sampled_from(["", "a", "b", "c", "d", "e", "f"]), max_size=12)
CHAPTERS = st.lists(st.tuples(st.sampled_from("ABCD"), TEXTS), max_size=6)


def chapters_of(drawn: list[tuple[str, list[str]]]) -> tuple[DocumentChapter, ...]:
    return tuple(make_document_chapter(*texts, name=name) for name, texts in drawn)


@given(CHAPTERS, CHAPTERS)
def test_merging_gives_the_imported_text_and_no_id_twice(
    before: list[tuple[str, list[str]]], after: list[tuple[str, list[str]]]
) -> None:
    """Whatever was stored, the result reads as the document does, and each id is there once."""
    merged = merge_chapters(imported(*chapters_of(before)), chapters_of(after))
    assert [(c.name, [block.text for block in c.blocks]) for c in merged] == after
    assert len(set(all_ids(merged))) == len(all_ids(merged))


@given(TEXTS, TEXTS)
def test_every_block_that_stays_equal_keeps_its_id(before: list[str], after: list[str]) -> None:
    """As many blocks of a text keep their ids as there are in both."""
    (stored,) = imported(make_document_chapter(*before))
    (merged,) = merge_chapters([stored], [make_document_chapter(*after)])
    owners = {block.block_id: block.text for block in stored.blocks}
    kept = Counter(block.text for block in merged.blocks if owners.get(block.block_id) == block.text)
    assert kept == Counter(before) & Counter(after)


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), max_size=30))
def test_pairs_are_one_to_one(before: list[int], after: list[int]) -> None:
    """No index is paired twice, equal pairs are equal, and every pair of equals is also in the larger map."""
    equals, pairs = pair_equals(before, after), pair_up(before, after)
    assert all(before[old] == after[new] for new, old in equals.items())
    assert equals.items() <= pairs.items()
    assert len(set(pairs.values())) == len(pairs)


def test_a_chapter_of_few_texts_in_many_places_is_met_again_at_once() -> None:
    """Ten thousand lines of only two kinds, with edits at both ends, take no minutes to compare."""
    lines = ["Row.", "Row, row."] * 5_000
    started = time.process_time()
    pairs = pair_up(["first", *lines, "last"], ["First", *lines[1:], "Last"])
    assert time.process_time() - started < 2
    assert len(pairs) >= len(lines) - 1


def moved(stored: tuple[Chapter, ...], *chapters: DocumentChapter) -> tuple[Chapter, ...]:
    """The chapters of a new edition, with what has moved between them."""
    return keep_moved(stored, merge_chapters(stored, chapters), key=lambda block: block.text)


def test_blocks_that_move_to_a_new_chapter_stay_themselves() -> None:
    """A chapter that is cut in two loses nothing; blocks nobody has seen before are new."""
    stored = imported(OPENING)
    first, second = moved(
        stored,
        with_text(OPENING, "It rained."),
        replace(with_text(OPENING, "New.", "Nobody came.", "Then the bell rang."), name="Bell"),
    )
    before = block_ids(stored[0])
    after = block_ids(first) | block_ids(second)
    assert {text: after[text] for text in before} == before
    assert after["New."] not in before.values()
    assert node_ids(second)["Nobody came."] == node_ids(stored[0])["Nobody came."]
    assert first.chapter_id == stored[0].chapter_id


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=5), max_size=4), st.data())
def test_nothing_is_in_two_places(chapters: list[list[str]], data: st.DataObject) -> None:
    """However texts wander between chapters, no id is given twice."""
    named = [with_text(replace(OPENING, name=str(i)), *texts) for i, texts in enumerate(chapters)]
    stored = imported(*named)
    texts = data.draw(st.lists(st.lists(st.sampled_from("abcde"), max_size=5), max_size=4))
    after = moved(stored, *(with_text(replace(OPENING, name=str(i)), *each) for i, each in enumerate(texts)))
    assert max(Counter(all_ids(after)).values(), default=1) == 1
    assert [[block.text for block in chapter.blocks] for chapter in after] == texts
