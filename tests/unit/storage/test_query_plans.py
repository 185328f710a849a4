"""No question about a few rows walks through all rows of a workspace."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.postgres import sqlite_only

from rhapsode.storage import (
    account,
    api_keys,
    block_edits,
    callbacks,
    chapters,
    conversions,
    creations,
    deleted_files,
    exports,
    flawed,
    history,
    key_usage,
    levels,
    made,
    measured,
    outlines,
    overviews,
    places,
    projects,
    references,
    segments,
    snapshots,
    speaking,
    speech_places,
    spoken_chapters,
    states,
    voice_edits,
    webhooks,
)
from rhapsode.storage.api_keys import ApiKey
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.conversions import Conversion, Failure, Usage
from rhapsode.storage.creations import NewCreation
from rhapsode.storage.damaged_exports import forget_damaged_export
from rhapsode.storage.flawed import list_flawed_passages
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import pack_key
from rhapsode.storage.records import Records
from rhapsode.storage.webhooks import Webhook
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import (
    ApiKeyId,
    ConversionId,
    HistoryItemId,
    ProjectId,
    TakeId,
    VoiceId,
    WebhookId,
    new_id,
)
from rhapsode.studio.project import Take, TakePart
from rhapsode.studio.snapshot import FileHead

from .stored import (
    ENCODING,
    WORKSPACE,
    commit,
    keep_snapshot,
    key_of,
    make_block,
    make_chapter,
    make_parts,
    make_project,
    make_project_snapshot,
    records_path,
    want,
    write_pack,
)

# What is about all of a workspace, or about all of them: clean-up and check read everything once.
WHOLE = (
    "NOT (EXISTS",
    "FROM workspaces",
    "FROM packs",
    "SELECT count(segments.pack_id) AS count_1 \n",
    "SELECT count(*) AS count_1 \nFROM chapter_snapshots",
    "SELECT count(*) AS count_1 \nFROM project_snapshots",
    "packs.workspace_id != ?",
    "SELECT chapter_snapshots.chapter_snapshot_id \n",
    "SELECT project_snapshots.project_snapshot_id, project_snapshots.digest \n",
    # Clean-up looks for old copies, and check looks at every file.
    "history_files.created_at_ms < ? AND history_files.output_format != ",
    "SELECT history_files.history_item_id, history_files.output_format \nFROM history_files \n",
    # Check looks at every export.
    "exports.created_at_ms \nFROM exports \nWHERE exports.workspace_id = ?",
    # Clean-up looks for callbacks that have ended, which are kept for a month.
    "DELETE FROM callbacks",
    # And for sessions, which are few.
    "DELETE FROM sessions",
    # A workspace has few webhooks: all are listed, and told.
    "FROM webhooks \nWHERE webhooks.workspace_id = ? ORDER BY",
    # A workspace has few keys, and all are listed.
    "ORDER BY api_keys.key_id",
    "AND key_usage.key_id IN (SELECT api_keys.key_id",
    # A workspace has at most one edit of each voice, and all are looked at.
    "FROM voice_edits \nWHERE voice_edits.workspace_id = ?",
    # A workspace has few projects: all are listed, and the deleted ones are looked for among all.
    "ORDER BY projects.project_id DESC",
    "AND projects.deleted_at_ms < ?",
)


@pytest.fixture
def statements(records: Records) -> dict[str, Any]:
    """Every statement that is sent from now on, with some parameters."""
    seen: dict[str, Any] = {}

    def listen(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    for transaction in (records.read, records.write):
        with transaction(WORKSPACE) as tx:
            sa.event.listen(tx.connection.engine, "before_cursor_execute", listen)
    return seen


def exercise_creations(records: Records, project_id: ProjectId) -> None:
    """What is asked while a project's content is made."""
    with records.write(WORKSPACE) as tx:
        creations.begin_creation(tx, project_id, NewCreation("file", {}, b"One."))
        creations.find_creations(tx, [project_id])
        creations.find_document(tx, project_id)
        creations.is_creating(tx, project_id)
        creations.note_progress(tx, project_id, 0.5)
        creations.ask_for_conversion(tx, project_id)
        creations.finish_creation(tx, project_id, {"auto_convert": True})
        creations.fail_creation(tx, project_id, "It is a picture.")
        chapters.list_muted_chapter_ids(tx, project_id)
    creations.list_unfinished_creations(records)


