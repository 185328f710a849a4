"""What would become of a document: read as it is when a project is made of it, told, and forgotten. Ours."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.creating import SentSource, read_without_keeping
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.source_form import SourceForm, form_schema, read_source_form
from rhapsode.api.unheard import unheard
from rhapsode.authoring.projects import ProjectWishes, check_wishes, described_project
from rhapsode.rendering.estimates import estimate_duration_s, spoken_blocks
from rhapsode.studio.document import BlockKind, Document, DocumentBlock, DocumentChapter
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.voices.catalogue import open_catalogue

router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)

_BEGINNING_CHARACTERS = 120
"""Two lines of a list; who wants more makes the project."""

_ANY_NAME = "Preview"  # a project has one, and nobody is told this


class PreviewForm(SourceForm):
    """What decides how a document is read and how long that takes, as in the form that makes a project of it."""

    default_title_voice_id: str | None = None
    default_paragraph_voice_id: str | None = None
    title: str | None = None
    author: str | None = None
    language: Annotated[str, Field(min_length=2, max_length=2)] | None = None

    @property
    def wishes(self) -> ProjectWishes:
        """What it says of the project."""
        title_voice, paragraph_voice = self.default_title_voice_id, self.default_paragraph_voice_id
        return ProjectWishes(
            name=_ANY_NAME,
            default_title_voice_id=None if title_voice is None else VoiceId(title_voice),
            default_paragraph_voice_id=None if paragraph_voice is None else VoiceId(paragraph_voice),
            title=self.title,
            author=self.author,
            language=self.language,
        )


class ChapterOfDocument(BaseModel):
    """role: a term of the EPUB structural semantics, such as `chapter` or `imprint`.

    narrated: whether it is heard unless somebody says otherwise.    beginning: of its text.
    block_count, character_count: of what is heard of it where it is narrated; in code points.
    """

    name: str
    role: str
    narrated: bool
    block_count: int
    character_count: int
    beginning: str


class DocumentPreview(BaseModel):
    """What a project that was made of the document would have.

    character_count: of the chapters that are narrated.
    estimated_secs: about how long they are heard; null as long as too little was heard of the voices.
    warnings: what isn't heard, and why.
    """

    title: str | None
    author: str | None
    language: str
    has_cover: bool
    character_count: int
    estimated_secs: float | None
    warnings: list[str]
    chapters: list[ChapterOfDocument]


@router.post(
    "/rhapsode/v1/documents/preview", summary="Look into a document", openapi_extra=form_schema(PreviewForm)
)
async def preview(request: Request, services: ServicesOf, workspace_id: WorkspaceOf) -> DocumentPreview:
    """Tell what a document holds, read as when a project is made of it, within the same limits. Nothing is kept."""
    async with read_source_form(request, PreviewForm) as (form, file):
        source = SentSource(form, file)
        if not source.is_document:
            msg = "There is nothing to look into. Send the document as from_document, or its address as from_url."
            raise InvalidInput(msg)
        await run_in_threadpool(check_wishes, services.records, workspace_id, form.wishes)
        document = await read_without_keeping(services, source)
        return await run_in_threadpool(_view, services, workspace_id, form.wishes, document)


def _view(
    services: Services, workspace_id: WorkspaceId, wishes: ProjectWishes, document: Document
) -> DocumentPreview:
    with services.records.read(workspace_id) as tx:
        project = described_project(wishes, document, open_catalogue(tx))
        duration_s = estimate_duration_s(tx, project, document.chapters)
    chapters = [_chapter(chapter) for chapter in document.chapters]
    return DocumentPreview(
        title=project.title,
        author=project.author,
        language=project.language,
        has_cover=document.cover is not None,
        character_count=sum(chapter.character_count for chapter in chapters if chapter.narrated),
        estimated_secs=None if duration_s is None else round(duration_s, 1),
        warnings=[f"{omission.what}. {omission.reason}" for omission in unheard(document)],
        chapters=chapters,
    )


def _chapter(chapter: DocumentChapter) -> ChapterOfDocument:
    blocks = spoken_blocks(chapter)
    return ChapterOfDocument(
        name=chapter.name,
        role=chapter.role,
        narrated=chapter.narrated,
        block_count=len(blocks),
        character_count=sum(len(block.text) for block in blocks),
        beginning=_beginning(blocks),
    )


def _beginning(blocks: list[DocumentBlock]) -> str:
    """The first words. Headings say again what the chapter is called; they count where there is nothing else."""
    body = [block.text for block in blocks if block.kind is not BlockKind.HEADING]
    text = ""
    for each in body or [block.text for block in blocks]:
        text = f"{text} {' '.join(each[: 2 * _BEGINNING_CHARACTERS].split())}".lstrip()
        if len(text) > _BEGINNING_CHARACTERS:
            words = text[: _BEGINNING_CHARACTERS + 1].rpartition(" ")[0]
            return f"{words or text[:_BEGINNING_CHARACTERS]}…"
    return text
