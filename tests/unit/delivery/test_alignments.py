"""Where each character of a snapshot is heard."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    make_node,
    need_espeak,
    open_studio,
)

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.alignments import (
    AlignedText,
    align_spoken_parts,
    check_alignments,
    iterate_alignment,
    without_gaps,
)
from rhapsode.engines import tone
from rhapsode.storage import projects, schema, segments
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import DataDamaged, NotFound
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.project import QualityPreset
from rhapsode.studio.snapshot import ChapterSnapshot
from rhapsode.text import preparation
from rhapsode.text.pauses import pause_character
from rhapsode.text.spoken import SpanMap

pytestmark = pytest.mark.slow

CHARACTER_SAMPLES = tone.CHARACTER_SAMPLES * SAMPLE_RATE_HZ // tone.SAMPLE_RATE_HZ
LONG = "The rain fell on the harbour, and nobody came. " * 100


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def chapters(studio: Studio, *texts: str, voice_id: VoiceId = TONE_LOW) -> list[ChapterSnapshot]:
    snapshot_id = studio.convert(make_document(make_document_chapter(*texts)), BookOptions(voice_id))
    return studio.chapter_snapshots(snapshot_id)


def alignment(studio: Studio, chapter: ChapterSnapshot, start_frame: int = 0) -> list[AlignedText]:
    return list(
        iterate_alignment(studio.records, WORKSPACE, chapter.chapter_snapshot_id, start_frame=start_frame)
    )


def check(studio: Studio, chapter: ChapterSnapshot, text: str) -> list[AlignedText]:
    """What is true of every alignment; return its pieces."""
    pieces = alignment(studio, chapter)
    assert "".join(piece.text for piece in pieces) == text
    assert all(len(piece.boundaries) == len(piece.text) + 1 for piece in pieces)
    times = [boundary for piece in pieces for boundary in piece.boundaries]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] > 0
    assert times[-1] <= (chapter.frame_count - 1) * FRAME_SAMPLES
    return pieces


def segment_starts(studio: Studio, chapter: ChapterSnapshot) -> list[int]:
    """Where each part of a chapter begins, in samples; those without a text left out."""
    starts, frame = [], 0
    for part in studio.parts(chapter.chapter_snapshot_id):
        if part.text:
            starts.append(frame * FRAME_SAMPLES)
        frame += part.frame_count
    return starts


def test_every_character_is_exactly_where_the_tone_is(studio: Studio) -> None:
    """Character i of a paragraph begins i characters after its segment; the newline is the pause."""
    (chapter,) = chapters(studio, "It rained.", "Nobody came.")
    pieces = check(studio, chapter, "It rained.\nNobody came.")
    starts = segment_starts(studio, chapter)
    assert [piece.text for piece in pieces] == ["It rained.", "\n", "Nobody came."]
    for piece, start in zip(pieces, starts, strict=True):
        if piece.text != "\n":
            expected = tuple(start + i * CHARACTER_SAMPLES for i in range(len(piece.text) + 1))
            assert piece.boundaries == expected
    assert pieces[1].boundaries == (starts[1], starts[2])


def test_text_that_is_not_heard_takes_no_time(studio: Studio) -> None:
    """Soft hyphens and zero-width characters lie between their neighbours, and a line break is a space."""
    text = "\u200bhar\xad\xadbour\u200b,\nflat"
    block = make_document_block(text, kind=BlockKind.VERSE)
    snapshot_id = studio.convert(make_document(make_document_chapter(block)))
    (chapter,) = studio.chapter_snapshots(snapshot_id)

    (piece,) = check(studio, chapter, text)

    (start,) = segment_starts(studio, chapter)
    lengths = [later - earlier for earlier, later in pairwise(piece.boundaries)]
    silent = [0 if character in "\u200b\xad" else CHARACTER_SAMPLES for character in text]
    assert piece.boundaries[0] == start
    assert lengths == silent


def test_a_paragraph_of_nothing_audible_is_a_moment(studio: Studio) -> None:
    """Its characters are in the alignment, all at the same sample."""
    (chapter,) = chapters(studio, "One.", "\u200b\xad", "Two.")
    pieces = check(studio, chapter, "One.\n\u200b\xad\nTwo.")
    starts = segment_starts(studio, chapter)
    assert pieces[2].boundaries == (starts[2],) * 3


def test_what_was_spoken_has_an_alignment_of_its_own(studio: Studio) -> None:
    """The original's characters have the times of what was spoken for them, and each of that has its own."""
    text = '12 ducks.<break time="1.5s"/> Gone.'
    (chapter,) = chapters(studio, text, "One.")
    written = check(studio, chapter, f"{text}\nOne.")
    with studio.records.read(WORKSPACE) as tx:
        stored = segments.find_owned_segments(tx, chapter.chapter_snapshot_id)
    spoken = list(align_spoken_parts(studio.parts(chapter.chapter_snapshot_id), stored))

    pause = pause_character(1500)
    assert [piece.text for piece in spoken] == [f"twelve ducks.{pause} Gone.", "\n", "One."]
    start = written[0].boundaries[0]
    begin = start + 13 * CHARACTER_SAMPLES
    assert spoken[0].boundaries[:14] == tuple(range(start, begin + 1, CHARACTER_SAMPLES))
    assert spoken[0].boundaries[14] - begin == SAMPLE_RATE_HZ * 3 // 2
    assert written[0].boundaries[:4] == (start, start + 3 * CHARACTER_SAMPLES, *spoken[0].boundaries[6:8])
    assert (written[0].boundaries[9], written[0].boundaries[29]) == spoken[0].boundaries[13:15]
    assert spoken[1:] == written[1:]


