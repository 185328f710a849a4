"""What there is to do for one text: its script, the item that it becomes, and what a copy of an item says again."""

import time
from collections.abc import Sequence

from rhapsode.audio.mastering import Mastering, mastering_named
from rhapsode.rendering.dialogue import DialogueRequest, plan_dialogue
from rhapsode.rendering.reading import Suits, any_take
from rhapsode.rendering.script import Script, ScriptPart, SpeakRequest, plan_script
from rhapsode.storage import segments
from rhapsode.storage.records import Transaction
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, WorkspaceId, new_id
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.voices.catalogue import Catalogue

Requested = SpeakRequest | DialogueRequest


def plan_request(
    workspace_id: WorkspaceId, request: Requested, catalogue: Catalogue, suits: Suits = any_take
) -> Script:
    """Its parts, and who says them. Raises: as `plan_script` and `plan_dialogue` do."""
    if isinstance(request, DialogueRequest):
        return plan_dialogue(workspace_id, request, catalogue, suits)
    return plan_script(workspace_id, request, catalogue, suits)


def new_item(request: Requested, script: Script) -> HistoryItem:
    """What is kept of it, with an id of this moment."""
    now_ms = time.time_ns() // 1_000_000
    return HistoryItem(
        history_item_id=HistoryItemId(new_id(now_ms)),
        request_id=request.request_id,
        voice_id=script.voice_id,
        voice_name=script.voice_name,
        voice_category=script.voice_category,
        model_id=request.model_id,
        language=script.language,
        text=request.text,
        output_format=request.output_format,
        created_at_ms=now_ms,
        settings=request.settings,
        dialogue=script.lines,
    )


def find_masterings(
    tx: Transaction, item: HistoryItem, parts: Sequence[SnapshotPart]
) -> dict[bytes, Mastering]:
    """How the speech of a converted chapter was mastered, so that a copy of it sounds like the chapter."""
    if item.chapter_snapshot_id is None:
        return {}
    stored = segments.find_segments(tx, (part.segment_key for part in parts))
    named = (
        (part.speech_key, stored[part.segment_key].mastering) for part in parts if part.segment_key in stored
    )
    return {key: mastering_named(name) for key, name in named if key is not None and name is not None}


def copied_part(part: SnapshotPart) -> ScriptPart:
    """What a copy says in the place of a part, which was said before."""
    return ScriptPart(part.text, part.spans, part.speech_key, part.frame_count, part.spoken_text)
