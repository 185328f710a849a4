"""The history item of a converted chapter. Its audio is the snapshot's: nothing is kept twice but the text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from rhapsode.audio.encoding import PCM
from rhapsode.engines.languages import resolve_language
from rhapsode.rendering.script import known_as
from rhapsode.storage import history, projects
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import ProjectNotFound, UnknownLanguage, UnknownVoice
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, VoiceId, new_id
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.project import Project
from rhapsode.studio.snapshot import ChapterSnapshot, SnapshotPart
from rhapsode.voices.catalogue import Catalogue, open_catalogue
from rhapsode.voices.premade import find_premade

# A chapter of samples has the head of a WAV file, and that is what the wire calls it.
_OUTPUT_FORMATS: Mapping[str, str] = MappingProxyType({PCM.name: "wav_44100"})


def keep_chapter_item(
    tx: Transaction, snapshot: ChapterSnapshot, parts: Sequence[SnapshotPart], *, request_id: str
) -> None:
    """Insert the item of a chapter that was just converted, unless its project was deleted meanwhile.

    request_id: the conversion's.
    """
    try:
        project = projects.get_project(tx, snapshot.project_id)
    except ProjectNotFound:
        return
    catalogue = open_catalogue(tx).for_project(project)
    item = new_chapter_item(
        project, snapshot, parts, catalogue, request_id=request_id, created_at_ms=tx.now_ms
    )
    called = catalogue.edits.name_of(item.voice_id, item.voice_name)
    history.insert_item(tx, replace(item, voice_name=called))


def new_chapter_item(
    project: Project,
    snapshot: ChapterSnapshot,
    parts: Sequence[SnapshotPart],
    catalogue: Catalogue,
    *,
    request_id: str,
    created_at_ms: int,
) -> HistoryItem:
    """What history says of a converted chapter: its text as it was narrated, in the voice of its paragraphs."""
    asked = project.default_paragraph_voice_id
    voice_id, voice_name, language = _reader(asked, project.language, catalogue)
    voice = None if find_premade(voice_id) else catalogue.find(voice_id)
    return HistoryItem(
        history_item_id=HistoryItemId(new_id(created_at_ms)),
        request_id=request_id,
        voice_id=voice_id,
        voice_name=voice_name,
        voice_category="premade" if voice is None else voice.category,
        model_id=project.details.default_model_id or DEFAULT_MODEL_ID,
        language=language,
        text="".join(part.text for part in parts),
        output_format=_OUTPUT_FORMATS.get(snapshot.encoding, snapshot.encoding),
        created_at_ms=created_at_ms,
        settings=project.settings_of(asked),
        source="Projects",
        chapter_snapshot_id=snapshot.chapter_snapshot_id,
    )


def _reader(asked: VoiceId, language: str, catalogue: Catalogue) -> tuple[VoiceId, str, str]:
    """The id and name of a project's voice, and the language that it reads the project in.

    They are the project's own words where the voice isn't installed or doesn't speak the language: it need not have
    read anything, when each paragraph names another.
    """
    try:
        voice = catalogue.get_reader(asked, language)
        return *known_as(asked, voice), resolve_language(language, voice)
    except (UnknownVoice, UnknownLanguage):
        return asked, asked, language
