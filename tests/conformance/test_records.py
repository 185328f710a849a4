"""The contract of records, for every database: whoever adds one adds it to `STORES`, and nothing else here."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer

from rhapsode.audio.mastering import Level
from rhapsode.storage import (
    conversions,
    history,
    levels,
    places,
    projects,
    references,
    schema,
    segments,
    snapshots,
    speaking,
)
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.conversions import Conversion, ConversionChapter, ConversionSlice, Failure, Usage
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.storage.packs import AudioMeta, ClosedPack, PackedSegment, SegmentLocation
from rhapsode.storage.records import Records, Transaction, ensure_workspace
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import NotFound
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    HistoryItemId,
    NodeId,
    ProjectId,
    ProjectSnapshotId,
    TakeId,
    VoiceId,
    WorkspaceId,
)
from rhapsode.studio.project import Block, Chapter, Node, Project, Take, TakePart
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart


def sqlite_records(directory: Path) -> Records:
    return Records.open_sqlite(directory / "records.sqlite3")


def postgres_records(server: PostgresServer) -> Records:
    return Records.open_postgres(server.new_records())


STORES = ("sqlite", "postgres")

HOME, AWAY = WorkspaceId("home"), WorkspaceId("away")
VOICE = VoiceId("tone_low")
PROJECT, CONVERSION = ProjectId("project"), ConversionId("conversion")
CHAPTER, BLOCK, NODE, TAKE = ChapterId("chapter"), BlockId("block"), NodeId("node"), TakeId("take")
CHAPTER_SNAPSHOT, PROJECT_SNAPSHOT = ChapterSnapshotId("chapter-snapshot"), ProjectSnapshotId("snapshot")
AUDIO, SPEECH, COVER = b"a" * 32, b"s" * 32, b"c" * 32
SOURCE, WANTED = b"q" * 32, b"w" * 32


@pytest.fixture(params=STORES)
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    with opened(request, tmp_path) as records:
        yield records


@pytest.fixture(scope="module", params=STORES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    """Records with one of everything, for all tests that change nothing: to make them takes longer than most."""
    with opened(request, tmp_path_factory.mktemp("filled")) as records:
        fill_home(records)
        with records.write(HOME) as tx:
            projects.save_chapters(tx, PROJECT, (*CHAPTERS, Chapter(ChapterId("gone"), "Two", ())))
            projects.save_chapters(tx, PROJECT, CHAPTERS)
        yield records


@contextlib.contextmanager
def opened(request: pytest.FixtureRequest, directory: Path) -> Iterator[Records]:
    """Records with two workspaces in which nothing is."""
    # The server is only started where it is needed.
    is_sqlite = request.param == "sqlite"
    found = sqlite_records(directory) if is_sqlite else postgres_records(request.getfixturevalue("postgres"))
    with contextlib.closing(found) as records:
        for workspace_id in (HOME, AWAY):
            with records.write(workspace_id) as tx:
                ensure_workspace(tx)
        yield records


def note(tx: Transaction, text: str) -> None:
    add_audit_entry(tx, actor="test", action="noted", object_id=text)


def notes(tx: Transaction) -> list[str]:
    log = schema.audit_log.c
    query = sa.select(log.object_id).where(log.workspace_id == tx.workspace_id).order_by(log.entry_id)
    return list(tx.connection.execute(query).scalars())


def all_notes(records: Records, workspace_id: WorkspaceId = HOME) -> list[str]:
    with records.read(workspace_id) as tx:
        return notes(tx)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_transaction_that_raises_leaves_nothing(records: Records, error: type[BaseException]) -> None:
    """Whatever comes out of the block, nothing of it is kept, and the next transaction works."""

    def fail() -> None:
        with records.write(HOME) as tx:
            note(tx, "lost")
            raise error

    with pytest.raises(error):
        fail()

    with records.write(HOME) as tx:
        note(tx, "kept")
    assert all_notes(records) == ["kept"]


def test_a_refused_statement_undoes_those_before_it(records: Records) -> None:
    """A row that breaks a rule takes the whole transaction with it."""
    again = schema.workspaces.insert().values(workspace_id=HOME, name="", created_at_ms=0)

    def fail() -> None:
        with records.write(HOME) as tx:
            note(tx, "lost")
            tx.connection.execute(again)

    with pytest.raises(sa.exc.IntegrityError):
        fail()

    assert all_notes(records) == []


def test_a_committed_transaction_is_seen_at_once(records: Records) -> None:
    """Whoever reads after a write has it."""
    for number in range(20):
        with records.write(HOME) as tx:
            note(tx, str(number))
        assert len(all_notes(records)) == number + 1


def test_a_reader_sees_one_state(records: Records) -> None:
    """What is committed during a reading transaction isn't seen in it."""
    with records.write(HOME) as tx:
        note(tx, "before")

    with records.read(HOME) as reading:
        assert notes(reading) == ["before"]
        with records.write(HOME) as tx:
            note(tx, "meanwhile")
        assert notes(reading) == ["before"]

    assert all_notes(records) == ["before", "meanwhile"]


