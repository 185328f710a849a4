"""What a conversion would do, before it is asked for; and speaking again what older versions have spoken."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rhapsode.api.context import KeyOf, Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.plan_models import (
    PlanModel,
    RefreshAnswer,
    RefreshBody,
    list_locators,
    plan_model,
    refresh_answer,
)
from rhapsode.authoring.dictionaries import checked_locators
from rhapsode.authoring.filling import convert_when_made
from rhapsode.rendering.plan import RenderCount
from rhapsode.rendering.previews import preview_conversion
from rhapsode.storage import projects
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId
from rhapsode.studio.limits import MAX_PROJECT_LOCATORS
from rhapsode.studio.pronunciation import DictionaryLocator

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["projects"],
    route_class=JsonRoute,
    strict_content_type=False,
)

DictionaryIds = Annotated[
    list[str] | None,
    Query(
        alias="pronunciation_dictionary_id",
        max_length=MAX_PROJECT_LOCATORS,
        description="A dictionary that the project is to have, in place of its own; repeated for several, in their"
        " order. An empty one is none.",
    ),
]
VersionIds = Annotated[
    list[str] | None,
    Query(
        alias="version_id",
        max_length=MAX_PROJECT_LOCATORS,
        description="The version of the dictionary in the same place; without one, or empty, the latest.",
    ),
]


@router.get("/plan", summary="Preview a conversion", response_model=PlanModel)
def preview_project(
    project_id: str,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    dictionary_ids: DictionaryIds = None,
    version_ids: VersionIds = None,
) -> Response:
    """What a conversion of the project would speak and encode if it was asked for now, and why.

    With dictionaries, as if the project had these and no others, before they are attached.
    """
    locators = list_locators(dictionary_ids, version_ids)
    return _preview(services, workspace_id, ProjectId(project_id), None, locators)


@router.get(
    "/chapters/{chapter_id}/plan", summary="Preview a conversion of a chapter", response_model=PlanModel
)
def preview_chapter(
    project_id: str,
    chapter_id: str,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    dictionary_ids: DictionaryIds = None,
    version_ids: VersionIds = None,
) -> Response:
    """What a conversion of one chapter would speak and encode, as for the project."""
    locators = list_locators(dictionary_ids, version_ids)
    return _preview(services, workspace_id, ProjectId(project_id), ChapterId(chapter_id), locators)


def _preview(
    services: Services,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId | None,
    locators: list[DictionaryLocator] | None,
) -> Response:
    with services.records.read(workspace_id) as tx:
        # Of a project that isn't there nothing else is said.
        projects.get_project(tx, project_id)
        wanted = None if locators is None else checked_locators(tx, locators)
        preview = preview_conversion(tx, project_id, chapter_id, locators=wanted)
    # Written here, in a thread: a book that was never converted has thousands of blocks to tell of.
    return json_answer(plan_model(project_id, preview))


@router.post("/refresh", summary="Refresh a project")
def refresh(
    project_id: str,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    key_id: KeyOf,
    body: RefreshBody | None = None,
) -> RefreshAnswer:
    """Convert the project, and speak again what an older version of its engine or voice has spoken.

    Nothing else ever does: an update makes nothing stale. What was spoken as it would be now stays, and so does what
    is locked; earlier takes stay as takes. Then poll, as after a conversion. A project that is still being made is
    converted as soon as it is.
    """
    parent = ProjectId(project_id)
    wanted = (body or RefreshBody()).as_refresh()
    if convert_when_made(services.records, workspace_id, parent, paid_by=key_id):
        return refresh_answer(RenderCount())
    requested = services.rendering.request_conversion(workspace_id, parent, paid_by=key_id, refresh=wanted)
    services.wake()
    return refresh_answer(requested.count)
