"""Forced alignment: a recording and its text in, times out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.forced_alignment_models import AlignmentForm, ForcedAlignment, alignment_json
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.misfit import checked
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.whole_form import WholeForm
from rhapsode.rendering.forced_alignment import AlignedTranscript
from rhapsode.rendering.turns import IsWanted, Withdrawn
from rhapsode.studio.errors import InvalidAudio
from rhapsode.studio.limits import MAX_ALIGNED_CHARACTERS, MAX_AUDIO_BYTES, MAX_FORM_FIELDS

_MAX_TEXT_BYTES = 4 * MAX_ALIGNED_CHARACTERS + 2**16
_ALIGNING = OwnThreads("aligning", 2)  # a recording of ten hours takes some 1.3 GB

router = APIRouter(tags=["forced-alignment"], route_class=JsonRoute, strict_content_type=False)


def _form_schema() -> dict[str, Any]:
    schema = AlignmentForm.model_json_schema()
    schema["properties"]["file"] = {"type": "string", "format": "binary"}
    schema["required"] = ["file", "text"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post(
    "/v1/forced-alignment",
    summary="Create forced alignment",
    response_class=Response,
    responses={200: {"model": ForcedAlignment}},
    openapi_extra=_form_schema(),
)
async def forced_alignment(request: Request, services: ServicesOf, _workspace_id: WorkspaceOf) -> Response:
    """When each character and word of a text is heard in a recording of it. Source: operation forced_alignment."""
    async with _read_form(request) as (form, file):

        def work(is_wanted: IsWanted) -> AlignedTranscript:
            return services.aligning.align(file, form.text, language=form.language_code, is_wanted=is_wanted)

        try:
            aligned = await _ALIGNING.run_for(request, work)
        except Withdrawn:
            raise ClientDisconnect from None
    return await run_in_threadpool(
        bytes_response,
        request,
        media_type="application/json",
        content=alignment_json(aligned),
    )


@asynccontextmanager
async def _read_form(request: Request) -> AsyncIterator[tuple[AlignmentForm, BinaryIO]]:
    """The fields and the file, which is closed at the end. Raises: RequestValidationError; InvalidAudio."""
    parsed = WholeForm(request.scope, request.receive).form(
        max_files=1, max_fields=MAX_FORM_FIELDS, max_part_size=_MAX_TEXT_BYTES
    )
    async with parsed as form:
        fields = {key: form[key] for key in form if key != "file" and form[key] != ""}
        yield await run_in_threadpool(checked, AlignmentForm, fields), _file(form.get("file"))


def _file(sent: UploadFile | str | None) -> BinaryIO:
    if sent is None:
        problem = {"type": "missing", "loc": ("body", "file"), "msg": "Field required", "input": None}
        raise RequestValidationError([problem])
    if isinstance(sent, str):
        msg = "file isn't a file. Send it as a part with a filename."
        raise InvalidAudio(msg)
    if (sent.size or 0) > MAX_AUDIO_BYTES:
        msg = f"The file is larger than {MAX_AUDIO_BYTES // 2**20} MiB, the most that is aligned at once."
        raise InvalidAudio(msg)
    return sent.file
