"""History items as files, and as one zip."""

import io
import itertools
import random
import re
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, WORKSPACE, Studio, open_studio
from tests.rounds import rounds

from rhapsode.delivery.files import iterate_file
from rhapsode.delivery.history import (
    DownloadLayout,
    forget_history_files,
    item_file,
    iterate_download,
    iterate_item_alignment,
    plan_download,
)
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage import history
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.packs import pack_key
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, WorkspaceId, new_id

WAV = "wav_44100"
FORMATS = {
    "mp3_44100_128": "mp3",
    "wav_8000": "wav",
    "pcm_16000": "pcm",
    "ulaw_8000": "ul",
    "opus_48000_32": "opus",
}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "studio") as studio:
        yield studio


def speak(studio: Studio, text: str = "It rained.", output_format: str = "mp3_44100_128") -> HistoryItem:
    request = SpeakRequest(text, TONE_LOW, output_format, "rhapsode_v1", "request")
    return studio.speaking.speak(WORKSPACE, request)


def content(studio: Studio, item: HistoryItem, output_format: str | None = None) -> bytes:
    pieces = item_file(studio.records, WORKSPACE, item.history_item_id, output_format or item.output_format)
    return b"".join(iterate_file(studio.blobs, pieces))


def plan(studio: Studio, *items: HistoryItem, output_format: str | None = None) -> DownloadLayout:
    ids = [item.history_item_id for item in items]
    return plan_download(studio.records, WORKSPACE, ids, output_format)


def blocks(studio: Studio, layout: DownloadLayout) -> Iterator[bytes]:
    return iterate_download(studio.records, studio.blobs, WORKSPACE, layout, 0, layout.size_bytes)


def opened(studio: Studio, layout: DownloadLayout) -> zipfile.ZipFile:
    made = b"".join(blocks(studio, layout))
    assert len(made) == layout.size_bytes
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert archive.testzip() is None
    return archive


def audio_paths(studio: Studio, item: HistoryItem, output_format: str | None = None) -> set[Path]:
    """The packs of an item's audio."""
    pieces = item_file(studio.records, WORKSPACE, item.history_item_id, output_format or item.output_format)
    return {
        studio.blobs.path(pack_key(piece.location.pack_id)) for piece in pieces if piece.location is not None
    }


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_file_is_what_its_record_says(studio: Studio, output_format: str) -> None:
    """Its size and its checksum."""
    item = speak(studio, output_format=output_format)
    with studio.records.read(WORKSPACE) as tx:
        file = history.find_file(tx, item.history_item_id, output_format)
    assert file is not None
    made = content(studio, item)
    assert (len(made), zlib.crc32(made)) == (file.size_bytes, file.crc32)


def test_a_file_that_is_not_there_is_said(studio: Studio) -> None:
    """An absent item, one in another format, and one of another workspace."""
    item = speak(studio)
    for workspace_id, item_id, output_format in (
        (WORKSPACE, HistoryItemId("none"), "mp3_44100_128"),
        (WORKSPACE, item.history_item_id, WAV),
        (WorkspaceId("other"), item.history_item_id, "mp3_44100_128"),
    ):
        with pytest.raises(HistoryItemNotFound):
            item_file(studio.records, workspace_id, item_id, output_format)


def test_an_alignment_is_that_of_the_item(studio: Studio) -> None:
    """And there is none for an item that isn't there."""
    item = speak(studio)
    aligned = iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id)
    assert [piece.text for piece in aligned] == ["It rained."]
    for workspace_id, item_id in ((WORKSPACE, "none"), (WorkspaceId("other"), item.history_item_id)):
        with pytest.raises(HistoryItemNotFound):
            next(iterate_item_alignment(studio.records, workspace_id, HistoryItemId(item_id)))


# Zips


def test_a_zip_holds_each_item_as_it_is(studio: Studio) -> None:
    """In the order of the ids, byte for byte, with the true extension of each."""
    items = [speak(studio, f"Number {name}.", name) for name in FORMATS]
    items = [*items[2:], *items[:2]]
    archive = opened(studio, plan(studio, *items))
    assert [name.rsplit(".")[-1] for name in archive.namelist()] == [FORMATS[i.output_format] for i in items]
    assert [archive.read(name) for name in archive.namelist()] == [content(studio, item) for item in items]


