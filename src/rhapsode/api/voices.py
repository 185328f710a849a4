"""Voices, versions 1 and 2: list and get, edit and delete, and their settings."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.api.text_to_speech_models import VoiceSettingsBody, clamped_settings
from rhapsode.api.voice_form import read_voice_form, voice_form_schema
from rhapsode.api.voice_listing import VoiceQuery, find_page, get_offered_voice, list_offered_voices
from rhapsode.api.voice_models import VoiceModel, VoicePageModel, VoiceSettingsModel, VoicesModel
from rhapsode.api.voice_previews import with_previews
from rhapsode.authoring.voice_edits import (
    delete_voice,
    edit_voice,
    edit_voice_settings,
    restore_voice,
)
from rhapsode.studio.ids import VoiceId
from rhapsode.voices.catalogue import read_catalogue

# A body without a Content-Type is read too.
router = APIRouter(tags=["voices"], route_class=JsonRoute, strict_content_type=False)


@router.get("/v1/voices", summary="List voices")
def list_voices(services: ServicesOf, workspace_id: WorkspaceOf) -> VoicesModel:
    """Every voice at once. Source: operation get_voices."""
    voices = list_offered_voices(read_catalogue(services.records, workspace_id))
    return VoicesModel(voices=with_previews(services, workspace_id, voices))


@router.get("/v2/voices", summary="Search voices")
def search_voices(
    query: Annotated[VoiceQuery, Query()], services: ServicesOf, workspace_id: WorkspaceOf
) -> VoicePageModel:
    """A page of the voices that a query is about. Source: operation get_user_voices_v2."""
    page = find_page(list_offered_voices(read_catalogue(services.records, workspace_id)), query)
    return page.model_copy(update={"voices": with_previews(services, workspace_id, page.voices)})


@router.get("/v1/voices/settings/default", summary="Get default voice settings")
def get_default_settings() -> VoiceSettingsModel:
    """What a text is spoken with where nobody says otherwise. Source: operation get_voice_settings_default."""
    return VoiceSettingsModel()


@router.get("/v1/voices/{voice_id}", summary="Get a voice")
def get_voice(voice_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> VoiceModel:
    """One voice. Source: operation get_voice_by_id."""
    voice = get_offered_voice(voice_id, read_catalogue(services.records, workspace_id))
    return with_previews(services, workspace_id, [voice])[0]


@router.delete("/v1/voices/{voice_id}", summary="Delete a voice")
def delete(voice_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Take a voice away from the workspace; projects that have it go on with it. Source: operation delete_voice."""
    delete_voice(services.records, workspace_id, VoiceId(voice_id))
    return Done()


@router.post("/v1/voices/{voice_id}/edit", summary="Edit a voice", openapi_extra=voice_form_schema())
async def edit(voice_id: str, request: Request, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Call a voice something else, in this workspace. Source: operation edit_voice."""
    async with read_voice_form(request) as form:
        await run_in_threadpool(edit_voice, services.records, workspace_id, VoiceId(voice_id), form.wishes)
    return Done()


@router.get("/v1/voices/{voice_id}/settings", summary="Get a voice's settings")
def get_settings(voice_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> VoiceSettingsModel:
    """What the voice is used with where nobody says otherwise. Source: operation get_voice_settings."""
    return get_voice(voice_id, services, workspace_id).settings


@router.post("/v1/voices/{voice_id}/settings/edit", summary="Edit a voice's settings")
def edit_settings(
    voice_id: str, body: VoiceSettingsBody, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Use a voice with these settings where nobody says otherwise; what is missing or null is the default.

    Source: operation edit_voice_settings.
    """
    settings = clamped_settings(body)
    edit_voice_settings(services.records, workspace_id, VoiceId(voice_id), settings)
    return Done()


@router.post("/rhapsode/v1/voices/{voice_id}/restore", summary="Restore a voice")
def restore(voice_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Give a deleted voice back as it was. Ours: the contract's voices are gone when they are deleted."""
    restore_voice(services.records, workspace_id, VoiceId(voice_id))
    return Done()