def test_a_reader_does_not_see_what_is_not_committed(records: Records) -> None:
    """A transaction that is still open is nobody else's business."""
    with records.write(HOME) as tx:
        note(tx, "open")
        assert all_notes(records) == []


def test_a_reader_can_not_write(records: Records) -> None:
    """A write in a reading transaction is refused and changes nothing."""
    with pytest.raises(sa.exc.DBAPIError), records.read(HOME) as tx:
        note(tx, "lost")

    assert all_notes(records) == []


def test_a_transaction_has_one_time(records: Records) -> None:
    """Everything a transaction writes is of the same millisecond, which isn't before an earlier one's."""
    with records.write(HOME) as first:
        note(first, "a")
        note(first, "b")
    with records.write(HOME) as second:
        log = schema.audit_log.c
        rows = second.connection.execute(sa.select(log.created_at_ms).where(log.workspace_id == HOME))
        assert set(rows.scalars()) == {first.now_ms}
    assert second.now_ms >= first.now_ms


def in_threads(count: int, work: Callable[[int], None]) -> None:
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_writers_wait_instead_of_failing(records: Records) -> None:
    """Eight threads that read and then write the same row lose no step and meet no error."""
    with records.write(HOME) as tx:
        note(tx, "0")

    def count_up(_number: int) -> None:
        for _ in range(25):
            with records.write(HOME) as tx:
                (value,) = notes(tx)
                log = schema.audit_log
                tx.connection.execute(
                    log.update().where(log.c.workspace_id == HOME).values(object_id=str(int(value) + 1))
                )

    in_threads(8, count_up)

    assert all_notes(records) == ["200"]


def test_readers_beside_writers_see_whole_transactions(records: Records) -> None:
    """Four readers never see one half of what four writers always write in pairs."""
    halves: list[int] = []

    def work(number: int) -> None:
        for step in range(25):
            if number % 2:
                halves.extend(n for n in [len(all_notes(records))] if n % 2)
                continue
            with records.write(HOME) as tx:
                note(tx, f"{number} {step} first")
                note(tx, f"{number} {step} second")

    in_threads(8, work)

    assert halves == []
    assert len(all_notes(records)) == 200


def test_what_is_referred_to_can_not_be_deleted(records: Records) -> None:
    """The database itself refuses to delete a segment that somebody refers to."""
    with records.write(HOME) as tx:
        segments.want_segments(tx, "owner", {"audio": [AUDIO]})

    with pytest.raises(sa.exc.IntegrityError), records.write(HOME) as tx:
        tx.connection.execute(schema.segments.delete().where(schema.segments.c.workspace_id == HOME))


# Workspaces

TAKES = [(NODE, Take(TAKE, SOURCE, (TakePart(0, 5, SPEECH),)))]
CHAPTERS = (Chapter(CHAPTER, "One", (Block(BLOCK, BlockKind.PARAGRAPH, "p", (Node(NODE, "Hello"),)),)),)