def test_items_of_one_and_of_many_segments_are_in_one_zip(studio: Studio) -> None:
    """Each whole; of those with one alone nobody has to ask which is first."""
    items = [speak(studio, text) for text in ("It rained.", "It rained. Nobody came. " * 60, "The sea.")]
    segments = [
        len(item_file(studio.records, WORKSPACE, item.history_item_id, item.output_format)) - 1
        for item in items
    ]
    assert segments[0] == segments[2] == 1
    assert segments[1] > 1
    archive = opened(studio, plan(studio, *items))
    assert [archive.read(name) for name in archive.namelist()] == [content(studio, item) for item in items]


def test_any_stretch_of_a_zip_is_that_of_the_whole(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its files are looked up together, and whether or not that is remembered."""
    monkeypatch.setattr("rhapsode.delivery.history._FIRST_FILES", 2)
    monkeypatch.setattr("rhapsode.delivery.history._FILES_AT_ONCE", 3)
    layout = plan(studio, *(speak(studio, f"Number {i}.") for i in range(9)))
    whole, chance = b"".join(blocks(studio, layout)), random.Random(1)
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    for start, end in (
        [0, len(whole)],
        *(sorted(chance.sample(range(len(whole) + 1), 2)) for _ in range(60)),
    ):
        if chance.random() < 0.3:
            forget_history_files(studio.records)
        part = iterate_download(studio.records, studio.blobs, WORKSPACE, layout, start, end)
        assert b"".join(part) == whole[start:end]


def test_names_end_with_the_id(studio: Studio) -> None:
    """Before it, the time it was made, in UTC and without colons, and the voice."""
    items = [speak(studio), speak(studio)]
    for name, item in zip(opened(studio, plan(studio, *items)).namelist(), items, strict=True):
        match = re.fullmatch(r"Rhapsode_(\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d)_Tone Low_(\w{20})\.mp3", name)
        assert match is not None
        made = datetime.strptime(match[1], "%Y-%m-%dT%H_%M_%S").replace(tzinfo=UTC)
        assert int(made.timestamp()) == item.created_at_ms // 1000
        assert match[2] == item.history_item_id


@pytest.mark.parametrize(
    ("voice_name", "shown"),
    [("a/b:c*\u200b?", "a b c"), ("..", ""), ("Zoë\n", "Zoë"), ("x" * 500, "x" * 120)],
)
def test_names_suit_every_file_system(studio: Studio, voice_name: str, shown: str) -> None:
    """Whatever the voice is called."""
    item = speak(studio)
    named = replace(item, history_item_id=HistoryItemId(new_id()), voice_name=voice_name)
    keep_like(studio, item, named)
    (name,) = opened(studio, plan(studio, named)).namelist()
    assert name.split("_", 4)[4].removesuffix(f"_{named.history_item_id}.mp3") == shown


def keep_like(studio: Studio, item: HistoryItem, *others: HistoryItem) -> None:
    """Keep other items with the file of one."""
    with studio.records.write(WORKSPACE) as tx:
        file = history.find_file(tx, item.history_item_id, item.output_format)
        parts = history.get_file_parts(tx, item.history_item_id, item.output_format)
        assert file is not None
        for other in others:
            history.insert_item(tx, other)
            history.insert_file(tx, other.history_item_id, file, parts)


def test_an_id_that_is_there_twice_counts_once(studio: Studio) -> None:
    """At its first place."""
    first, second = speak(studio), speak(studio)
    layout = plan(studio, second, first, second, first)
    assert layout.entries == plan(studio, second, first).entries
    assert len(opened(studio, layout).namelist()) == 2


def test_a_zip_of_wavs(studio: Studio) -> None:
    """Whatever the items are stored as, once each has a copy; without one, there is no such file."""
    items = [speak(studio, output_format="ulaw_8000"), speak(studio, output_format=WAV)]
    with pytest.raises(HistoryItemNotFound, match=items[0].history_item_id):
        plan(studio, *items, output_format=WAV)
    for item in items:
        studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    archive = opened(studio, plan(studio, *items, output_format=WAV))
    assert [archive.read(name) for name in archive.namelist()] == [content(studio, i, WAV) for i in items]
    assert [name[-4:] for name in archive.namelist()] == [".wav", ".wav"]


def test_the_first_missing_id_is_named(studio: Studio) -> None:
    """Before anything is sent; another workspace's items are missing too."""
    items = [speak(studio) for _ in range(2)]
    ids = [items[0].history_item_id, *map(HistoryItemId, ("gone", "away")), items[1].history_item_id]
    with pytest.raises(HistoryItemNotFound, match="'gone'"):
        plan_download(studio.records, WORKSPACE, ids, None)
    with pytest.raises(HistoryItemNotFound, match=items[0].history_item_id):
        plan_download(studio.records, WorkspaceId("other"), [items[0].history_item_id], None)


def test_the_same_items_give_the_same_bytes(studio: Studio) -> None:
    """Every piece has its place beforehand."""
    items = [speak(studio, "One."), speak(studio, "Two.")]
    layout = plan(studio, *items)
    assert b"".join(blocks(studio, layout)) == b"".join(blocks(studio, plan(studio, *items)))
    content = b"".join(blocks(studio, layout))
    assert all(content[start:].startswith(b"PK\3\4") for start in layout.starts[:-1])


# What goes wrong


def test_no_byte_is_delivered_when_any_pack_is_missing(studio: Studio) -> None:
    """Also when it is that of the last item."""
    items = [speak(studio, "One."), speak(studio, "Two.")]
    layout = plan(studio, *items)
    for path in audio_paths(studio, items[-1]):
        path.unlink()
    with pytest.raises(DataDamaged):
        next(blocks(studio, layout))


def deliver(given: Iterator[bytes], delivered: bytearray) -> None:
    for block in given:
        delivered += block


def test_a_flipped_bit_never_ends_in_a_whole_zip(studio: Studio) -> None:
    """It ends with an error in place of the damaged block."""
    items = [speak(studio, "One."), speak(studio, "Two.")]
    layout = plan(studio, *items)
    whole = b"".join(blocks(studio, layout))
    (path,) = audio_paths(studio, items[1])
    damaged = bytearray(path.read_bytes())
    damaged[100] ^= 1
    path.write_bytes(damaged)
    delivered = bytearray()
    with pytest.raises(DataDamaged):
        deliver(blocks(studio, layout), delivered)
    assert whole.startswith(bytes(delivered))
    assert len(content(studio, items[0])) < len(delivered) < len(whole)


def test_an_item_that_is_deleted_meanwhile_is_in_the_zip(studio: Studio) -> None:
    """With all its bytes, for whoever has begun; for nobody else, and not when clean-up has taken it."""
    items = [speak(studio, "One."), speak(studio, "Two.")]
    layout = plan(studio, *items)
    whole = b"".join(blocks(studio, layout))
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, items[1].history_item_id)
        now_ms = tx.now_ms
    assert b"".join(blocks(studio, layout)) == whole
    with pytest.raises(HistoryItemNotFound):
        plan(studio, *items)
    clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms + 25 * 3600 * 1000)
    # Which would have happened in a day.
    forget_history_files(studio.records)
    with pytest.raises(DataDamaged, match="deleted"):
        b"".join(blocks(studio, layout))


