"""The form that a voice is edited with. Source: operation edit_voice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from rhapsode.api.json_body import read_json
from rhapsode.api.misfit import checked
from rhapsode.api.whole_form import WholeForm
from rhapsode.authoring.voice_edits import VoiceWishes
from rhapsode.studio.errors import InvalidInput, MalformedJson
from rhapsode.studio.limits import MAX_FORM_FIELDS

MAX_FILES = 100
"""More than any voice is made of."""

MAX_FIELD_BYTES = 2**20
"""Of one field that is no file."""

FILE_FIELDS = ("files", "files[]")
"""What fields with files are called, by the two SDKs."""

_LABELS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


class VoiceForm(BaseModel):
    """All fields but the files. Source: schema Body_Edit_voice_v1_voices__voice_id__edit_post.

    labels: a JSON object.    remove_background_noise: accepted, and changes nothing, because it is of samples.
    """

    name: str
    description: str | None = None
    labels: str | None = None
    remove_background_noise: bool = False

    @property
    def wishes(self) -> VoiceWishes:
        """What it says of the voice. Raises: MalformedJson; InvalidInput."""
        return VoiceWishes(self.name, self.description, _read_labels(self.labels))


def voice_form_schema() -> dict[str, Any]:
    """What the API's document says of the body."""
    schema = VoiceForm.model_json_schema()
    schema["properties"]["files"] = {"type": "array", "items": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@asynccontextmanager
async def read_voice_form(request: Request) -> AsyncIterator[VoiceForm]:
    """The fields of a request; its files are closed at the end.

    Raises: RequestValidationError; InvalidInput, when there are files in it, which no voice here takes up.
    """
    parsed = WholeForm(request.scope, request.receive).form(
        max_files=MAX_FILES, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_FIELD_BYTES
    )
    async with parsed as form:
        if any(is_sent(sent) for key in FILE_FIELDS for sent in form.getlist(key)):
            msg = "No samples are added to a voice that there is: make another with POST /v1/voices/add."
            raise InvalidInput(msg)
        fields = {key: form[key] for key in form if key not in FILE_FIELDS}
        yield await run_in_threadpool(checked, VoiceForm, fields)


def is_sent(sent: UploadFile | str) -> bool:
    """Whether anything is in a field for a file."""
    # Without name and content it is a file that nobody chose in a form of a browser.
    return bool(sent) if isinstance(sent, str) else bool(sent.size or sent.filename)


def _read_labels(text: str | None) -> dict[str, str] | None:
    """The Python SDK sends `null` for labels that nobody gave it, and turns what is JSON already into JSON again."""
    labels = _read_json(text) if text else None
    if isinstance(labels, str):
        labels = _read_json(labels) if labels else None
    if labels is None:
        return None
    try:
        return _LABELS.validate_python(labels, strict=True)
    except ValidationError:
        msg = f"labels has to be a JSON object of texts, as in {json.dumps({'accent': 'british'})}."
        raise InvalidInput(msg) from None


def _read_json(text: str) -> Any:
    try:
        return read_json(text.encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        msg = f"labels isn't JSON. {error}."
        raise MalformedJson(msg) from None
