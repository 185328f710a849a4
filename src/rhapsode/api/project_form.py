"""The request that makes a project: a multipart form, an urlencoded one, or JSON.

Read here rather than by the framework, because `from_content_json` may be longer than the framework lets a field of
a form be. Nothing of the body is parsed in the event loop but the parts of the form.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import Request
from pydantic import BaseModel, FailFast, Field
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from rhapsode.api.json_body import read_json, says_json
from rhapsode.api.misfit import checked
from rhapsode.authoring.checks import checked_words
from rhapsode.authoring.projects import ProjectWishes
from rhapsode.studio.errors import DocumentRefused, InvalidInput, MalformedJson
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_CONTENT_JSON_BYTES, MAX_DOCUMENT_BYTES, MAX_FORM_FIELDS, MAX_GENRES
from rhapsode.studio.models import get_model
from rhapsode.studio.project import ProjectDetails, QualityPreset

_MAX_FILES = 1
_END_BYTES = 4096  # a boundary is at most 70 characters long, and little may follow the last one
_LISTS = frozenset({"genres", "pronunciation_dictionary_locators", "voice_settings"})

Strings = Annotated[list[str], FailFast()]


class ProjectForm(BaseModel):
    """All fields but the file. Source: schema Body_Create_Studio_project_v1_studio_projects_post."""

    name: str
    default_title_voice_id: str | None = None
    default_paragraph_voice_id: str | None = None
    default_model_id: str | None = None
    from_url: str | None = None
    from_content_json: str | None = None
    quality_preset: QualityPreset = QualityPreset.STANDARD
    title: str | None = None
    author: str | None = None
    description: str | None = None
    genres: Annotated[Strings, Field(max_length=MAX_GENRES)] = []
    target_audience: Literal["children", "young adult", "adult", "all ages"] | None = None
    language: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    content_type: str | None = None
    original_publication_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$|^\d{4}$")] | None = None
    mature_content: bool | None = None
    isbn_number: str | None = None
    acx_volume_normalization: bool = False
    volume_normalization: bool = False
    pronunciation_dictionary_locators: Strings = []
    callback_url: str | None = None
    fiction: Literal["fiction", "non-fiction"] | None = None
    apply_text_normalization: Literal["auto", "on", "off", "apply_english"] = "auto"
    auto_convert: bool = False
    auto_assign_voices: bool = False
    source_type: Literal["blank", "book", "article", "genfm", "video", "screenplay"] | None = None
    voice_settings: Strings = []
    create_publishing_read: bool = False

    @property
    def wishes(self) -> ProjectWishes:
        """What it says of the project. Raises: UnknownModel; InvalidInput."""
        return ProjectWishes(
            name=self.name,
            default_title_voice_id=_voice_id(self.default_title_voice_id),
            default_paragraph_voice_id=_voice_id(self.default_paragraph_voice_id),
            quality_preset=self.quality_preset,
            title=self.title,
            author=self.author,
            description=self.description,
            language=self.language,
            isbn_number=self.isbn_number,
            details=self._details,
        )

    @property
    def _details(self) -> ProjectDetails:
        model_id = self.default_model_id
        return ProjectDetails(
            genres=tuple(filter(None, (checked_words(genre, what="A genre") for genre in self.genres))),
            target_audience=self.target_audience,
            content_type=checked_words(self.content_type, what="The content type"),
            original_publication_date=self.original_publication_date,
            mature_content=self.mature_content,
            fiction=self.fiction,
            source_type=self.source_type,
            default_model_id=None if model_id is None else get_model(model_id).model_id,
            apply_text_normalization=self.apply_text_normalization,
            volume_normalization=self.volume_normalization or self.acx_volume_normalization,
        )


@dataclass(frozen=True, slots=True)
class SentFile:
    """An uploaded file. filename: as the client called it, which may be "upload" or "blob".

    content: on disk where it is large, so it is to be read by whoever has a turn to import it.
    """

    content: BinaryIO
    filename: str


def _voice_id(voice_id: str | None) -> VoiceId | None:
    return None if voice_id is None else VoiceId(voice_id)


def form_schema() -> dict[str, Any]:
    """What the API's document says of the body."""
    schema = ProjectForm.model_json_schema()
    schema["properties"]["from_document"] = {"type": "string", "format": "binary"}
    bodies = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in bodies}}}


@asynccontextmanager
async def read_project_form(request: Request) -> AsyncIterator[tuple[ProjectForm, SentFile | None]]:
    """The fields and the file of a request; the file is closed at the end.

    Raises: RequestValidationError; MalformedJson; DocumentRefused; InvalidInput, when there are two sources.
    """
    if says_json(request):
        values = await run_in_threadpool(_read_json, await request.body())
        yield await run_in_threadpool(_checked, values, None), None
        return
    parsed = _WholeForm(request.scope, request.receive).form(
        max_files=_MAX_FILES, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_CONTENT_JSON_BYTES
    )
    async with parsed as form:
        values = {
            key: form.getlist(key) if key in _LISTS else form[key] for key in form if key != "from_document"
        }
        file = _file(form.get("from_document"))
        yield await run_in_threadpool(_checked, values, file), file


class _WholeForm(Request):
    """A request whose form must be whole: the parser takes one for whole that was cut off."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, as it comes. Raises: MultiPartException, when the last boundary is missing at its end."""
        end = b""
        async for chunk in super().stream():
            end = (end + chunk)[-_END_BYTES:]
            yield chunk
        kind, options = parse_options_header(self.headers.get("content-type"))
        if kind == b"multipart/form-data" and b"--%b--" % options.get(b"boundary", b"") not in end:
            # The only kind of error at which the parser closes the files it has begun.
            msg = "The form ends too early: its last boundary is missing. Send it again, whole."
            raise MultiPartException(msg)


def _file(sent: UploadFile | str | None) -> SentFile | None:
    if isinstance(sent, str) and sent:
        msg = "from_document isn't a file. Send it as a part with a filename."
        raise DocumentRefused(msg)
    # Without name and content it is a file that nobody chose in a form of a browser.
    if not isinstance(sent, UploadFile) or not (sent.size or sent.filename):
        return None
    if (sent.size or 0) > MAX_DOCUMENT_BYTES:
        msg = f"The file is larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, the most that can be imported."
        raise DocumentRefused(msg)
    return SentFile(sent.file, sent.filename or "")


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        values = read_json(body)
    except (ValueError, RecursionError) as error:
        msg = f"The body isn't JSON. {error}"
        raise MalformedJson(msg) from None
    if not isinstance(values, dict):
        msg = "The body is no JSON object."
        raise InvalidInput(msg)
    content = values.get("from_content_json")
    # Somebody who writes JSON need not write JSON into JSON.
    return values | {"from_content_json": json.dumps(content)} if isinstance(content, list) else values


def _checked(values: Mapping[str, Any], file: SentFile | None) -> ProjectForm:
    # A field that was left empty in a form is one that nobody filled in.
    said = {key: value for key, value in values.items() if value not in ("", None) or key == "name"}
    form = checked(ProjectForm, said)
    _check_sources(form, file)
    return form


def _check_sources(form: ProjectForm, file: SentFile | None) -> None:
    sources = [form.from_url, form.from_content_json, file]
    if sum(source is not None for source in sources) > 1:
        msg = "Send one of from_url, from_document and from_content_json, not several."
        raise InvalidInput(msg)
    if form.from_url is not None:
        msg = (
            "from_url can't be used yet: this server fetches nothing. Send the page itself as from_document."
        )
        raise InvalidInput(msg)
