"""History items and their files, as rows."""

import contextlib
import dataclasses
import itertools
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.factories import open_records

from rhapsode.storage import history, schema
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.deleted_files import find_deleted_file
from rhapsode.storage.history_list import HistoryQuery, ListedPage, list_page
from rhapsode.storage.keys import digest, history_audio_key
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import ClosedPack, pack_key
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId, VoiceId, first_id_at, new_id
from rhapsode.studio.snapshot import FileHead, SnapshotPart
from rhapsode.studio.voice import VoiceSettings

from .stored import (
    DAY_MS,
    FOREIGN,
    WORKSPACE,
    commit,
    everything,
    keep_snapshot,
    key_of,
    read_all,
    records_path,
    rows_of,
    want,
    write_pack,
)

FORMAT, COPY = "mp3_44100_128", "wav_44100"
START_MS = 1_760_000_000_000


def make_item(created_at_ms: int = START_MS, **values: Any) -> HistoryItem:
    """An item with an id of its time."""
    item = HistoryItem(
        history_item_id=HistoryItemId(new_id(created_at_ms)),
        request_id="request",
        voice_id=VoiceId("tone_low"),
        voice_name="Tone Low",
        model_id="rhapsode_v1",
        language="mul",
        text="It rained. Nobody came.",
        output_format=FORMAT,
        created_at_ms=created_at_ms,
    )
    return replace(item, **values)


def insert(records: Records, *items: HistoryItem) -> None:
    with records.write(WORKSPACE) as tx:
        for item in items:
            history.insert_item(tx, item)


def texts_of(item: HistoryItem) -> tuple[str, str]:
    """Its two parts."""
    return item.text[:10], item.text[10:]


def audio_of(item: HistoryItem) -> dict[bytes, bytes]:
    """What a pack of its audio holds: packs of the same bytes are the same pack."""
    keys = [key_of((item.history_item_id, text)) for text in texts_of(item)]
    return {key: b"audio" + key for key in keys}


def audio_keys(item: HistoryItem) -> list[bytes]:
    return list(audio_of(item))


def keep_item(records: Records, blobs: LocalBlobs, item: HistoryItem | None = None) -> HistoryItem:
    """Store speech, audio, a file and an item of two parts."""
    item = item or make_item()
    texts = texts_of(item)
    commit(records, write_pack(blobs, {key_of(text): b"speech" + text.encode() for text in texts}, "speech"))
    commit(records, write_pack(blobs, audio_of(item)))
    insert(records, item)
    keep_file(records, item, FORMAT, audio_keys(item), texts)
    return item


def keep_file(
    records: Records, item: HistoryItem, output_format: str, keys: Sequence[bytes], texts: Sequence[str]
) -> None:
    content = b"head" + b"".join(b"audio" + key for key in keys)
    parts = [
        SnapshotPart(key, 7, 37, text, speech_key=key_of(text)) for key, text in zip(keys, texts, strict=True)
    ]
    file = HistoryFile(
        output_format, 7 * len(keys), len(content), zlib.crc32(content), FileHead(b"head"), START_MS
    )
    with records.write(WORKSPACE) as tx:
        history.insert_file(tx, item.history_item_id, file, parts)


def listed(records: Records, query: HistoryQuery, limit: int = 1_000) -> list[HistoryItem]:
    with records.read(WORKSPACE) as tx:
        return list(list_page(tx, query, limit).items)


def test_an_item_is_what_it_was(records: Records) -> None:
    """Every field comes back, settings and all characters included."""
    item = make_item(
        text="Ça “va”?\n\u200b\U0001f642",
        settings=VoiceSettings(0.1, 0.2, 0.3, 1.1, use_speaker_boost=False),
        source="Projects",
        voice_category="cloned",
    )
    insert(records, item)
    with records.read(WORKSPACE) as tx:
        assert history.get_item(tx, item.history_item_id) == item
        assert history.find_item(tx, HistoryItemId("none")) is None
        with pytest.raises(HistoryItemNotFound, match="'none' was not found"):
            history.get_item(tx, HistoryItemId("none"))


def test_a_file_is_what_it_was(records: Records, blobs: LocalBlobs) -> None:
    """With its parts; another format, and another item, have none."""
    item = keep_item(records, blobs)
    with records.read(WORKSPACE) as tx:
        file = history.find_file(tx, item.history_item_id, FORMAT)
        parts = history.get_file_parts(tx, item.history_item_id, FORMAT)
        assert file is not None
        assert (file.output_format, file.frame_count, file.head) == (FORMAT, 14, FileHead(b"head"))
        assert file.size_bytes == len(b"head") + sum(part.size_bytes for part in parts)
        assert "".join(part.text for part in parts) == item.text
        assert history.find_file(tx, item.history_item_id, COPY) is None
        with pytest.raises(HistoryItemNotFound):
            history.get_file_parts(tx, item.history_item_id, COPY)


