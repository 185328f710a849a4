"""Casts: who speaks each quotation of a project, and with which voice."""

from fastapi import APIRouter, Request

from rhapsode.api.cast_models import (
    CastModel,
    CharacterUpdate,
    NewCast,
    QuotationList,
    QuotationUpdate,
    cast_model,
    quotation_model,
)
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.studio_models import Done
from rhapsode.authoring.cast.casts import (
    change_character,
    drop_cast,
    get_cast,
    list_quotations,
    make_cast,
    set_speaker,
)
from rhapsode.authoring.cast.creation import CAST, cast_request
from rhapsode.authoring.filling import begin_replacement, check_project_made
from rhapsode.rendering.turns import IsWanted
from rhapsode.storage.creations import NewCreation, find_creation
from rhapsode.studio.errors import ChatNotConfigured
from rhapsode.studio.ids import ChapterId, CharacterId, NodeId, ProjectId, WorkspaceId

_CASTING = OwnThreads("casting", 1)  # a novel keeps a processor busy for two seconds

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}/cast",
    tags=["cast"],
    route_class=JsonRoute,
    strict_content_type=False,
)


@router.get("", summary="Get a cast")
def get(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> CastModel:
    """Who speaks in a project, with which voice, and how much; nobody where no cast was made."""
    return _answer(services, workspace_id, ProjectId(project_id))


def _answer(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> CastModel:
    view = get_cast(services.records, workspace_id, project_id)
    with services.records.read(workspace_id) as tx:
        creation = find_creation(tx, project_id)
    is_being_made = creation is not None and creation.status == "creating" and creation.kind.endswith(CAST)
    return cast_model(view, is_being_made=is_being_made)


@router.post("", summary="Make a cast")
async def make(
    project_id: str,
    request: Request,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    body: NewCast | None = None,
) -> CastModel:
    """Find out who speaks each quotation, and give each character a voice of its own; or do it anew.

    What you have said of characters and quotations stays, and so does the audio of all whose voice stays. A language
    model takes minutes: poll until `is_being_made` is false.
    """
    named = ProjectId(project_id)

    def work(_is_wanted: IsWanted) -> CastModel:
        if body is not None and body.use_language_model:
            _ask_model(services, workspace_id, named)
        else:
            check_project_made(services.records, workspace_id, named)
            make_cast(services.records, workspace_id, named)
        return _answer(services, workspace_id, named)

    return await _CASTING.run_for(request, work)


def _ask_model(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    check_project_made(services.records, workspace_id, project_id)
    if services.chat is None:
        msg = (
            "This server has no language model. Its owner names one with RHAPSODE_CHAT_URL and RHAPSODE_CHAT_MODEL; "
            "rules need none."
        )
        raise ChatNotConfigured(msg)
    creation = NewCreation(CAST, cast_request(asked=(workspace_id, project_id)))
    begin_replacement(services.records, workspace_id, project_id, creation)
    services.creations.wake()


@router.delete("", summary="Undo a cast")
def delete(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Let the narrator read everything again, but for locked blocks and voices that you have given quotations."""
    drop_cast(services.records, workspace_id, ProjectId(project_id))
    return Done()


@router.patch("/characters/{character_id}", summary="Change a character")
def update_character(
    project_id: str,
    character_id: str,
    body: CharacterUpdate,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> CastModel:
    """Rename a character, give it another voice, or say who it is; what others say isn't spoken again."""
    named = ProjectId(project_id)
    change_character(services.records, workspace_id, named, CharacterId(character_id), body.changes)
    return _answer(services, workspace_id, named)


@router.get("/chapters/{chapter_id}/quotations", summary="List quotations")
def list_chapter_quotations(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> QuotationList:
    """The quotations of a chapter, with who speaks each, and how that is known."""
    found = list_quotations(services.records, workspace_id, ProjectId(project_id), ChapterId(chapter_id))
    return QuotationList(quotations=[quotation_model(quotation) for quotation in found])


@router.patch("/quotations/{node_id}", summary="Say who speaks a quotation")
def update_quotation(
    project_id: str, node_id: str, body: QuotationUpdate, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Give a quotation to another character, or to the narrator. A cast that is made anew keeps that."""
    speaker = None if body.character_id is None else CharacterId(body.character_id)
    set_speaker(services.records, workspace_id, ProjectId(project_id), NodeId(node_id), speaker)
    return Done()