def exercise_exports(records: Records, blobs: LocalBlobs, project_id: ProjectId) -> None:
    """What is asked of exports, and changed where one is damaged."""
    pack = write_pack(blobs, {key_of("stretch"): b"stretch"}, "file")
    commit(records, pack)
    with records.write(WORKSPACE) as tx:
        exports.insert_export(
            tx,
            export_key=key_of("export"),
            project_id=project_id,
            format_name="m4b",
            crc32=0,
            pieces=[exports.ExportPiece(key_of("stretch"), 7)],
        )
        export = exports.find_exports(tx, [key_of("export")])[key_of("export")]
        exports.list_due_for_touch(tx, [export.export_id])
        exports.touch_exports(tx, [export.export_id])
    blobs.delete(pack_key(pack.pack_id))
    assert forget_damaged_export(records, blobs, WORKSPACE, export.export_id)


def exercise(records: Records, blobs: LocalBlobs) -> None:
    """Ask and change what the product asks and changes."""
    project, chapter = make_project(origin="here"), make_chapter("One.", "Two.")
    node = chapter.blocks[0].nodes[0]
    snapshot = keep_snapshot(records, blobs, ["one", "two"])
    want(records, "owner", [key_of("one"), key_of("wanted")])
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, [chapter])
        take = Take(TakeId("take"), key_of("source"), (TakePart(0, 4, key_of(key_of("one"))),))
        projects.set_takes(tx, [(node.node_id, take)])
        projects.set_takes(tx, [(node.node_id, take)], keep_restored=True)
        projects.get_chapter(tx, project.project_id, chapter.chapter_id)
        block_id = chapter.blocks[0].block_id
        chapters.get_block(tx, project.project_id, chapter.chapter_id, block_id)
        chapters.set_locked(tx, block_id, locked=False)
        chapters.update_node(tx, chapter.chapter_id, node)
        list_flawed_passages(tx, project.project_id, chapter.chapter_id)
        edited = replace(chapter, blocks=(make_block(node),))
        projects.save_chapters(tx, project.project_id, [edited])
        projects.save_chapters(tx, project.project_id, [])
        chapters.append_chapter(tx, project.project_id, make_chapter("Three."))
        chapters.append_chapter(tx, project.project_id, other := make_chapter("Four."))
        chapters.update_chapter(tx, replace(other, blocks=(make_block(), *other.blocks)))
        chapters.delete_chapter(tx, project.project_id, other.chapter_id)
        api_key = ApiKey(ApiKeyId("key"), "laptop", "beef", created_at_ms=5)
        api_keys.insert_api_key(tx, api_key, digest=b"d")
        key_usage.pay(tx, api_key.key_id, 5)
        key_usage.give_back(tx, api_key.key_id, 2, paid_at_ms=tx.now_ms)
        voice_edits.set_voice_deleted(tx, VoiceId("tone_low"), deleted=True)
        api_keys.revoke_api_key(tx, api_key.key_id)
        conversion = Conversion(ConversionId("c"), project.project_id, "converting", b"d", 5)
        conversions.insert_conversion(tx, conversion)
        conversions.set_plan_digest(tx, ConversionId("c"), b"whole")
        conversions.begin_conversion(tx, ConversionId("c"))
        conversions.pay_conversion(tx, ConversionId("c"), api_key.key_id, 9)
        conversions.add_usage(tx, ConversionId("c"), "speech", Usage(1, 2, 3))
        project_snapshot = make_project_snapshot(snapshot, project_id=project.project_id)
        snapshots.insert_project_snapshot(tx, project_snapshot)
        conversions.note_failure(tx, ConversionId("c"), Failure("The engine died.", b"s"))
        conversions.finish_conversion(tx, ConversionId("c"), "succeeded")
        references.drop_references(tx, ["owner"])
        webhooks.insert_webhook(tx, Webhook(WebhookId("w"), "Tides", "https://tides.example/", "s", 5))
        callbacks.insert_callbacks(tx, body="{}", project_url=None)
        callbacks.give_up_callbacks(tx, WebhookId("w"))
        callbacks.end_callback(tx, "callback", 200, "delivered")
        webhooks.note_failure(tx, WebhookId("w"), 500, is_gone=False)
        webhooks.update_webhook(tx, webhooks.get_webhook(tx, WebhookId("w")))
        webhooks.delete_webhook(tx, WebhookId("w"))
    callbacks.list_due_callbacks(records, now_ms=5)
    exercise_creations(records, project.project_id)
    exercise_exports(records, blobs, project.project_id)
    api_keys.find_key_owner(records, b"d")
    with records.read(WORKSPACE) as tx:
        api_keys.get_api_key_by_digest(tx, b"d")
        api_keys.list_api_keys(tx)
        key_usage.count_characters(tx, ApiKeyId("key"))
        key_usage.list_characters(tx)
        voice_edits.list_voice_edits(tx)
        account.count_characters_spoken(tx, since_ms=5)
        account.get_created_at_ms(tx)
        projects.get_project(tx, project.project_id)
        projects.find_project_by_origin(tx, "here")
        projects.list_projects(tx)
        chapters.count_chapters(tx, project.project_id)
        outlines.list_chapter_outlines(tx, project.project_id)
        outlines.list_node_outlines(tx, project.project_id)
        outlines.list_chapter_node_outlines(tx, project.project_id, [chapter.chapter_id])
        block_edits.list_places(tx, chapter.chapter_id)
        block_edits.find_blocks(tx, chapter.chapter_id, [chapter.blocks[0].block_id])
        block_edits.find_taken_ids(tx, [chapter.blocks[0].block_id])
        block_edits.list_voice_ids(tx, chapter.chapter_id)
        flawed.find_flaws(tx, chapter.chapter_id)
        projects.find_takes(tx, [node.node_id])
        segments.find_segments(tx, [key_of("one"), key_of("two")])
        segments.find_owned_segments(tx, "owner")
        measured.find_measured(tx, "owner")
        segments.has_all_alignments(tx, "owner")
        segments.find_wanted(tx, "owner", [key_of("one")])
        segments.measure_owned_audio(tx, "owner")
        segments.find_existing_keys(tx, "owner")
        segments.find_encoded(tx, [key_of(key_of("one"))], ENCODING)
        segments.find_encoded(tx, [key_of(key_of("one"))], ENCODING, mastering="gain +1.0 dB")
        made.find_lengths(tx, [key_of("one")])
        made.find_encoded_forms(tx, [key_of(key_of("one"))])
        made.find_last_plan_digest(tx, project.project_id)
        spoken_chapters.list_spoken_chapters(tx, project.project_id)
        spoken_chapters.find_chapters_of_blocks(tx, project.project_id, [chapter.blocks[0].block_id])
        levels.find_levels(tx, [key_of("one")])
        conversions.list_unfinished_conversions(tx)
        conversions.list_unfinished_conversions(tx, project.project_id)
        conversions.find_newest_conversion(tx, project.project_id)
        conversions.list_conversion_chapters(tx, ConversionId("c"))
        conversions.list_slices(tx, ConversionId("c"))
        conversions.iterate_slices(tx, ConversionId("c"))
        conversions.iterate_chapter_slices(tx, ConversionId("c"), 0)
        conversions.iterate_unfinished_chapters(tx, ConversionId("c"))
        conversions.list_due_conversions(records)
        conversions.get_usage(tx, ConversionId("c"), "speech")
        states.find_last_conversion_times(tx, [project.project_id])
        states.find_chapter_conversion_times(tx, project.project_id)
        states.find_last_ends(tx, project.project_id)
        overviews.measure_texts(tx, [project.project_id])
        overviews.find_newest_lengths(tx, [project.project_id])
        overviews.find_last_failures(tx, [project.project_id])
        overviews.measure_shares(tx, [ConversionId("c")])
        snapshots.get_parts(tx, snapshot.chapter_snapshot_id)
        snapshots.list_latest_chapter_snapshots(tx, snapshot.project_id)
        snapshots.get_project_snapshot(tx, project_snapshot.project_snapshot_id)
        snapshots.get_project_digest(tx, project_snapshot.project_snapshot_id)
        snapshots.list_chapter_frames(tx, project_snapshot.project_snapshot_id)
        snapshots.has_lost_alignments(tx, project_snapshot.project_snapshot_id)
        snapshots.get_chapter_digest(tx, snapshot.chapter_snapshot_id)
        snapshots.find_chapter_snapshot(tx, snapshot.chapter_id, b"digest")
        snapshots.list_project_snapshots(tx, project.project_id)
        snapshots.list_chapter_snapshots(tx, snapshot.project_id, snapshot.chapter_id)
    speak_and_forget(records)
    with records.write(WORKSPACE) as tx:
        projects.delete_project(tx, project.project_id)
    everything = CleanupPolicy(
        unused_segment_ms=0, deleted_ms=0, retired_pack_ms=0, live_share=1, small_pack_count=1
    )
    for _ in range(2):
        clean_up(records, blobs, everything, now_ms=2**50)
    check_storage(records, blobs)


