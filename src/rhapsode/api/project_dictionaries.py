"""The pronunciation dictionaries of a project."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, FailFast
from pydantic_core import from_json

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.sent_lists import at_most
from rhapsode.api.studio_models import Done
from rhapsode.api.text_to_speech_models import DictionaryLocator as LocatorBody
from rhapsode.authoring.dictionaries import checked_locators
from rhapsode.rendering.attachment import attach_dictionaries
from rhapsode.storage import projects
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, ProjectId
from rhapsode.studio.limits import MAX_PROJECT_LOCATORS
from rhapsode.studio.pronunciation import DictionaryLocator

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)


def _from_text(sent: Any) -> Any:
    # The contract's schema has objects, and its example objects as JSON.
    return from_json(sent) if isinstance(sent, str) else sent


SentLocator = Annotated[LocatorBody, BeforeValidator(_from_text)]


class ProjectDictionariesBody(BaseModel):
    """Source: schema Body_Create_Pronunciation_Dictionaries."""

    pronunciation_dictionary_locators: Annotated[
        list[SentLocator], FailFast(), at_most(MAX_PROJECT_LOCATORS, of_what="locators of one project")
    ]
    invalidate_affected_text: bool = True

    def list_locators(self) -> list[DictionaryLocator]:
        """The locators, in order. An empty version is none."""
        return [
            DictionaryLocator(
                DictionaryId(sent.pronunciation_dictionary_id),
                DictionaryVersionId(sent.version_id) if sent.version_id else None,
            )
            for sent in self.pronunciation_dictionary_locators
        ]


@router.post(
    "/v1/studio/projects/{project_id}/pronunciation-dictionaries", summary="Attach dictionaries to a project"
)
def update_pronunciation_dictionaries(
    project_id: ProjectId, body: ProjectDictionariesBody, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Let a project have these dictionaries and no others. Source: operation update_pronunciation_dictionaries."""
    with services.records.write(workspace_id) as tx:
        # Of a project that isn't there nothing else is said.
        projects.get_project(tx, project_id)
        attach_dictionaries(
            tx,
            project_id,
            checked_locators(tx, body.list_locators()),
            invalidate_affected_text=body.invalidate_affected_text,
        )
    return Done()
