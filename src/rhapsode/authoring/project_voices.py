"""How the voices of one project are set, each by the id that the project has it by."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from rhapsode.audio.mastering import in_tenths
from rhapsode.authoring.voices import accepted_voice
from rhapsode.storage import outlines, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.ids import ProjectId, VoiceId, WorkspaceId
from rhapsode.studio.project import Project
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import open_catalogue

_ACTOR = "api"


def edit_project_voice(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    voice_id: VoiceId,
    *,
    change: Callable[[VoiceSettings], VoiceSettings],
    volume_gain_db: float | None,
) -> tuple[Project, VoiceId]:
    """Let a voice read a project in another way, from its next conversion on.

    change: makes the settings of those that the project has.    volume_gain_db: by how much the voice is turned up;
    None leaves it as it is. Settings that its engine heeds make what it reads stale, the gain nothing.
    Returns: the project as it is now, and the id that it has the voice by.
    Raises: ProjectNotFound; UnknownVoice, unless the project has the voice already.
    """
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        known = _voices_of(tx, project)
        accepted = accepted_voice(voice_id, open_catalogue(tx), known=known)
        edited = _edited(project, accepted, change(project.settings_of(accepted)), volume_gain_db)
        projects.save_project(tx, edited)
        add_audit_entry(tx, actor=_ACTOR, action="project.updated", object_id=project_id)
    return edited, accepted


def kept_gains(gains_db: Mapping[VoiceId, float]) -> dict[VoiceId, float]:
    """What is kept of them: tenths of a decibel within the limits, and none that changes nothing."""
    kept = {voice_id: in_tenths(gain_db) for voice_id, gain_db in gains_db.items()}
    return {voice_id: gain_db for voice_id, gain_db in kept.items() if gain_db}


def _voices_of(tx: Transaction, project: Project) -> Collection[VoiceId]:
    """All that read something of a project, or are its defaults, whether they are installed or not."""
    nodes = outlines.list_node_outlines(tx, project.project_id)
    named = {node.voice_id for node in nodes if node.voice_id is not None}
    return {project.default_title_voice_id, project.default_paragraph_voice_id, *named}


def _edited(
    project: Project, voice_id: VoiceId, settings: VoiceSettings, volume_gain_db: float | None
) -> Project:
    gains = dict(project.details.voice_gains)
    if volume_gain_db is not None:
        gains[voice_id] = volume_gain_db
    details = replace(
        project.details,
        voice_settings={**project.details.voice_settings, voice_id: settings},
        voice_gains=kept_gains(gains),
    )
    return replace(project, details=details)
