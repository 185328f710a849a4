"""Voices for a language. Ours: the original leaves the choice to its library."""

from fastapi import APIRouter

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.voice_listing import list_offered_voices
from rhapsode.api.voice_models import VoicesModel
from rhapsode.api.voice_previews import with_previews
from rhapsode.voices.catalogue import read_catalogue
from rhapsode.voices.suggested import suggest_voices

_MAX_SUGGESTED = 20

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/voices", tags=["voices"], route_class=JsonRoute, strict_content_type=False
)


@router.get("/suggested", summary="Suggest voices for a language")
def suggest(language: str, services: ServicesOf, workspace_id: WorkspaceOf) -> VoicesModel:
    """Up to twenty voices that speak a language, a BCP 47 tag such as `de` or `en-GB`, the best first.

    Voices whose own language it is come before others, learned ones before espeak's, and those that may be used for
    everything before those that may not; last are those that say no language, as the tones.
    """
    catalogue = read_catalogue(services.records, workspace_id)
    suggested = [voice.voice_id for voice in suggest_voices(catalogue, language)[:_MAX_SUGGESTED]]
    offered = {voice.voice_id: voice for voice in list_offered_voices(catalogue)}
    return VoicesModel(
        voices=with_previews(services, workspace_id, [offered[voice_id] for voice_id in suggested])
    )
