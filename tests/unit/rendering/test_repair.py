"""A repair gives what is damaged the bytes that it had, and says what it can't make again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.audio.encoding import AAC_64
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.archive import iterate_archive, plan_archive
from rhapsode.rendering.repair import RepairReport, repair_storage
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import segments
from rhapsode.storage.check import check_storage
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import list_pack_ids, pack_key, read_index
from rhapsode.studio.document import Cover
from rhapsode.studio.ids import ProjectSnapshotId, VoiceId

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat.", "It rained.", name="Sea"),
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        yield studio


def archive(studio: Studio, snapshot_id: ProjectSnapshotId) -> bytes:
    layout = plan_archive(studio.records, WORKSPACE, studio.project_snapshot(snapshot_id))
    return b"".join(iterate_archive(studio.records, studio.blobs, WORKSPACE, layout, 0, layout.size_bytes))


def repair(studio: Studio) -> RepairReport:
    def note(done: int, total: int) -> None:
        assert 0 <= done <= total

    return repair_storage(studio.records, studio.blobs, ThisProcess(1), on_progress=note)


def packs(studio: Studio, kind: str | None = None) -> dict[str, bytes]:
    """The bytes of all packs of a kind, by their ids."""
    ids = [pack_id for pack_id, _ in list_pack_ids(studio.blobs)]
    chosen = [each for each in ids if kind in (None, read_index(studio.blobs, each).kind)]
    return {each: path_of(studio, each).read_bytes() for each in chosen}


def path_of(studio: Studio, pack_id: str) -> Path:
    assert isinstance(studio.blobs, LocalBlobs)
    return studio.blobs.path(pack_key(pack_id))


def flip(studio: Studio, pack_id: str, offsets: list[int]) -> None:
    path = path_of(studio, pack_id)
    content = bytearray(path.read_bytes())
    for offset in offsets:
        content[offset] ^= 1 << offset % 8
    path.write_bytes(content)


def problems(studio: Studio) -> tuple[str, ...]:
    return check_storage(studio.records, studio.blobs).problems


@pytest.mark.parametrize("voice_id", [TONE_LOW, VoiceId("espeak_alder")])
def test_flipped_bits_are_undone(studio: Studio, voice_id: VoiceId) -> None:
    """In the sound of every segment, of speech and of audio, and in the index: each pack is what it was."""
    if voice_id != TONE_LOW:
        need_espeak()
    snapshot_id = studio.convert(BOOK, BookOptions(voice_id=voice_id))
    whole, sound = packs(studio), archive(studio, snapshot_id)
    count = 0
    for pack_id in whole:
        index = read_index(studio.blobs, pack_id)
        flip(studio, pack_id, [s.location.offset + s.location.size_bytes // 2 for s in index.segments])
        count += len(index.segments)

    assert repair(studio) == RepairReport(len(whole), count)

    assert packs(studio) == whole
    assert archive(studio, snapshot_id) == sound
    assert problems(studio) == ()
    assert repair(studio) == RepairReport(0, 0)


@pytest.mark.parametrize("offset", [0, -1, -60])
def test_what_a_pack_says_of_itself_is_written_again(studio: Studio, offset: int) -> None:
    """A flipped bit in the head, the index or the footer costs no segment."""
    studio.convert(BOOK)
    whole = packs(studio)
    for pack_id, content in whole.items():
        flip(studio, pack_id, [offset % len(content)])

    assert repair(studio) == RepairReport(len(whole), 0)
    assert packs(studio) == whole


def test_packs_that_are_missing_or_cut_come_back(studio: Studio) -> None:
    """With the bytes that they had, and the names."""
    snapshot_id = studio.convert(BOOK)
    whole, sound = packs(studio), archive(studio, snapshot_id)
    gone, cut, *_ = whole
    path_of(studio, gone).unlink()
    path_of(studio, cut).write_bytes(whole[cut][:100])

    report = repair(studio)

    assert (report.repaired_packs, report.losses) == (2, ())
    assert packs(studio) == whole
    assert archive(studio, snapshot_id) == sound


def test_what_exports_and_history_items_are_made_of_comes_back(studio: Studio) -> None:
    """Whoever needs it: AAC with the sizes of its packets, and what a single text has said, also as MP3."""
    snapshot_id = studio.convert(BOOK)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(1))
    transcoding.ensure_encoded(WORKSPACE, "an-export", chapter_ids, AAC_64, lambda _: None)
    night = SpeakRequest("Good night. " * 60, TONE_LOW, "mp3_44100_128", "m", "request")
    item = studio.speaking.speak(WORKSPACE, night)
    studio.speaking.ensure_file(WORKSPACE, item.history_item_id, "wav_44100")
    whole = packs(studio)
    for pack_id in whole:
        path_of(studio, pack_id).unlink()

    assert repair(studio).losses == ()
    assert packs(studio) == whole
    assert problems(studio) == ()


def test_what_cannot_be_made_again_is_named_with_who_needs_it(studio: Studio) -> None:
    """A cover is lost; what else was in damaged packs is well, and nothing that could be read is given up."""
    cover = Cover("image/jpeg", b"\xff\xd8\xff\xe0 a picture")
    snapshot_id = studio.convert(make_document(*BOOK.chapters, cover=cover))
    (pack_id,) = packs(studio, "image")
    flip(studio, pack_id, [read_index(studio.blobs, pack_id).segments[0].location.offset])

    report = repair(studio)

    (loss,) = report.losses
    assert pack_id in loss
    assert "pictures can't be made again" in loss
    assert any(str(snapshot_id) in owner for owner in report.damaged)
    assert any("chapter “Rain”" in owner for owner in report.damaged)
    assert path_of(studio, pack_id).exists()
    assert any(pack_id in problem for problem in problems(studio))


def test_other_bytes_never_take_the_place_of_what_was(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Speech that would be spoken otherwise today stays lost, and the audio that was made of it stays as it is."""
    studio.convert(BOOK)
    pack_id = next(iter(packs(studio, "speech")))
    audio = packs(studio, "audio")
    damaged = read_index(studio.blobs, pack_id).segments[0]
    flip(studio, pack_id, [damaged.location.offset])
    monkeypatch.setattr("rhapsode.rendering.remake_worker.to_flac", lambda *_: b"another take")

    report = repair(studio)

    assert [damaged.key.hex() in loss for loss in report.losses] == [True]
    assert "other bytes" in report.losses[0]
    assert any(owner.startswith("Take ") for owner in report.damaged)
    assert audio.items() <= packs(studio).items()
    with studio.records.read(WORKSPACE) as tx:
        (left,) = segments.list_segments_in(tx, pack_id)
    assert left.key == damaged.key
    assert repair(studio) == report
