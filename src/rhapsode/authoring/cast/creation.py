"""Casts that are made while nobody waits: of a new project, or by a language model."""

from collections.abc import Mapping
from typing import Any

from rhapsode.authoring.cast.casting import paragraphs_of
from rhapsode.authoring.cast.casts import make_cast
from rhapsode.authoring.cast.model import Asks, ask_model
from rhapsode.authoring.cast.recasting import analysed
from rhapsode.authoring.creations import CreationKind, NoteProgress, Order
from rhapsode.storage import projects
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ChatNotConfigured
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.text.cast.book import BookCast

CAST = "cast"
"""The kind of creation that gives a project a cast."""

_CASTS_AT_ONCE = (
    1  # rules keep a processor busy, and a model of one's own answers one question after the other
)


def cast_request(
    *, auto_convert: bool = False, asked: tuple[WorkspaceId, ProjectId] | None = None
) -> Mapping[str, Any]:
    """What a creation is asked for.

    asked: of what project the language model is asked; None leaves it to the rules.
    """
    return {"auto_convert": auto_convert, "asked": asked}


def cast_kind(records: Records, chat: Asks | None) -> CreationKind[BookCast | None]:
    """How casts are made. chat: None where no language model is configured."""

    def make(order: Order, note_progress: NoteProgress) -> BookCast | None:
        if order.request["asked"] is None:
            return None
        if chat is None:
            raise ChatNotConfigured  # the endpoint was taken away meanwhile
        workspace_id, project_id = order.request["asked"]
        with records.read(workspace_id) as tx:
            paragraphs = paragraphs_of(projects.iterate_chapters(tx, project_id))
        return ask_model(chat, paragraphs, analysed(paragraphs), note_progress)

    def keep(
        workspace_id: WorkspaceId, project_id: ProjectId, _request: Mapping[str, Any], made: BookCast | None
    ) -> None:
        make_cast(records, workspace_id, project_id, made)

    return CreationKind(make, keep, _CASTS_AT_ONCE)
