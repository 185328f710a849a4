"""Without its masters all that was made stays as it is, and what is made anew is spoken again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encoding import AAC_64
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.alignments import iterate_alignment
from rhapsode.delivery.downloads import open_item
from rhapsode.delivery.take_audio import find_audio, iterate_take_audio
from rhapsode.delivery.wav_copy import open_item_wav
from rhapsode.engines import tone
from rhapsode.engines.engine import EngineTraits
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering.previews import preview_conversion
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import chapters, schema, segments
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.references import drop_owner
from rhapsode.storage.retention import RetentionChange, set_retention
from rhapsode.studio.errors import EngineUnavailable, MasterDropped
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId
from rhapsode.studio.project import QualityPreset, Take

DAY_MS = 24 * 3600 * 1000
BOOK = make_document(make_document_chapter("It rained.", "Nobody came.", name="Rain"))
SPOKEN = 2
"""Segments of speech in the book: one for each paragraph."""
BETTER = BookOptions(voice_id=TONE_LOW, quality_preset=QualityPreset.HIGH)
NIGHT = SpeakRequest("Good night.", TONE_LOW, "mp3_44100_128", "m", "request")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        yield studio


def drop_masters(studio: Studio) -> None:
    """Let a week pass for a workspace that keeps masters for three days, and another day."""
    set_retention(studio.records, RetentionChange(WORKSPACE, "masters", 3))
    for days in (7, 2):
        for column in (schema.segments.c.used_at_ms, schema.packs.c.retired_at_ms):
            with studio.records.write(WORKSPACE) as tx:
                tx.connection.execute(column.table.update().values({column: column - days * DAY_MS}))
        with studio.records.read(WORKSPACE) as tx:
            now_ms = tx.now_ms + 1
        clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms)
    assert speech_bytes(studio) == 0


def speech_bytes(studio: Studio) -> int:
    with studio.records.read(WORKSPACE) as tx:
        rows = tx.connection.execute(schema.segments.select().where(schema.segments.c.kind == "speech")).all()
    return sum(row.size_bytes or 0 for row in rows)


def takes(studio: Studio, project_id: ProjectId) -> list[Take | None]:
    with studio.records.read(WORKSPACE) as tx:
        (listed,) = chapters.list_chapters(tx, project_id)
        chapter = chapters.get_chapter(tx, project_id, listed.chapter_id)
    return [node.take for block in chapter.blocks for node in block.nodes]


def heard(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[tuple[bytes, object]]:
    """The bytes of each chapter, and its alignment."""
    return [
        (
            studio.chapter_bytes(chapter.chapter_snapshot_id),
            list(iterate_alignment(studio.records, WORKSPACE, chapter.chapter_snapshot_id)),
        )
        for chapter in studio.chapter_snapshots(snapshot_id)
    ]


def say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine says everything half as loud, and calls that the same."""
    joined = tone._joined
    monkeypatch.setattr(tone, "_joined", lambda tones: (joined(tones) // 2).astype(np.int16))


def be_irreproducible(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine owns up to it."""
    say_otherwise(monkeypatch)
    traits = EngineTraits("tone", "1", reproducible=False, max_characters=2_000)
    monkeypatch.setattr(tone.ToneEngine, "traits", property(lambda _: traits))


def problems(studio: Studio) -> tuple[str, ...]:
    return check_storage(studio.records, studio.blobs).problems


def test_what_was_made_stays_and_an_edit_speaks_no_more_than_before(studio: Studio) -> None:
    """Snapshots with their alignments, and the audio of whatever isn't edited."""
    before = studio.convert(BOOK)
    was = heard(studio, before)
    drop_masters(studio)

    edited = studio.request(make_document(make_document_chapter("It rained.", "Somebody came.", name="Rain")))
    studio.run(edited)

    assert heard(studio, before) == was
    assert studio.count_spoken(edited) == 1
    assert problems(studio) == ()


def test_another_quality_speaks_again_under_the_same_takes(studio: Studio) -> None:
    """Where the voice says it byte for byte as it did: the masters are back, and the plan had said how many."""
    first = studio.request(BOOK)
    before = studio.run(first)
    was, project_id = heard(studio, before), studio.save(BOOK)
    kept = takes(studio, project_id)
    size_bytes = speech_bytes(studio)
    drop_masters(studio)
    studio.save(BOOK, BETTER)
    with studio.records.read(WORKSPACE) as tx:
        preview = preview_conversion(tx, project_id)
    assert preview.count.spoken_segments == SPOKEN
    assert {r.value for c in preview.chapters for b in c.blocks for r in b.reasons} == {"speech_missing"}

    again = studio.request(BOOK, BETTER)
    after = studio.run(again)

    assert studio.count_spoken(again) == SPOKEN
    assert takes(studio, project_id) == kept
    assert speech_bytes(studio) == size_bytes
    assert heard(studio, before) == was
    assert [alignment for _, alignment in heard(studio, after)] == [alignment for _, alignment in was]
    assert problems(studio) == ()


def test_a_voice_that_is_not_reproducible_speaks_new_takes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier snapshot is left alone, and what was encoded of either take is found again."""
    be_irreproducible(monkeypatch)
    before = studio.convert(BOOK)
    was, project_id = heard(studio, before), studio.save(BOOK)
    seen = [takes(studio, project_id)]
    for quality in (QualityPreset.HIGH, QualityPreset.STANDARD, QualityPreset.HIGH):
        drop_masters(studio)
        options = BookOptions(voice_id=TONE_LOW, quality_preset=quality)
        requested = studio.request(BOOK, options)
        studio.run(requested)
        seen.append(takes(studio, project_id))
        assert studio.count_spoken(requested) == (SPOKEN if len(seen) == 2 else 0)

    keys = [{p.speech_key for take in each if take for p in take.parts} for each in seen]
    assert all(len(each) == SPOKEN for each in keys)
    assert keys[0].isdisjoint(keys[1])
    assert heard(studio, before) == was
    assert problems(studio) == ()


def test_a_voice_that_has_changed_unnoticed_is_found_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conversion says so and keeps nothing of that; the next one speaks new takes."""
    before = studio.convert(BOOK)
    was = heard(studio, before)
    drop_masters(studio)
    say_otherwise(monkeypatch)
    requested = studio.request(BOOK, BETTER)

    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    ended = studio.rendering.get_conversion(WORKSPACE, requested.conversion_id)
    assert ended.state == "failed"
    assert "Convert again" in (ended.error or "")
    assert speech_bytes(studio) == 0
    after = studio.request(BOOK, BETTER)
    studio.run(after)

    assert studio.count_spoken(after) == SPOKEN
    assert heard(studio, before) == was
    assert problems(studio) == ()


def test_a_locked_block_is_not_spoken_anew(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its voice would say it otherwise, it is named, and nothing is converted."""
    studio.convert(BOOK)
    project_id = studio.save(BOOK)
    with studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.blocks.update().values(locked=True))
    drop_masters(studio)
    studio.save(BOOK, BETTER)
    be_irreproducible(monkeypatch)

    with pytest.raises(MasterDropped, match="Unlock the block"):
        studio.rendering.request_conversion(WORKSPACE, project_id)


def test_exports_speak_again_what_was_dropped(studio: Studio) -> None:
    """Of an earlier snapshot too, with the bytes that they would have had before."""
    snapshot_id = studio.convert(BOOK)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(2))
    made = transcoding.ensure_encoded(WORKSPACE, "speaking/before", chapter_ids, AAC_64, lambda _: None)
    checksums = {key: [s.crc32 for s in found] for key, found in made.items()}
    with studio.records.write(WORKSPACE) as tx:
        drop_owner(tx, "speaking/before", useless=schema.segments.c.encoding == AAC_64.name)
    drop_masters(studio)

    made = transcoding.ensure_encoded(WORKSPACE, "speaking/after", chapter_ids, AAC_64, lambda _: None)

    assert {key: [s.crc32 for s in found] for key, found in made.items()} == checksums
    assert speech_bytes(studio) > 0


def test_an_export_of_what_can_not_be_had_again_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to do."""
    snapshot_id = studio.convert(BOOK)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    drop_masters(studio)
    be_irreproducible(monkeypatch)
    transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(2))

    with pytest.raises(MasterDropped, match=r"says nothing twice.*Convert the project again"):
        transcoding.ensure_encoded(WORKSPACE, "speaking/export", chapter_ids, AAC_64, lambda _: None)


def test_trouble_that_passes_says_nothing_of_a_master(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the engine is away an export fails as everything does; afterwards it is made."""
    snapshot_id = studio.convert(BOOK)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    drop_masters(studio)
    transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(2))

    def be_away(*_: object, **asked: object) -> NoReturn:
        msg = "The server is away."
        raise EngineUnavailable(msg)

    with monkeypatch.context() as during:
        during.setattr(tone.ToneEngine, "synthesize", be_away)
        with pytest.raises(EngineUnavailable):
            transcoding.ensure_encoded(WORKSPACE, "speaking/away", chapter_ids, AAC_64, lambda _: None)

    assert transcoding.ensure_encoded(WORKSPACE, "speaking/back", chapter_ids, AAC_64, lambda _: None)


def test_a_voice_that_says_it_otherwise_is_asked_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an export; whoever asks again is refused at once, until the same was had again."""
    snapshot_id = studio.convert(BOOK)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(1))

    def export() -> object:
        return transcoding.ensure_encoded(WORKSPACE, "speaking/export", chapter_ids, AAC_64, lambda _: None)

    drop_masters(studio)
    with monkeypatch.context() as during:
        say_otherwise(during)
        with pytest.raises(MasterDropped, match="other bytes"):
            export()
        during.setattr(tone.ToneEngine, "synthesize", lambda *_, **asked: pytest.fail("It was asked again."))
        with pytest.raises(MasterDropped, match="heard to say it otherwise"):
            export()


def test_copies_are_made_of_speech_that_is_spoken_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a history item in another format, and as WAV, what they would have been; or it is said why not."""
    item_id = studio.speaking.speak(WORKSPACE, NIGHT).history_item_id

    def open_wav() -> bytes:
        return b"".join(open_item_wav(studio.records, studio.blobs, WORKSPACE, item_id).content)

    own = b"".join(open_item(studio.records, studio.blobs, WORKSPACE, item_id, None).content)
    wav = open_wav()
    drop_masters(studio)
    with pytest.raises(MasterDropped):
        open_wav()

    made = studio.speaking.ensure_file(WORKSPACE, item_id, "opus_48000_64")

    assert made.size_bytes > 0
    assert open_wav() == wav
    drop_masters(studio)
    be_irreproducible(monkeypatch)
    with pytest.raises(MasterDropped, match="Convert the project again"):
        studio.speaking.ensure_file(WORKSPACE, item_id, "pcm_16000")
    assert b"".join(open_item(studio.records, studio.blobs, WORKSPACE, item_id, None).content) == own
    assert problems(studio) == ()


def test_a_text_that_was_dropped_is_spoken_anew(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an alignment of its own, and the earlier item keeps its; also what isn't reproducible is found again."""
    be_irreproducible(monkeypatch)
    first = studio.speaking.speak(WORKSPACE, NIGHT)
    drop_masters(studio)
    second = studio.speaking.speak(WORKSPACE, NIGHT)
    size_bytes = speech_bytes(studio)
    third = studio.speaking.speak(WORKSPACE, replace(NIGHT, output_format="pcm_16000"))

    assert speech_bytes(studio) == size_bytes > 0
    assert len({item.history_item_id for item in (first, second, third)}) == 3
    assert problems(studio) == ()


def test_a_take_is_heard_again(studio: Studio) -> None:
    """How long it lasts is known without its sound, and its sound is what it was."""
    studio.convert(BOOK)
    take = takes(studio, studio.save(BOOK))[-1]
    assert take is not None

    def audio() -> bytes:
        with studio.records.read(WORKSPACE) as tx:
            found = find_audio(tx, [take])[take.take_id]
        return b"".join(iterate_take_audio(studio.blobs, found))

    was = audio()
    drop_masters(studio)
    with studio.records.read(WORKSPACE) as tx:
        assert find_audio(tx, [take])[take.take_id].size_bytes == len(was)

    studio.speaking.masters.restore(WORKSPACE, {part.speech_key for part in take.parts})

    assert audio() == was
    with studio.records.read(WORKSPACE) as tx:
        assert len(segments.find_segments(tx, (p.speech_key for p in take.parts))) == len(take.parts)


def test_too_much_is_not_spoken_while_somebody_waits(studio: Studio) -> None:
    """It is refused before anything is spoken."""
    studio.convert(BOOK)
    take = takes(studio, studio.save(BOOK))[-1]
    assert take is not None
    drop_masters(studio)

    with pytest.raises(MasterDropped, match="too long"):
        studio.speaking.masters.restore(WORKSPACE, {p.speech_key for p in take.parts}, max_s=0.1)
    assert speech_bytes(studio) == 0
