"""How voices sound, at addresses that need no key: what an SDK plays as `preview_url`."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rhapsode.access.links import revoke_link
from rhapsode.api.addresses import SHARED_PATH
from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.shared import check, shared_response
from rhapsode.api.shared_addresses import get_links
from rhapsode.api.voice_listing import get_offered_voice
from rhapsode.api.voice_models import VoiceModel
from rhapsode.delivery.episodes import in_memory
from rhapsode.rendering.turns import IsWanted, Withdrawn
from rhapsode.storage.sample_files import SampleFile
from rhapsode.studio.errors import LinkNotFound, UnknownVoice
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.voices.catalogue import read_catalogue

router = APIRouter(tags=["links"], route_class=JsonRoute, strict_content_type=False)
shared_router = APIRouter(tags=["links"], route_class=JsonRoute, strict_content_type=False)

_PREVIEW = f"{SHARED_PATH}/{{workspace_id}}/preview/{{voice_id}}/{{token}}/preview.mp3"
_SPEAKING = OwnThreads("previews", 2)  # each may wait for a voice that is slow


def with_previews(
    services: Services, workspace_id: WorkspaceId, voices: Sequence[VoiceModel]
) -> list[VoiceModel]:
    """Voices with the addresses at which they are heard."""
    links = get_links(services, workspace_id, "preview")
    return [
        voice.model_copy(update={"preview_url": links.of(voice.voice_id, "preview.mp3")}) for voice in voices
    ]


@file_route(shared_router, _PREVIEW, summary="Get the preview of a voice", responses=file_of("audio/mpeg"))
async def get_preview(
    workspace_id: WorkspaceId, voice_id: VoiceId, token: str, request: Request, services: ServicesOf
) -> Response:
    """A sentence in the voice's language, at the address that `preview_url` has. Spoken once, and free of charge."""
    await run_in_threadpool(_check, services, workspace_id, voice_id, token)

    def speak(is_wanted: IsWanted) -> SampleFile:
        return services.voice_samples.get(workspace_id, voice_id, is_wanted=is_wanted)

    try:
        sample = await _SPEAKING.run_for(request, speak)
    except Withdrawn:
        raise ClientDisconnect from None
    preview = in_memory(
        sample.content,
        filename="preview.mp3",
        media_type="audio/mpeg",
        modified_at_ms=sample.spoken_at_ms,
    )
    return await run_in_threadpool(shared_response, request, preview)


def _check(services: Services, workspace_id: WorkspaceId, voice_id: VoiceId, token: str) -> None:
    """Raises LinkNotFound, also of a voice that the workspace has deleted since."""
    check(services, workspace_id, "preview", voice_id, token)
    try:
        get_offered_voice(voice_id, read_catalogue(services.records, workspace_id))
    except UnknownVoice:
        raise LinkNotFound from None


@router.delete("/rhapsode/v1/voices/{voice_id}/links/preview", summary="Revoke the preview of a voice")
def revoke_preview(voice_id: VoiceId, services: ServicesOf, workspace_id: WorkspaceOf) -> VoiceModel:
    """Let the address of a preview open nothing any more; the answer has the one that takes its place. Ours."""
    voice = get_offered_voice(voice_id, read_catalogue(services.records, workspace_id))
    with services.records.write(workspace_id) as tx:
        revoke_link(tx, "preview", voice_id)
    return with_previews(services, workspace_id, [voice])[0]