def test_an_item_that_is_deleted_is_delivered_to_who_has_begun(studio: Studio) -> None:
    """Its file goes on, since packs stay for a day."""
    item = speak(studio)
    made = content(studio, item)
    pieces = item_file(studio.records, WORKSPACE, item.history_item_id, item.output_format)
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
    assert b"".join(iterate_file(studio.blobs, pieces)) == made


@pytest.mark.slow
def test_many_items_take_little_memory(studio: Studio) -> None:
    """Thousands of items are planned in some megabytes, and delivered in no more than two do."""
    count = rounds(700, 2_000)
    item = speak(studio, "It rained. " * 4)
    moments_ms = range(item.created_at_ms + 1, item.created_at_ms + 1 + count)
    others = [replace(item, history_item_id=HistoryItemId(new_id(ms)), created_at_ms=ms) for ms in moments_ms]
    keep_like(studio, item, *others)
    ids = [other.history_item_id for other in others]
    # What is kept from the first time on, such as compiled statements, isn't the download's.
    list(blocks(studio, plan_download(studio.records, WORKSPACE, ids[:2], None)))

    tracemalloc.start()
    layout = plan_download(studio.records, WORKSPACE, ids, None)
    planned_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    delivered_bytes = sum(map(len, blocks(studio, layout)))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert delivered_bytes == layout.size_bytes
    assert len(layout.entries) == count
    assert planned_bytes < 3_000 * count
    # Far less than what was delivered, and more than whatever else the process happens to do meanwhile.
    assert peak_bytes - planned_bytes < 8 * 2**20 < delivered_bytes / 2


def test_two_voices_are_told_apart(studio: Studio) -> None:
    """Each entry has the name of its item's voice."""
    low = speak(studio)
    high = studio.speaking.speak(
        WORKSPACE, SpeakRequest("It rained.", TONE_HIGH, "mp3_44100_128", "rhapsode_v1", "request")
    )
    names = opened(studio, plan(studio, low, high)).namelist()
    assert [wanted in name for name, wanted in zip(names, ("Tone Low", "Tone High"), strict=True)] == [
        True
    ] * 2
    assert not any(one == other for one, other in itertools.combinations(names, 2))
