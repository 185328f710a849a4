"""Links as their owner sees them: told, and revoked. Ours."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.access.links import revoke_link
from rhapsode.api.audio_native_models import player_path
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.shared_addresses import find_cover_urls, get_links
from rhapsode.delivery import players
from rhapsode.storage import projects
from rhapsode.studio.ids import ProjectId, WorkspaceId

router = APIRouter(tags=["links"], route_class=JsonRoute, strict_content_type=False)

_LINKS = "/rhapsode/v1/studio/projects/{project_id}/links"


class LinksModel(BaseModel):
    """Addresses that need no key, each for one thing.

    cover_url, player_url: null for a project without a cover, or without a player.
    feed_url: of the podcast feed; it opens the episodes and the cover too.
    """

    cover_url: str | None
    feed_url: str
    player_url: str | None


@router.get(_LINKS, summary="List links")
def list_links(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> LinksModel:
    """Every address of a project that needs no key. It stays the same until it is revoked."""
    return _links(services, workspace_id, ProjectId(project_id))


@router.delete(f"{_LINKS}/{{kind}}", summary="Revoke a link")
def revoke(
    project_id: str,
    kind: Literal["cover", "feed", "player"],
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> LinksModel:
    """Let an address open nothing any more; the answer has the one that takes its place."""
    parent = ProjectId(project_id)
    if kind == "player":
        players.renew_token(services.records, workspace_id, parent)
    else:
        with services.records.write(workspace_id) as tx:
            projects.get_project(tx, parent)
            revoke_link(tx, kind, parent)
    return _links(services, workspace_id, parent)


def _links(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> LinksModel:
    player = players.find_open_player(services.records, workspace_id, project_id)
    with services.records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
    return LinksModel(
        cover_url=find_cover_urls(services, workspace_id, [project]).get(project_id),
        feed_url=get_links(services, workspace_id, "feed").of(project_id, "feed.xml"),
        player_url=None if player is None else services.addresses.of(player_path(player)),
    )
