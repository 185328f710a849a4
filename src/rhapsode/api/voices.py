"""Voices, versions 1 and 2: list and get, and their settings."""

from typing import Annotated

from fastapi import APIRouter, Query

from rhapsode.api.voice_listing import VoiceQuery, find_page, get_offered_voice, list_offered_voices
from rhapsode.api.voice_models import VoiceModel, VoicePageModel, VoiceSettingsModel, VoicesModel

router = APIRouter(tags=["voices"])


@router.get("/v1/voices", summary="List voices")
def list_voices() -> VoicesModel:
    """Every voice at once. Source: operation get_voices."""
    return VoicesModel(voices=list_offered_voices())


@router.get("/v2/voices", summary="Search voices")
def search_voices(query: Annotated[VoiceQuery, Query()]) -> VoicePageModel:
    """A page of the voices that a query is about. Source: operation get_user_voices_v2."""
    return find_page(list_offered_voices(), query)


@router.get("/v1/voices/settings/default", summary="Get default voice settings")
def get_default_settings() -> VoiceSettingsModel:
    """What a text is spoken with where nobody says otherwise. Source: operation get_voice_settings_default."""
    return VoiceSettingsModel()


@router.get("/v1/voices/{voice_id}", summary="Get a voice")
def get_voice(voice_id: str) -> VoiceModel:
    """One voice. Source: operation get_voice_by_id."""
    return get_offered_voice(voice_id)


@router.get("/v1/voices/{voice_id}/settings", summary="Get a voice's settings")
def get_settings(voice_id: str) -> VoiceSettingsModel:
    """The default settings, which every voice has. Source: operation get_voice_settings."""
    return get_offered_voice(voice_id).settings
