"""Voices of a project: how loud each is and how it reads, changed when the project is there already."""

from functools import partial

from fastapi import APIRouter
from pydantic import Field

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.project_models import ProjectVoice, project_voice
from rhapsode.api.text_to_speech_models import VoiceSettingsBody, clamped_settings
from rhapsode.audio.mastering import MAX_GAIN_DB
from rhapsode.authoring.project_voices import edit_project_voice
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import read_catalogue

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)


class ProjectVoiceChanges(VoiceSettingsBody):
    """Settings of a voice in one project. Ours: the contract tells them, and changes none.

    What is missing or null stays as it is.
    """

    volume_gain: float | None = Field(
        default=None,
        description=(
            f"Decibels by which all that the voice says is turned up, or down; {MAX_GAIN_DB:.0f} at most either way."
        ),
    )


@router.patch("/rhapsode/v1/studio/projects/{project_id}/voices/{voice_id}", summary="Set a project's voice")
def edit(
    project_id: str,
    voice_id: str,
    body: ProjectVoiceChanges,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> ProjectVoice:
    """Let a voice read a project in another way, from its next conversion on.

    What the voice's engine heeds (docs/compatibility.md) makes what it reads unconverted. A gain is encoded anew,
    and nothing is spoken for it.
    """
    project, accepted = edit_project_voice(
        services.records,
        workspace_id,
        ProjectId(project_id),
        VoiceId(voice_id),
        change=partial(_changed, body),
        volume_gain_db=body.volume_gain,
    )
    return project_voice(project, accepted, read_catalogue(services.records, workspace_id))


def _changed(body: ProjectVoiceChanges, settings: VoiceSettings) -> VoiceSettings:
    return clamped_settings(body, unsaid=settings)