def test_a_file_needs_all_of_its_segments(records: Records, blobs: LocalBlobs) -> None:
    """One that the records don't know is an error, and the file isn't kept."""
    item = keep_item(records, blobs)
    with pytest.raises(DataDamaged):
        keep_file(records, item, COPY, [key_of("unknown")], [item.text[:10]])
    with records.read(WORKSPACE) as tx:
        assert history.list_files(tx) == [(item.history_item_id, FORMAT)]


def test_a_file_needs_its_item(records: Records) -> None:
    """A file of nothing is refused."""
    with pytest.raises(HistoryItemNotFound):
        keep_file(records, make_item(), FORMAT, [], [])


# Lists

ITEMS = [
    make_item(START_MS + 1_000 * number, text=text, voice_id=VoiceId(voice), model_id=model, source=source)
    for number, (text, voice, model, source) in enumerate(
        itertools.product(
            ("It RAINED all day.", "Straße am Ärmelkanal", "100% wet_land \\ sea", "ÄRGER?"),
            ("tone_low", "tone_high"),
            ("one", "two"),
            ("TTS", "Projects"),
        )
    )
]
NEWEST_FIRST = ITEMS[::-1]


def insert_many(records: Records) -> None:
    """ITEMS, in no order."""
    shuffled = list(ITEMS)
    random.Random(1).shuffle(shuffled)
    insert(records, *shuffled)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    """Records with ITEMS, for all tests here that only read them."""
    with contextlib.closing(open_records(records_path(tmp_path_factory.mktemp("many")))) as records:
        insert_many(records)
        yield records


CONDITIONS: list[tuple[HistoryQuery, Callable[[HistoryItem], bool]]] = [
    (HistoryQuery(), lambda _: True),
    (HistoryQuery(voice_id="tone_high"), lambda item: item.voice_id == "tone_high"),
    (HistoryQuery(model_id="two"), lambda item: item.model_id == "two"),
    (HistoryQuery(source="Projects"), lambda item: item.source == "Projects"),
    (HistoryQuery(source="PD"), lambda _: False),
    (HistoryQuery(date_before_ms=START_MS + 5_000), lambda item: item.created_at_ms < START_MS + 5_000),
    (HistoryQuery(date_after_ms=START_MS + 5_000), lambda item: item.created_at_ms >= START_MS + 5_000),
    (HistoryQuery(date_before_ms=0), lambda _: False),
    (HistoryQuery(date_before_ms=2**60), lambda _: True),
    (HistoryQuery(date_after_ms=-5), lambda _: True),
    (HistoryQuery(date_after_ms=2**60), lambda _: False),
    (HistoryQuery(search="rained"), lambda item: "RAINED" in item.text),
    (HistoryQuery(search="STRASSE"), lambda item: "Straße" in item.text),
    (HistoryQuery(search="är"), lambda item: "Ä" in item.text),
    (HistoryQuery(search="%"), lambda item: "%" in item.text),
    (HistoryQuery(search="t_l"), lambda item: "t_l" in item.text),
    (HistoryQuery(search="\\"), lambda item: "\\" in item.text),
    (HistoryQuery(search="' OR 1=1 --"), lambda _: False),
    (HistoryQuery(search=""), lambda _: True),
    (
        HistoryQuery("tone_low", "one", START_MS + 20_000, START_MS + 1_000, "är", "Projects"),
        lambda item: "Ärmel" in item.text and item.voice_id == "tone_low" and item.model_id == "one"
        and item.source == "Projects",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "fits"), CONDITIONS)
def test_each_condition_lists_what_fits(
    many: Records, query: HistoryQuery, fits: Callable[[HistoryItem], bool]
) -> None:
    """Newest first, or oldest first where that is asked."""
    assert listed(many, query) == [item for item in NEWEST_FIRST if fits(item)]
    assert listed(many, replace(query, descending=False)) == [item for item in ITEMS if fits(item)]


@pytest.mark.parametrize(("query", "_fits"), CONDITIONS)
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("page_size", [1, 3, 100])
def test_pages_are_the_list(
    many: Records, query: HistoryQuery, _fits: object, descending: bool, page_size: int
) -> None:
    """One after the other, each beginning after the last item of the one before, whatever else is asked."""
    query = replace(query, descending=descending)
    found: list[HistoryItem] = []
    while page := listed(many, query, page_size):
        assert len(page) <= page_size
        found += page
        query = replace(query, after=page[-1].history_item_id)
    assert found == listed(many, replace(query, after=None))