def speak_and_forget(records: Records) -> None:
    """What is asked and changed for history."""
    item, other = make_item(), make_item()
    file = HistoryFile(item.output_format, 7, 4, 0, FileHead(b"head"), 5)
    with records.write(WORKSPACE) as tx:
        speaking.begin_speaking(tx, "work", {"speech": [key_of("said")], "audio": [key_of("heard")]})
        for kept in (item, other):
            history.insert_item(tx, kept)
            history.insert_file(tx, kept.history_item_id, file, make_parts([key_of("one")]))
        speaking.end_speaking(tx, "work")
        speaking.begin_speaking(tx, "0", {"speech": [key_of("said")]})
    query = HistoryQuery(date_before_ms=2**47, date_after_ms=0, search="rained")
    with records.read(WORKSPACE) as tx:
        history.get_item(tx, item.history_item_id)
        history.find_file(tx, item.history_item_id, file.output_format)
        history.get_file_parts(tx, item.history_item_id, file.output_format)
        for descending in (True, False):
            list_page(tx, HistoryQuery(descending=descending), 5)
            list_page(tx, HistoryQuery("voice", "model", source="TTS", descending=descending), 5)
            list_page(tx, HistoryQuery(search="ra", descending=descending), 5)
            list_page(tx, replace(query, after=item.history_item_id, descending=descending), 5)
        for output_format in (None, file.output_format):
            history.find_named_files(tx, [item.history_item_id, other.history_item_id], output_format)
        owner_id = history.file_owner(item.history_item_id, file.output_format)
        places.find_locations(tx, owner_id)
        places.find_only_segments(tx, [item.history_item_id, other.history_item_id], file.output_format)
        places.find_pack_ends(tx, [owner_id, "owner"])
        speech_places.find_speech_places(tx, owner_id)
        speech_places.find_speech_pack_ends(tx, [owner_id, "owner"])
        deleted_files.find_deleted_file(tx, owner_id)
        speaking.list_abandoned(tx, before_ms=2**47)
    with records.write(WORKSPACE) as tx:
        history.touch_file(tx, item.history_item_id, file.output_format)
        history.delete_old_copy(tx, item.history_item_id, file.output_format, before_ms=2**47)
        history.delete_item(tx, item.history_item_id)