def packed(key: bytes, meta: AudioMeta) -> ClosedPack:
    location = SegmentLocation(key.hex(), 16, 3, (1,))
    return ClosedPack(key.hex(), HOME, "audio", 100, (PackedSegment(key, "audio", location, 1, meta),))


def fill_home(records: Records) -> None:
    """One of everything, in the workspace HOME."""
    meta = AudioMeta(7, "mp3_44100_128", SPEECH)
    project = Project(PROJECT, "Tides", 5, default_title_voice_id=VOICE, cover_key=COVER, origin="here")
    parts = (SnapshotPart(AUDIO, 7, 3, "Hello", (), BLOCK, NODE, SPEECH),)
    chapter = ChapterSnapshot(
        CHAPTER_SNAPSHOT, PROJECT, CHAPTER, "One", "mp3_44100_128", 7, b"p", 3, 9, 1, FileHead(b"h"), 6
    )
    snapshot = ProjectSnapshot(
        PROJECT_SNAPSHOT, PROJECT, "Tides", "mp3_44100_128", 7, FileHead(b"h"), (CHAPTER_SNAPSHOT,), 7
    )
    with records.write(HOME) as tx:
        segments.want_segments(tx, "owner", {"audio": [AUDIO], "speech": [SPEECH], "image": [COVER]})
        segments.commit_pack(tx, packed(AUDIO, meta))
        segments.commit_pack(tx, packed(SPEECH, meta))
        levels.keep_level(tx, SPEECH, Level(-21.0, -3.0))
        projects.save_project(tx, project)
        projects.save_chapters(tx, PROJECT, CHAPTERS)
        projects.set_takes(tx, TAKES)
        snapshots.insert_chapter_snapshot(tx, chapter, parts)
        snapshots.insert_project_snapshot(tx, snapshot)
        conversions.insert_conversion(tx, Conversion(CONVERSION, PROJECT, "converting", b"d", 5))
        conversions.insert_conversion_chapter(
            tx,
            CONVERSION,
            ConversionChapter(0, CHAPTER, b"d", b"plan", None),
            [ConversionSlice(0, 0, b"requests")],
        )
        conversions.add_usage(tx, CONVERSION, "speech", Usage(1, 2, 3))
        keep_history_item(tx)
        keep_history_file(tx, "wav_44100")
        speaking.begin_speaking(tx, "0", {"audio": [AUDIO, WANTED]})