def test_new_items_do_not_move_a_page(records: Records) -> None:
    """Nor does the deletion of the item that a page begins after."""
    insert_many(records)
    first = listed(records, HistoryQuery(), 5)
    insert(records, make_item(START_MS + 10**9))
    with records.write(WORKSPACE) as tx:
        history.delete_item(tx, first[-1].history_item_id)
    after = first[-1].history_item_id
    assert listed(records, HistoryQuery(after=after), 5) == NEWEST_FIRST[5:10]


def test_another_workspace_lists_nothing(many: Records) -> None:
    """And an empty history is an empty list."""
    with many.read(FOREIGN) as tx:
        assert list_page(tx, HistoryQuery(), 10) == ListedPage((), None, has_more=False)


def test_ids_follow_the_time_they_are_asked_for() -> None:
    """Those of a millisecond and later ones, and none before."""
    for moment_ms in (0, 1, 61, 62, START_MS, 2**48 - 1):
        assert first_id_at(moment_ms) <= new_id(moment_ms)
        assert moment_ms == 0 or new_id(moment_ms - 1) < first_id_at(moment_ms)


# Deleting


def test_an_item_of_a_chapter_that_is_gone_is_a_problem(records: Records, blobs: LocalBlobs) -> None:
    """Check names it; one whose chapter is there has the chapter's file, in its own format alone."""
    snapshot = keep_snapshot(records, blobs, ["one", "two"])
    whole = make_item(chapter_snapshot_id=snapshot.chapter_snapshot_id)
    lost = make_item(chapter_snapshot_id=ChapterSnapshotId("gone"))
    insert(records, whole, lost)
    problems = check_storage(records, blobs).problems
    assert [lost.history_item_id in problem for problem in problems] == [True]
    with records.read(WORKSPACE) as tx:
        file = history.find_file(tx, whole.history_item_id, FORMAT)
        assert file is not None
        assert (file.size_bytes, file.crc32) == (snapshot.file_size_bytes, snapshot.file_crc32)
        assert history.find_file(tx, whole.history_item_id, COPY) is None
        assert len(history.get_file_parts(tx, whole.history_item_id, FORMAT)) == 2
        (named,) = history.find_named_files(tx, [whole.history_item_id], None).values()
        assert named.owner_id == snapshot.chapter_snapshot_id
        assert history.find_named_files(tx, [whole.history_item_id], COPY) == {}


def test_deleting_takes_the_files_too(records: Records, blobs: LocalBlobs) -> None:
    """The item and its files at once, and its audio and all references with clean-up; nothing of another item."""
    other = keep_item(records, blobs)
    before = {name: rows for name, rows in everything(records).items() if name.startswith("history")}
    item = keep_item(records, blobs)
    with records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
        now_ms = tx.now_ms
    after = everything(records)
    assert {name: after[name] for name in before} == before
    assert [row["kind"] for row in after["segments"]].count("audio") == 4
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + DAY_MS - 60_000)
    assert len(rows_of(records, schema.deleted_files)) == 1

    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + DAY_MS + 60_000)
    after = everything(records)
    assert {name: after[name] for name in before} == before
    assert after["deleted_files"] == []
    assert {row["owner_id"] for row in after["segment_references"]} == {f"{other.history_item_id}/{FORMAT}"}
    assert [row["kind"] for row in after["segments"]].count("audio") == 2


def test_the_file_of_a_deleted_item_can_be_read(records: Records, blobs: LocalBlobs) -> None:
    """By who has begun, with all its parts; nobody finds that of an item that is there, or another workspace's."""
    item = keep_item(records, blobs)
    owner_id = history.file_owner(item.history_item_id, FORMAT)
    with records.write(WORKSPACE) as tx:
        parts = history.get_file_parts(tx, item.history_item_id, FORMAT)
        assert find_deleted_file(tx, owner_id) is None
        history.delete_item(tx, item.history_item_id)
        deleted = find_deleted_file(tx, owner_id)
    assert deleted is not None
    assert (deleted.parts, len(parts)) == (parts, len(audio_keys(item)))
    assert len(read_all(records, blobs, audio_keys(item))) == len(parts)
    with records.read(FOREIGN) as tx:
        assert find_deleted_file(tx, owner_id) is None


def test_what_somebody_else_refers_to_stays(records: Records, blobs: LocalBlobs) -> None:
    """Also audio, should anybody refer to that of an item."""
    item = keep_item(records, blobs)
    key = audio_keys(item)[0]
    want(records, "somebody", [key])
    with records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
    assert list(read_all(records, blobs, [key])) == [key]


def test_deleting_twice_is_said(records: Records, blobs: LocalBlobs) -> None:
    """The second finds nothing."""
    item = keep_item(records, blobs)
    with records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
    with pytest.raises(HistoryItemNotFound), records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)