def test_long_paragraphs_are_aligned_across_their_segments(studio: Studio) -> None:
    """Each segment begins on a frame of its own, and its characters count from there."""
    assert len(LONG) > 2 * MAX_SEGMENT_CHARACTERS
    (chapter,) = chapters(studio, LONG, "The end.")
    pieces = check(studio, chapter, f"{LONG}\nThe end.")
    assert [len(piece.text) <= MAX_SEGMENT_CHARACTERS for piece in pieces] == [True] * 5
    for piece, start in zip(pieces, segment_starts(studio, chapter), strict=True):
        assert piece.boundaries[0] == start
        if piece.text != "\n":
            assert piece.boundaries[-1] == start + len(piece.text) * CHARACTER_SAMPLES


def test_nodes_of_several_voices_follow_each_other_without_a_pause(studio: Studio) -> None:
    """Their texts are joined as they are; each node begins where the frames of the one before end."""
    document = make_document(make_document_chapter("He said: stay! And left."))
    project_id = studio.save(document)
    with studio.records.write(WORKSPACE) as tx:
        (chapter,) = projects.list_chapters(tx, project_id)
        (block,) = chapter.blocks
        nodes = (
            make_node("He said: "),
            make_node("stay!", voice_id=TONE_HIGH),
            make_node(" And left."),
        )
        edited = replace(chapter, blocks=(replace(block, nodes=nodes),))
        projects.save_chapters(tx, project_id, [edited])
    requested = studio.rendering.request_conversion(WORKSPACE, project_id)
    (snapshot,) = studio.chapter_snapshots(studio.run(requested))

    pieces = check(studio, snapshot, "He said: stay! And left.")

    assert [piece.text for piece in pieces] == ["He said: ", "stay!", " And left."]
    starts = segment_starts(studio, snapshot)
    assert [piece.boundaries[0] for piece in pieces] == starts
    parts = [part for part in studio.parts(snapshot.chapter_snapshot_id) if part.text]
    assert [part.node_id for part in parts] == [node.node_id for node in nodes]
    assert {part.block_id for part in parts} == {block.block_id}


def test_one_alignment_is_true_for_every_format(studio: Studio) -> None:
    """WAV and MP3 are on the same grid."""
    document = make_document(make_document_chapter("It rained.", "Nobody came."))
    alignments = []
    for quality in (QualityPreset.STANDARD, QualityPreset.ULTRA_LOSSLESS):
        (chapter,) = studio.chapter_snapshots(studio.convert(document, BookOptions(TONE_LOW, quality)))
        alignments.append(alignment(studio, chapter))
    assert alignments[0] == alignments[1]


