"""Make a voice of files. The original's operation (POST /v1/voices/add); its words, and some fields of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.misfit import checked
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.voice_form import FILE_FIELDS, MAX_FIELD_BYTES, MAX_FILES, VoiceForm, is_sent
from rhapsode.api.whole_form import WholeForm
from rhapsode.authoring.voice_creation import create_voices
from rhapsode.rendering.turns import IsWanted
from rhapsode.studio.errors import VoiceRefused
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_FORM_FIELDS
from rhapsode.studio.voice import CommercialUse
from rhapsode.voices.making import NewVoice
from rhapsode.voices.sent_files import Upload

router = APIRouter(tags=["voices"], route_class=JsonRoute, strict_content_type=False)

ADD_PATH = "/v1/voices/add"
_MAKING = OwnThreads("voices", 2)  # each may load a model, or send recordings to another server


class NewVoiceForm(VoiceForm):
    """All fields but the files.

    remove_background_noise: of recordings, where another server clones them.
    speaker, license, commercial_use: ours. Which voice of files that have several, without it all of them; and what
    is known of the right to use it.
    """

    speaker: str | None = None
    license: str = ""
    commercial_use: CommercialUse | None = None

    @property
    def wanted(self) -> NewVoice:
        """The voice as it is wanted. Raises: MalformedJson; InvalidInput."""
        wishes = self.wishes
        return NewVoice(
            name=wishes.name,
            description=wishes.description or "",
            labels=wishes.labels or {},
            remove_background_noise=self.remove_background_noise,
            speaker=self.speaker or None,
            license=self.license,
            commercial_use=self.commercial_use,
        )


class NewVoiceModel(BaseModel):
    """The answer of the original. voice_ids: ours; all voices that were made, where the files have several."""

    voice_id: str
    requires_verification: bool = False
    voice_ids: list[str]


def _form_schema() -> dict[str, Any]:
    schema = NewVoiceForm.model_json_schema()
    schema["properties"]["files"] = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema["required"] = ["name", "files"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post(ADD_PATH, summary="Create a voice", dependencies=[NEEDS_ROOM], openapi_extra=_form_schema())
async def add_voice(request: Request, services: ServicesOf, workspace_id: WorkspaceOf) -> NewVoiceModel:
    """Make a voice of its files, or of recordings where an engine can clone: for this workspace alone."""
    async with _read_form(request) as (form, files):
        wanted = await run_in_threadpool(lambda: form.wanted)

        def work(_is_wanted: IsWanted) -> tuple[VoiceId, ...]:
            return create_voices(services.records, services.blobs, workspace_id, wanted, files)

        voice_ids = await _MAKING.run_for(request, work)
    return NewVoiceModel(voice_id=voice_ids[0], voice_ids=list(voice_ids))


@asynccontextmanager
async def _read_form(request: Request) -> AsyncIterator[tuple[NewVoiceForm, list[Upload]]]:
    """The fields and the files, which are on disk where they are large, and closed at the end.

    Raises: RequestValidationError; VoiceRefused, when what should be a file is none.
    """
    parsed = WholeForm(request.scope, request.receive).form(
        max_files=MAX_FILES, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_FIELD_BYTES
    )
    async with parsed as form:
        fields = {
            key: form[key] for key in form if key not in FILE_FIELDS and (form[key] != "" or key == "name")
        }
        yield await run_in_threadpool(checked, NewVoiceForm, fields), _files(form)


def _files(form: FormData) -> list[Upload]:
    sent = [each for key in FILE_FIELDS for each in form.getlist(key) if is_sent(each)]
    files = [Upload(each.filename or "", each.file) for each in sent if isinstance(each, UploadFile)]
    if len(files) < len(sent):
        msg = "One of `files` isn't a file. Send each as a part with a filename."
        raise VoiceRefused(msg)
    return files