def make_item() -> HistoryItem:
    return HistoryItem(
        HistoryItemId(new_id()),
        "request",
        VoiceId("voice"),
        "Voice",
        "model",
        "en",
        "It rained.",
        ENCODING,
        5,
    )


@sqlite_only
def test_every_question_has_an_index(
    tmp_path: Path, records: Records, blobs: LocalBlobs, statements: dict[str, Any]
) -> None:
    """SQLite's plans, made without statistics, never begin with the whole of a table or a workspace."""
    exercise(records, blobs)
    database = sqlite3.connect(records_path(tmp_path))
    verbs = ("SELECT", "UPDATE", "DELETE", "INSERT")
    narrow = [s for s in statements if s.startswith(verbs) and not any(whole in s for whole in WHOLE)]

    walks = {
        statement: step
        for statement in narrow
        for *_, step in database.execute(f"EXPLAIN QUERY PLAN {statement}", statements[statement])
        # A full-text table says that it is scanned whatever it is asked; it was asked by words or by number.
        if ("SCAN" in step and "VIRTUAL TABLE" not in step) or step.endswith("(workspace_id=?)")
    }
    database.close()

    # Two of these indexes hold only the few things that are being made, one has one row for a workspace, and the
    # voices of a workspace, which are few, are always read together.
    small = (
        "ix_conversions_unfinished",
        "ix_creations_unfinished",
        "ix_voices_workspace_id",
        "uq_history_shelves_workspace_id_first_ms",
    )
    walks = {statement: step for statement, step in walks.items() if not any(name in step for name in small)}
    assert walks == {}
    assert len(narrow) > 40
