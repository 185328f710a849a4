"""Any stretch of what is downloaded, and that nothing else gives the same digest."""

import random
from collections.abc import Callable, Iterator

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    make_project,
    open_studio,
)
from tests.rounds import rounds

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import (
    open_archive,
    open_chapter_audio,
    open_item,
    open_items,
    open_project_audio,
)
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage.projects import save_project
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.stretches import Reading
from rhapsode.studio.document import Cover, Document
from rhapsode.studio.errors import SnapshotNotFound
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId
from rhapsode.studio.project import QualityPreset

STRETCHES = rounds(50, 150)
COVER = Cover("image/png", b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(300_000))
BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", "It rained.", name="Rain"),
    make_document_chapter("The sea was flat. " * 40, name="Sea"),
    cover=COVER,
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One for all tests of this module: none changes what another has made."""
    with open_studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio


def convert(studio: Studio, book: Document, quality: QualityPreset) -> tuple[ProjectId, ProjectSnapshotId]:
    snapshot_id = studio.convert(book, BookOptions(TONE_LOW, quality))
    return studio.project_snapshot(snapshot_id).project_id, snapshot_id


def speak(studio: Studio, text: str) -> HistoryItem:
    request = SpeakRequest(text, TONE_HIGH, "mp3_44100_128", "rhapsode_v1", "request")
    return studio.speaking.speak(WORKSPACE, request)


def archive(studio: Studio, quality: QualityPreset, *, with_report: bool = False) -> Download:
    made = convert(studio, BOOK, quality)
    return open_archive(studio.records, studio.blobs, WORKSPACE, *made, with_report=with_report)


def single(studio: Studio, quality: QualityPreset, *, as_mp3: bool = False) -> Download:
    made = convert(studio, BOOK, quality)
    return open_project_audio(studio.records, studio.blobs, WORKSPACE, *made, as_mp3=as_mp3)


def chapter(studio: Studio) -> Download:
    project_id, snapshot_id = convert(studio, BOOK, QualityPreset.ULTRA_LOSSLESS)
    last = studio.chapter_snapshots(snapshot_id)[-1]
    ids = (project_id, last.chapter_id, last.chapter_snapshot_id)
    return open_chapter_audio(studio.records, studio.blobs, WORKSPACE, *ids)


def items(studio: Studio) -> Download:
    spoken = [speak(studio, f"{number} boats were out. " * number).history_item_id for number in range(1, 6)]
    return open_items(studio.records, studio.blobs, WORKSPACE, spoken, None)


def item(studio: Studio) -> Download:
    return open_item(
        studio.records, studio.blobs, WORKSPACE, speak(studio, "One boat. " * 90).history_item_id, None
    )


def empty(studio: Studio) -> Download:
    made = convert(studio, make_document(), QualityPreset.STANDARD)
    return open_archive(studio.records, studio.blobs, WORKSPACE, *made)


DOWNLOADS: dict[str, Callable[[Studio], Download]] = {
    "archive": lambda studio: archive(studio, QualityPreset.STANDARD, with_report=True),
    "lossless archive": lambda studio: archive(studio, QualityPreset.ULTRA_LOSSLESS),
    "empty archive": empty,
    "single file": lambda studio: single(studio, QualityPreset.STANDARD),
    "lossless single file": lambda studio: single(studio, QualityPreset.ULTRA_LOSSLESS),
    "chapter": chapter,
    "item": item,
    "items": items,
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_any_stretch_is_that_of_the_whole(studio: Studio, name: str) -> None:
    """Wherever they begin and end, those of one byte and of nearly all included: hundreds together."""
    download = DOWNLOADS[name](studio)
    whole, chance = b"".join(download.content), random.Random(name)
    assert len(whole) == download.size_bytes
    for _ in range(STRETCHES):
        start = chance.randrange(download.size_bytes)
        longest = chance.choice((1, 100, 10_000, download.size_bytes))
        end = min(start + chance.randint(1, longest), download.size_bytes)
        assert b"".join(download.read(start, end)) == whole[start:end]


def test_any_stretch_of_a_copy_is_that_of_the_whole(studio: Studio) -> None:
    """The MP3 of a lossless file is encoded from its beginning each time, and is the same each time."""
    copy = single(studio, QualityPreset.ULTRA_LOSSLESS, as_mp3=True)
    whole, chance = b"".join(copy.content), random.Random(1)
    assert len(whole) == copy.size_bytes
    for _ in range(rounds(3, 5)):
        start = chance.randrange(copy.size_bytes)
        end = chance.randint(start + 1, copy.size_bytes)
        assert b"".join(copy.read(start, end)) == whole[start:end]


def test_what_is_in_memory_needs_no_waiting(studio: Studio) -> None:
    """Read without waiting where that is possible, a file has the same bytes."""
    download = archive(studio, QualityPreset.ULTRA_LOSSLESS)
    whole = b"".join(download.content)
    reading = download.read(0, download.size_bytes)
    assert isinstance(reading, Reading)
    assert reading.next_now() is None, "nothing was looked up yet"
    pieces, now = [next(reading)], 0
    while piece := b"".join(reading.next_now() or [next(reading, b"")]):
        now += 1
        pieces.append(piece)
    assert b"".join(pieces) == whole
    assert now


def test_a_digest_is_that_of_the_bytes(studio: Studio) -> None:
    """It is the same each time, and another for each file that has other bytes."""
    made = convert(studio, BOOK, QualityPreset.ULTRA_LOSSLESS)
    where = (studio.records, studio.blobs, DEFAULT_WORKSPACE_ID)
    spoken = [speak(studio, "A boat.").history_item_id, speak(studio, "Two boats.").history_item_id]

    def digests() -> list[bytes]:
        return [
            open_archive(*where, *made).digest,
            open_archive(*where, *made, with_report=True).digest,
            open_project_audio(*where, *made).digest,
            open_project_audio(*where, *made, as_mp3=True).digest,
            open_item(*where, spoken[0], None).digest,
            open_item(*where, spoken[1], None).digest,
            open_items(*where, spoken, None).digest,
            open_items(*where, spoken[::-1], None).digest,
        ]

    assert digests() == digests()
    assert len(set(digests())) == len(digests())


def test_a_snapshot_of_another_project_is_absent(studio: Studio) -> None:
    """In the words of one that isn't anywhere."""
    _, snapshot_id = convert(studio, BOOK, QualityPreset.STANDARD)
    other = make_project()
    with studio.records.write(WORKSPACE) as tx:
        save_project(tx, other)
    for opening in (open_archive, open_project_audio):
        with pytest.raises(SnapshotNotFound, match=f"no project snapshot {snapshot_id}"):
            opening(studio.records, studio.blobs, WORKSPACE, other.project_id, snapshot_id)