def test_a_chapter_of_the_single_file_begins_where_it_is_told(studio: Studio) -> None:
    """All its times move by the frames before it."""
    (chapter,) = chapters(studio, "It rained.")
    own, moved = alignment(studio, chapter), alignment(studio, chapter, start_frame=1_000)
    assert [[b + 1_000 * FRAME_SAMPLES for b in piece.boundaries] for piece in own] == [
        list(piece.boundaries) for piece in moved
    ]


def test_going_back_brings_the_earlier_alignment_back(studio: Studio) -> None:
    """It belongs to the text, not to the moment."""
    (before,) = chapters(studio, "It rained.", "har\xadbour")
    chapters(studio, "It rained.", "harbour")
    (after,) = chapters(studio, "It rained.", "har\xadbour")
    assert alignment(studio, before) == alignment(studio, after)


def test_the_alignment_of_real_speech_is_one_too(studio: Studio) -> None:
    """It covers the text, never goes back, stays in the file, and gives words a time of their own."""
    need_espeak()
    texts = ["It rained on the har\xadbour.", "Nobody\u200b came, “not one”.", LONG]
    (chapter,) = chapters(studio, *texts, voice_id=VoiceId("espeak_alder"))
    pieces = check(studio, chapter, "\n".join(texts))
    assert pieces[0].boundaries[-1] - pieces[0].boundaries[0] > SAMPLE_RATE_HZ // 2
    assert len(set(pieces[0].boundaries)) > 10


def test_another_workspace_has_no_such_alignment(studio: Studio) -> None:
    """As if it didn't exist."""
    (chapter,) = chapters(studio, "It rained.")
    with pytest.raises(NotFound):
        next(iterate_alignment(studio.records, WorkspaceId("other"), chapter.chapter_snapshot_id))


def test_a_new_rule_of_what_is_spoken_leaves_kept_speech_and_its_times_alone(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way from a text to what was spoken belongs to the speech."""
    (chapter,) = chapters(studio, "har\xadbour")
    before = alignment(studio, chapter)
    monkeypatch.setattr(preparation, "speakable", lambda text, **_: (text, SpanMap()))
    (unchanged,) = chapters(studio, "har\xadbour")
    assert unchanged.chapter_snapshot_id == chapter.chapter_snapshot_id
    (beside,) = chapters(studio, "har\xadbour", "A second paragraph.")
    assert alignment(studio, beside)[: len(before)] == before


def test_without_gaps_each_piece_ends_where_the_next_begins(studio: Studio) -> None:
    """Nothing else changes, and the last keeps its end."""
    (chapter,) = chapters(studio, "It rained.", "Nobody came.")
    pieces = alignment(studio, chapter)
    closed = list(without_gaps(pieces))
    assert [piece.text for piece in closed] == [piece.text for piece in pieces]
    assert all(before.boundaries[-1] == after.boundaries[0] for before, after in pairwise(closed))
    assert [piece.boundaries[:-1] for piece in closed] == [piece.boundaries[:-1] for piece in pieces]
    assert closed[-1] == pieces[-1]
    assert list(without_gaps([])) == []


def test_lost_alignments_are_noticed_without_reading_any(studio: Studio) -> None:
    """Of the chapter they belong to, and of no other."""
    one, two = studio.chapter_snapshots(
        studio.convert(
            make_document(make_document_chapter("It rained."), make_document_chapter("No one came."))
        )
    )
    lost = next(part.speech_key for part in studio.parts(two.chapter_snapshot_id) if part.speech_key)
    with studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(
            schema.segments.update().where(schema.segments.c.key == lost).values(alignment=None)
        )
    with studio.records.read(WORKSPACE) as tx:
        check_alignments(tx, one.chapter_snapshot_id)
        with pytest.raises(DataDamaged):
            check_alignments(tx, two.chapter_snapshot_id)
