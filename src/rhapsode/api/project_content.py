"""The whole content of a project, replaced."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from rhapsode.api.content_models import read_content_json
from rhapsode.api.context import KeyOf, Services, ServicesOf, WorkspaceOf
from rhapsode.api.creating import SentSource, read_document
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.project_models import CreatedProject, left_out_models
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.source_form import SourceForm, form_schema, read_source_form
from rhapsode.api.studio_views import view_project
from rhapsode.api.unheard import unheard
from rhapsode.authoring.filling import (
    begin_replacement,
    check_project_made,
    replace_with_content,
    replace_with_document,
)
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)


@router.post(
    "/v1/studio/projects/{project_id}/content",
    summary="Replace a project's content",
    dependencies=[NEEDS_ROOM],
    openapi_extra=form_schema(SourceForm),
)
async def update_content(
    project_id: str, request: Request, services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf
) -> CreatedProject:
    """Replace all chapters; paragraphs that stay keep their audio. Source: operation edit_project_content.

    Without any source, nothing is replaced.
    """
    parent = ProjectId(project_id)
    async with read_source_form(request, SourceForm) as (form, file):
        # Before a document is fetched and read.
        await run_in_threadpool(check_project_made, services.records, workspace_id, parent)
        source = SentSource(form, file)
        document: Document | ProjectId | None = None
        if source.is_document:
            begin = partial(begin_replacement, services.records, workspace_id, parent, paid_by=key_id)
            document = await read_document(services, source, begin)
        return await run_in_threadpool(_replaced, services, workspace_id, key_id, parent, form, document)


def _replaced(
    services: Services,
    workspace_id: WorkspaceId,
    key_id: ApiKeyId | None,
    project_id: ProjectId,
    form: SourceForm,
    document: Document | ProjectId | None,
) -> CreatedProject:
    """The answer. document: what was read; the project, where that goes on; None without one."""
    read = None if isinstance(document, str) else document
    if not isinstance(document, str):
        _replace(services, workspace_id, key_id, project_id, form, read)
    return CreatedProject(
        project=view_project(services, workspace_id, project_id),
        left_out=left_out_models(unheard(read)),
    )


def _replace(
    services: Services,
    workspace_id: WorkspaceId,
    key_id: ApiKeyId | None,
    project_id: ProjectId,
    form: SourceForm,
    document: Document | None,
) -> None:
    if document is not None:
        replace_with_document(services.records, services.blobs, workspace_id, project_id, document)
    elif form.from_content_json is not None:
        content = read_content_json(form.from_content_json)
        replace_with_content(services.records, workspace_id, project_id, content)
    if form.auto_convert:
        services.rendering.request_conversion(workspace_id, project_id, paid_by=key_id)
        services.wake()