def test_clean_up_leaves_history_alone(records: Records, blobs: LocalBlobs) -> None:
    """Nothing that an item needs goes, however old it is."""
    keep_item(records, blobs)
    before = {name: rows for name, rows in everything(records).items() if name != "packs"}
    policy = CleanupPolicy(unused_segment_ms=0, unused_bytes=0, retired_pack_ms=0)
    clean_up(records, blobs, policy, now_ms=2**45)
    assert {name: rows for name, rows in everything(records).items() if name != "packs"} == before
    assert check_storage(records, blobs).problems == ()


# Check and mend


def flip(blobs: LocalBlobs, pack: ClosedPack) -> None:
    with blobs.path(pack_key(pack.pack_id)).open("r+b") as file:
        file.seek(pack.segments[0].location.offset + 3)
        file.write(b"!")


def test_a_changed_byte_is_found(records: Records, blobs: LocalBlobs) -> None:
    """Check names the segment of an item that is hit."""
    item = keep_item(records, blobs)
    flip(blobs, write_pack(blobs, audio_of(item)))
    assert any(audio_keys(item)[0].hex() in problem for problem in check_storage(records, blobs).problems)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("history_files", {"crc32": 5}),
        ("history_files", {"size_bytes": 5}),
        ("history_files", {"frame_count": 5}),
        ("history_files", {"head": b"Head"}),
        ("history_files", {"document": b"nonsense"}),
        ("history_files", {"document": zlib.compress(b"[]")}),
        ("history_items", {"text": "It rained. Nobody Came."}),
    ],
)
def test_a_changed_record_is_found(
    records: Records, blobs: LocalBlobs, table: str, values: dict[str, Any]
) -> None:
    """A file must be what its segments say, and its parts spell the item's text."""
    keep_item(records, blobs)
    assert check_storage(records, blobs).problems == ()
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.metadata.tables[table].update().values(values))
    assert len(check_storage(records, blobs).problems) == 1


def test_damage_to_one_item_hides_no_other(records: Records, blobs: LocalBlobs) -> None:
    """Each damaged item is named, also behind one whose document can't be read."""
    items = [keep_item(records, blobs) for _ in range(3)]
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.history_files.update().values(document=b"nonsense"))
    problems = check_storage(records, blobs).problems
    assert all(any(item.history_item_id in problem for problem in problems) for item in items)


def test_a_lost_segment_is_found_and_mended(records: Records, blobs: LocalBlobs) -> None:
    """Records and references of an item's segments come back from the packs."""
    item = keep_item(records, blobs)
    before = everything(records)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.segment_references.delete())
        tx.connection.execute(schema.segments.delete())
    (problem,) = check_storage(records, blobs).problems
    assert item.history_item_id in problem
    assert "4 of its segments" in problem

    rebuild_segments(records, blobs)

    assert check_storage(records, blobs).problems == ()
    after = everything(records)
    assert len(after["segment_references"]) == len(before["segment_references"]) == 4


# What is documented


def guide() -> str:
    return (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")


def test_the_key_is_made_as_documented() -> None:
    """docs/storage.md lists its parts in their order."""
    (line,) = (line for line in guide().splitlines() if "`history-audio/1`" in line)
    assert line.endswith("| id of the history item, output format, ordinal of the part from 0 (`i`) |")
    key = history_audio_key(history_item_id=HistoryItemId("item"), output_format=FORMAT, ordinal=3)
    assert key == digest("history-audio/1", "item", FORMAT, 3)


def test_the_documented_program_writes_an_item(tmp_path: Path, records: Records, blobs: LocalBlobs) -> None:
    """The program in docs/storage.md writes an item's file byte for byte, and stops at a damaged one."""
    program = guide().split("```python\n")[3].split("```")[0]
    item = keep_item(records, blobs)
    records.close()
    target = tmp_path / "item.mp3"
    command = [sys.executable, "-c", program, str(tmp_path), item.history_item_id, FORMAT, str(target)]

    subprocess.run(command, check=True)
    flip(blobs, write_pack(blobs, audio_of(item)))
    again = subprocess.run(command, check=False, capture_output=True)

    assert target.read_bytes() == b"head" + b"".join(audio_of(item).values())
    assert again.returncode != 0


def test_every_field_of_an_item_is_a_column() -> None:
    """What is added to the noun is kept."""
    columns = set(schema.history_items.columns.keys())
    assert {field.name for field in dataclasses.fields(HistoryItem)} <= columns
    file_columns = set(schema.history_files.columns.keys())
    assert {field.name for field in dataclasses.fields(HistoryFile)} <= file_columns
