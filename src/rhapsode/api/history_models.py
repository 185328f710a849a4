"""What history says on the wire. Sources: the schemas that each model names."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, FailFast

from rhapsode.api.alignment_models import CharacterAlignment, character_alignment, spoken_alignment
from rhapsode.audio.output_formats import get_output_format
from rhapsode.storage.history_list import ListedPage
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.history import HistoryItem, HistorySource


class SettingsOfItem(BaseModel):
    """The settings an item was spoken with: always all five, because an old client broke on missing ones."""

    stability: float
    similarity_boost: float
    style: float
    speed: float
    use_speaker_boost: bool


class AlignmentsOfItem(BaseModel):
    """Source: schema HistoryAlignmentsResponseModel."""

    alignment: CharacterAlignment
    normalized_alignment: CharacterAlignment


class DialogueLine(BaseModel):
    """Source: schema DialogueInputResponseModel."""

    text: str
    voice_id: str
    voice_name: str


class HistoryItemModel(BaseModel):
    """One generation. Source: schema SpeechHistoryItemResponseModel.

    alignments: null in lists.    feedback: always null; older clients still read it.
    dialogue: null for an item of one voice. One of several has no voice and text of its own.
    """

    history_item_id: str
    request_id: str | None
    voice_id: str | None
    model_id: str | None
    voice_name: str | None
    voice_category: str | None
    text: str | None
    date_unix: int
    character_count_change_from: int
    character_count_change_to: int
    content_type: str
    state: str
    settings: SettingsOfItem | None
    share_link_id: str | None
    source: HistorySource | None
    alignments: AlignmentsOfItem | None
    dialogue: list[DialogueLine] | None
    output_format: str | None
    feedback: None = None


class HistoryPage(BaseModel):
    """Source: schema GetSpeechHistoryResponseModel.

    last_history_item_id: what `start_after_history_item_id` takes for the next page.
    scanned_until: Unix seconds of that item. A page that was searched may have few items, or none, and have more.
    """

    history: list[HistoryItemModel]
    last_history_item_id: str | None
    has_more: bool
    scanned_until: int | None


class Deleted(BaseModel):
    """Source: schema DeleteHistoryItemResponse."""

    status: str = "ok"


class DownloadBody(BaseModel):
    """Source: schema Body_Download_history_items_v1_history_download_post."""

    history_item_ids: Annotated[list[str], FailFast()]
    output_format: str | None = None


class DownloadRefused(BaseModel):
    """What stands beside `detail` where the output format of a download is refused."""

    error: str
    message: str


def history_item_model(item: HistoryItem, alignments: AlignmentsOfItem | None = None) -> HistoryItemModel:
    """An item as the wire has it; in lists, without its alignments."""
    is_dialogue = bool(item.dialogue)
    return HistoryItemModel(
        history_item_id=item.history_item_id,
        request_id=item.request_id,
        voice_id=None if is_dialogue else item.voice_id,
        model_id=item.model_id,
        voice_name=None if is_dialogue else item.voice_name,
        voice_category=None if is_dialogue else item.voice_category,
        text=None if is_dialogue else item.text,
        date_unix=item.created_at_ms // 1000,
        character_count_change_from=0,
        character_count_change_to=item.character_count,
        content_type=get_output_format(item.output_format).media_type,
        state="created",
        settings=SettingsOfItem(**asdict(item.settings)),
        share_link_id=None,
        source=item.source,
        alignments=alignments,
        dialogue=[DialogueLine(**asdict(line)) for line in item.dialogue] if is_dialogue else None,
        output_format=item.output_format,
    )


def alignments_of_item(written: Iterable[AlignedText], spoken: Iterable[AlignedText]) -> AlignmentsOfItem:
    """Where an item's text is heard, as it was sent and as it was spoken."""
    return AlignmentsOfItem(
        alignment=character_alignment(written), normalized_alignment=spoken_alignment(spoken)
    )


def history_page(page: ListedPage) -> HistoryPage:
    """A page of items in the order in which they were asked for."""
    return HistoryPage(
        history=[history_item_model(item) for item in page.items],
        last_history_item_id=page.last.history_item_id if page.last else None,
        has_more=page.has_more,
        scanned_until=page.last.created_at_ms // 1000 if page.last else None,
    )
