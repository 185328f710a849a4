"""Requests that bring content: a multipart form, an urlencoded one, or JSON, with at most one source.

Read here rather than by the framework, because `from_content_json` may be longer than the framework lets a field of
a form be. Nothing of the body is parsed in the event loop but the parts of a multipart form.
"""

import json
import threading
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from rhapsode.api.json_body import read_json, says_json
from rhapsode.api.misfit import checked
from rhapsode.api.whole_form import WholeForm
from rhapsode.studio.errors import DocumentRefused, InvalidInput, MalformedJson
from rhapsode.studio.limits import MAX_CONTENT_JSON_BYTES, MAX_DOCUMENT_BYTES, MAX_FORM_FIELDS

_MAX_FILES = 1
_FILE_FIELD = "from_document"


class SourceForm(BaseModel):
    """What every request that brings content may say. A file comes beside it."""

    from_url: str | None = None
    from_content_json: str | None = None
    auto_convert: bool = False


FormT = TypeVar("FormT", bound=SourceForm)


class SentFile:
    """An uploaded file. filename: as the client called it, which may be "upload" or "blob".

    It is on disk where it is large, so it is to be read by whoever has a turn to import it.
    """

    def __init__(self, file: BinaryIO, filename: str) -> None:
        self.filename = filename
        self._file = file
        self._content: bytes | None = None
        self._lock = threading.Lock()

    def read(self) -> bytes:
        """All of it. For any thread, until the request has ended."""
        with self._lock:
            if self._content is None:
                self._file.seek(0)
                return self._file.read()
            return self._content

    def keep(self) -> bytes:
        """All of it, which can then be read after the request too."""
        content = self.read()
        with self._lock:
            self._content = content
        return content


def form_schema(model: type[SourceForm], *, file_field: str = _FILE_FIELD) -> dict[str, Any]:
    """What the API's document says of the body."""
    schema = model.model_json_schema()
    schema["properties"][file_field] = {"type": "string", "format": "binary"}
    bodies = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    required = "required" in schema
    return {"requestBody": {"required": required, "content": {kind: {"schema": schema} for kind in bodies}}}


@asynccontextmanager
async def read_source_form(
    request: Request,
    model: type[FormT],
    *,
    lists: Collection[str] = (),
    file_field: str = _FILE_FIELD,
) -> AsyncIterator[tuple[FormT, SentFile | None]]:
    """The fields and the file of a request; the file is closed at the end. lists: fields whose key is repeated.

    Raises: RequestValidationError; MalformedJson; DocumentRefused; InvalidInput, when there are two sources.
    """
    if says_json(request):
        values = await run_in_threadpool(_read_json, await request.body(), lists)
        yield await run_in_threadpool(_checked, model, values, None), None
        return
    if _is_urlencoded(request):
        values = await run_in_threadpool(_read_urlencoded, await request.body(), lists)
        file = _file(values.pop(file_field, None), file_field)
        yield await run_in_threadpool(_checked, model, values, file), file
        return
    parsed = WholeForm(request.scope, request.receive).form(
        max_files=_MAX_FILES, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_CONTENT_JSON_BYTES
    )
    async with parsed as form:
        values = {key: form.getlist(key) if key in lists else form[key] for key in form if key != file_field}
        file = _file(form.get(file_field), file_field)
        yield await run_in_threadpool(_checked, model, values, file), file


def _file(sent: UploadFile | str | None, field: str) -> SentFile | None:
    if isinstance(sent, str) and sent:
        msg = f"{field} isn't a file. Send it as a part with a filename."
        raise DocumentRefused(msg)
    # Without name and content it is a file that nobody chose in a form of a browser.
    if not isinstance(sent, UploadFile) or not (sent.size or sent.filename):
        return None
    if (sent.size or 0) > MAX_DOCUMENT_BYTES:
        msg = f"The file is larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, the most that can be imported."
        raise DocumentRefused(msg)
    return SentFile(sent.file, sent.filename or "")


def _is_urlencoded(request: Request) -> bool:
    stated = request.headers.get("content-type", "").partition(";")[0]
    return stated.strip().lower() == "application/x-www-form-urlencoded"


def _read_urlencoded(body: bytes, lists: Collection[str]) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError as error:
        msg = f"The form has more than {MAX_FORM_FIELDS:,} fields, the most that are read."
        raise InvalidInput(msg) from error
    values: dict[str, Any] = dict(pairs)
    return values | {key: [value for name, value in pairs if name == key] for key in lists if key in values}


def _read_json(body: bytes, lists: Collection[str]) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        values = read_json(body)
    except (ValueError, RecursionError) as error:
        msg = f"The body isn't JSON. {error}"
        raise MalformedJson(msg) from None
    if not isinstance(values, dict):
        msg = "The body is no JSON object."
        raise InvalidInput(msg)
    return {key: _as_in_a_form(key, value, lists) for key, value in values.items()}


def _as_in_a_form(key: str, value: Any, lists: Collection[str]) -> Any:
    """Somebody who writes JSON need not write JSON into JSON."""
    if key == "from_content_json" and isinstance(value, list):
        return json.dumps(value)
    if key in lists and isinstance(value, list):
        return [json.dumps(element) if isinstance(element, dict) else element for element in value]
    return value


def _checked(model: type[FormT], values: Mapping[str, Any], file: SentFile | None) -> FormT:
    # A field that was left empty in a form is one that nobody filled in.
    said = {key: value for key, value in values.items() if value not in ("", None) or key == "name"}
    form = checked(model, said)
    _check_sources(form, file)
    return form


def _check_sources(form: SourceForm, file: SentFile | None) -> None:
    sources = [form.from_url, form.from_content_json, file]
    if sum(source is not None for source in sources) > 1:
        msg = "Send one of from_url, from_document and from_content_json, not several."
        raise InvalidInput(msg)