def everything(records: Records) -> dict[str, list[tuple[Any, ...]]]:
    with records.read(HOME) as tx:
        return {
            table.name: sorted(map(tuple, tx.connection.execute(sa.select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }


HISTORY_ITEM = HistoryItemId("item")


def keep_history_item(tx: Transaction, text: str = "Hello") -> None:
    item = HistoryItem(HISTORY_ITEM, "request", VOICE, "Tone", "model", "mul", text, "mp3_44100_128", 5)
    history.insert_item(tx, item)
    keep_history_file(tx, "mp3_44100_128")


def keep_history_file(tx: Transaction, output_format: str) -> None:
    file = HistoryFile(output_format, 7, 4, 1, FileHead(b"h"), 5)
    history.insert_file(tx, HISTORY_ITEM, file, (SnapshotPart(AUDIO, 7, 3, "Hello", speech_key=SPEECH),))


ABSENT: dict[str, Callable[[Transaction], object]] = {
    "get_project": lambda tx: projects.get_project(tx, PROJECT),
    "get_chapter": lambda tx: projects.get_chapter(tx, PROJECT, CHAPTER),
    "get_conversion": lambda tx: conversions.get_conversion(tx, CONVERSION),
    "get_conversion_chapter": lambda tx: conversions.get_conversion_chapter(tx, CONVERSION, 0),
    "get_slice": lambda tx: conversions.get_slice(tx, CONVERSION, 0),
    "get_chapter_snapshot": lambda tx: snapshots.get_chapter_snapshot(tx, CHAPTER_SNAPSHOT),
    "get_project_snapshot": lambda tx: snapshots.get_project_snapshot(tx, PROJECT_SNAPSHOT),
    "get_parts": lambda tx: snapshots.get_parts(tx, CHAPTER_SNAPSHOT),
    "get_item": lambda tx: history.get_item(tx, HISTORY_ITEM),
    "get_file_parts": lambda tx: history.get_file_parts(tx, HISTORY_ITEM, "mp3_44100_128"),
    "get_document": lambda tx: snapshots.get_document(tx, CHAPTER_SNAPSHOT),
}
EMPTY: dict[str, Callable[[Transaction], object]] = {
    "find_project_by_origin": lambda tx: projects.find_project_by_origin(tx, "here"),
    "list_chapters": lambda tx: projects.list_chapters(tx, PROJECT),
    "find_takes": lambda tx: projects.find_takes(tx, [NODE]),
    "find_segments": lambda tx: segments.find_segments(tx, [AUDIO, SPEECH]),
    "find_wanted": lambda tx: segments.find_wanted(tx, "owner", [AUDIO]),
    "find_owned_segments": lambda tx: segments.find_owned_segments(tx, CHAPTER_SNAPSHOT),
    "find_encoded": lambda tx: segments.find_encoded(tx, [SPEECH], "mp3_44100_128"),
    "find_levels": lambda tx: levels.find_levels(tx, [SPEECH]),
    "measure_owned_audio": lambda tx: segments.measure_owned_audio(tx, "owner").wanted_count,
    "count_references": lambda tx: references.count_references(tx, CHAPTER_SNAPSHOT),
    "list_unfinished_conversions": conversions.list_unfinished_conversions,
    "list_unfinished_conversions_of": lambda tx: conversions.list_unfinished_conversions(tx, PROJECT),
    "find_newest_conversion": lambda tx: conversions.find_newest_conversion(tx, PROJECT),
    "list_conversion_chapters": lambda tx: conversions.list_conversion_chapters(tx, CONVERSION),
    "list_slices": lambda tx: conversions.list_slices(tx, CONVERSION),
    "get_usage": lambda tx: conversions.get_usage(tx, CONVERSION, "speech").segment_count,
    "list_latest_chapter_snapshots": lambda tx: snapshots.list_latest_chapter_snapshots(tx, PROJECT),
    "find_item": lambda tx: history.find_item(tx, HISTORY_ITEM),
    "find_file": lambda tx: history.find_file(tx, HISTORY_ITEM, "mp3_44100_128"),
    "list_items": lambda tx: list_page(tx, HistoryQuery(), 10).items,
    "list_items_ascending": lambda tx: list_page(tx, HistoryQuery(descending=False, search="h"), 10).items,
    "list_items_found": lambda tx: list_page(tx, HistoryQuery(search="ell"), 10).items,
    "list_items_of_source": lambda tx: list_page(tx, HistoryQuery(source="TTS"), 10).items,
    "list_files": history.list_files,
    "list_old_copies": lambda tx: history.list_old_copies(tx, before_ms=2**47),
    "find_named_files": lambda tx: history.find_named_files(tx, [HISTORY_ITEM], None),
    "find_locations": lambda tx: places.find_locations(tx, "item/mp3_44100_128"),
    "find_only_segments": lambda tx: places.find_only_segments(tx, ["item"], "mp3_44100_128"),
    "find_pack_ends": lambda tx: places.find_pack_ends(tx, ["item/mp3_44100_128"]),
    "list_abandoned": lambda tx: speaking.list_abandoned(tx, before_ms=2**47),
    "list_project_snapshots": lambda tx: snapshots.list_project_snapshots(tx, PROJECT),
    "list_chapter_snapshots": lambda tx: snapshots.list_chapter_snapshots(tx, PROJECT, CHAPTER),
}
HARMLESS: dict[str, Callable[[Transaction], object]] = {
    "save_project": lambda tx: projects.save_project(tx, Project(PROJECT, "Mine", 5)),
    "save_chapters": lambda tx: projects.save_chapters(tx, PROJECT, CHAPTERS),
    "save_no_chapters": lambda tx: projects.save_chapters(tx, PROJECT, ()),
    "set_takes": lambda tx: projects.set_takes(tx, TAKES),
    "purge_chapters": lambda tx: projects.purge_chapters(tx, before_ms=2**50),
    "delete_item": lambda tx: history.delete_item(tx, HISTORY_ITEM),
    "touch_file": lambda tx: history.touch_file(tx, HISTORY_ITEM, "mp3_44100_128"),
    "delete_old_copy": lambda tx: history.delete_old_copy(tx, HISTORY_ITEM, "mp3_44100_128", before_ms=2**47),
    "end_speaking": lambda tx: speaking.end_speaking(tx, "0"),
    "add_references": lambda tx: references.add_references(tx, [("other", AUDIO)]),
    "drop_references": lambda tx: references.drop_references(tx, ["owner", CHAPTER_SNAPSHOT, PROJECT]),
    "set_chapter_snapshot": lambda tx: conversions.set_chapter_snapshot(tx, CONVERSION, 0, CHAPTER_SNAPSHOT),
    "note_failure": lambda tx: conversions.note_failure(tx, CONVERSION, Failure("It is hoarse.", SPEECH)),
    "finish_conversion": lambda tx: conversions.finish_conversion(tx, CONVERSION, "failed"),
}


@pytest.mark.parametrize("name", ABSENT)
def test_a_foreign_id_is_not_found(filled: Records, name: str) -> None:
    """What is another workspace's can't be had by its id, which is there for its owner."""
    with filled.read(HOME) as tx:
        assert ABSENT[name](tx)
    with filled.read(AWAY) as tx, pytest.raises(NotFound):
        ABSENT[name](tx)


@pytest.mark.parametrize("name", EMPTY)
def test_foreign_things_are_not_listed(filled: Records, name: str) -> None:
    """What is another workspace's is in no answer, and in the owner's."""
    with filled.read(HOME) as tx:
        assert EMPTY[name](tx)
    with filled.read(AWAY) as tx:
        assert not EMPTY[name](tx)


@pytest.mark.parametrize("name", HARMLESS)
def test_foreign_things_can_not_be_changed(filled: Records, name: str) -> None:
    """Whoever writes with another workspace's ids changes nothing or is refused."""
    before = everything(filled)

    with contextlib.suppress(sa.exc.IntegrityError, NotFound), filled.write(AWAY) as tx:
        HARMLESS[name](tx)

    assert everything(filled) == before


@pytest.mark.parametrize(
    "insert",
    [
        keep_history_item,
        lambda tx: keep_history_file(tx, "mp3_44100_128"),
        lambda tx: keep_history_file(tx, "pcm_8000"),
    ],
)
def test_nothing_is_added_to_foreign_history(filled: Records, insert: Callable[[Transaction], None]) -> None:
    """Neither an item of an id that is taken, nor a file of somebody else's item."""
    before = everything(filled)

    with pytest.raises((sa.exc.IntegrityError, NotFound)), filled.write(AWAY) as tx:
        insert(tx)

    assert everything(filled) == before


def test_every_statement_names_the_workspace(records: Records) -> None:
    """Reading and writing one of everything sends no statement that could reach into another workspace."""
    statements: list[str] = []
    engines = set()
    for transaction in (records.read, records.write):
        with transaction(HOME) as tx:
            engines.add(tx.connection.engine)

    def listen(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", listen)
    fill_home(records)
    with records.read(HOME) as tx:
        for question in (*ABSENT.values(), *EMPTY.values()):
            question(tx)
    with records.write(HOME) as tx:
        for change in HARMLESS.values():
            change(tx)
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", listen)

    queries = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(set(queries)) > 40
    # What is written to the index of texts has the workspace in its number.
    queries = [statement for statement in queries if not statement.startswith("INSERT INTO history_texts")]
    assert [statement for statement in queries if "workspace_id" not in statement] == []
