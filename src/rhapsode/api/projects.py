"""Projects: create, list, get, update, delete, convert."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from rhapsode.api.content_models import read_content_json
from rhapsode.api.context import KeyOf, Services, ServicesOf, WorkspaceOf
from rhapsode.api.creating import SentSource, read_document
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.project_form import ProjectForm, read_project_form
from rhapsode.api.project_models import (
    CreatedProject,
    ProjectAnswer,
    ProjectExtendedModel,
    ProjectList,
    left_out_models,
)
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.source_form import form_schema
from rhapsode.api.studio_models import Done
from rhapsode.api.studio_views import view_project, view_projects, view_whole_project
from rhapsode.api.unheard import unheard, without_effect
from rhapsode.authoring.cast.creation import CAST, cast_request
from rhapsode.authoring.filling import convert_when_made
from rhapsode.authoring.projects import (
    ProjectChanges,
    ProjectWishes,
    check_wishes,
    create_project,
    delete_project,
    update_project,
)
from rhapsode.storage.creations import NewCreation
from rhapsode.studio.document import Document
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import ApiKeyId, ProjectId, VoiceId, WorkspaceId

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)

_PROJECTS = "/v1/studio/projects"


class ProjectUpdate(BaseModel):
    """Source: schema Body_Update_Studio_project_v1_studio_projects__project_id__post.

    title, author, isbn_number, volume_normalization: as they were when they aren't sent; empty words take them away.
    """

    name: str
    default_title_voice_id: str
    default_paragraph_voice_id: str
    title: str | None = None
    author: str | None = None
    isbn_number: str | None = None
    volume_normalization: bool | None = None


@router.get(_PROJECTS, summary="List projects")
def list_projects(services: ServicesOf, workspace_id: WorkspaceOf) -> ProjectList:
    """All projects, newest first. Source: operation get_projects."""
    return ProjectList(projects=view_projects(services, workspace_id))


@router.post(
    _PROJECTS, summary="Create a project", dependencies=[NEEDS_ROOM], openapi_extra=form_schema(ProjectForm)
)
async def create(
    request: Request, services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf
) -> CreatedProject:
    """Make a project of a document, of content, or a blank one. Source: operation add_project."""
    async with read_project_form(request) as (form, file):
        wishes = await run_in_threadpool(_checked_wishes, services, workspace_id, form)
        source = SentSource(form, file, wishes.unsaid, is_cast=form.auto_assign_voices)
        document: Document | ProjectId | None = None
        if source.is_document:
            begin = partial(_begin, services, workspace_id, key_id, wishes)
            document = await read_document(services, source, begin)
        return await run_in_threadpool(_created, services, workspace_id, key_id, wishes, form, document)


def _checked_wishes(services: Services, workspace_id: WorkspaceId, form: ProjectForm) -> ProjectWishes:
    wishes = form.wishes
    check_wishes(services.records, workspace_id, wishes)
    if wishes.details.callback_url is not None:
        services.fetcher.check(wishes.details.callback_url)
    return wishes


def _begin(
    services: Services,
    workspace_id: WorkspaceId,
    key_id: ApiKeyId | None,
    wishes: ProjectWishes,
    creation: NewCreation,
) -> tuple[WorkspaceId, ProjectId]:
    """A blank project, whose content comes later."""
    paid = replace(creation, key_id=key_id)
    return workspace_id, create_project(services.records, services.blobs, workspace_id, wishes, creation=paid)


def _created(
    services: Services,
    workspace_id: WorkspaceId,
    key_id: ApiKeyId | None,
    wishes: ProjectWishes,
    form: ProjectForm,
    document: Document | ProjectId | None,
) -> CreatedProject:
    """The answer to a creation. document: what was read; the project, where that goes on; None without one."""
    if isinstance(document, str):
        project_id, read = document, None
    else:
        project_id, read = _create(services, workspace_id, key_id, wishes, form, document), document
    return CreatedProject(
        project=view_project(services, workspace_id, project_id),
        left_out=left_out_models([*unheard(read), *without_effect(form)]),
    )


def _create(
    services: Services,
    workspace_id: WorkspaceId,
    key_id: ApiKeyId | None,
    wishes: ProjectWishes,
    form: ProjectForm,
    document: Document | None,
) -> ProjectId:
    content = () if form.from_content_json is None else read_content_json(form.from_content_json)
    creation = None
    if form.auto_assign_voices and (document is not None or content):
        # Who speaks is found out behind the answer, and a conversion waits for that.
        creation = NewCreation(CAST, cast_request(auto_convert=form.auto_convert), key_id=key_id)
    project_id = create_project(
        services.records,
        services.blobs,
        workspace_id,
        wishes,
        document=document,
        content=content,
        creation=creation,
    )
    if creation is not None:
        services.creations.wake()
    elif form.auto_convert:
        _convert_or_delete(services, workspace_id, key_id, project_id)
    return project_id


def _convert_or_delete(
    services: Services, workspace_id: WorkspaceId, key_id: ApiKeyId | None, project_id: ProjectId
) -> None:
    """Convert a project that was just made; one that can't be is refused as a whole."""
    try:
        services.rendering.request_conversion(workspace_id, project_id, paid_by=key_id)
    except RhapsodeError:
        delete_project(services.records, workspace_id, project_id)
        raise
    services.wake()


@router.get(f"{_PROJECTS}/{{project_id}}", summary="Get a project", response_model=ProjectExtendedModel)
def get(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Response:
    """A project with its chapters and voices. Source: operation get_project_by_id."""
    project = view_whole_project(services, workspace_id, ProjectId(project_id))
    # Written here, because clients poll: the framework would take another thread for it, and wait for that one too.
    return json_answer(project)


@router.post(f"{_PROJECTS}/{{project_id}}", summary="Update a project")
def update(
    project_id: str, body: ProjectUpdate, services: ServicesOf, workspace_id: WorkspaceOf
) -> ProjectAnswer:
    """Change what a project says of itself. Source: operation edit_project."""
    changes = ProjectChanges(
        name=body.name,
        default_title_voice_id=VoiceId(body.default_title_voice_id),
        default_paragraph_voice_id=VoiceId(body.default_paragraph_voice_id),
        title=body.title,
        author=body.author,
        isbn_number=body.isbn_number,
        volume_normalization=body.volume_normalization,
    )
    update_project(services.records, workspace_id, ProjectId(project_id), changes)
    return ProjectAnswer(project=view_project(services, workspace_id, ProjectId(project_id)))


@router.delete(f"{_PROJECTS}/{{project_id}}", summary="Delete a project")
def delete(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Delete a project with all that was made of it. Source: operation delete_project."""
    delete_project(services.records, workspace_id, ProjectId(project_id))
    return Done()


@router.post(f"{_PROJECTS}/{{project_id}}/convert", summary="Convert a project", dependencies=[NEEDS_ROOM])
def convert(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf) -> Done:
    """Ask for a conversion of all chapters, then poll. Source: operation convert_project_endpoint.

    A project that is still being made is converted as soon as it is.
    """
    parent = ProjectId(project_id)
    if not convert_when_made(services.records, workspace_id, parent, paid_by=key_id):
        services.rendering.request_conversion(workspace_id, parent, paid_by=key_id, may_repeat=True)
        services.wake()
    return Done()
