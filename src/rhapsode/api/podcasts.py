"""Podcasts: a project whose script the server writes."""

from fastapi import APIRouter

from rhapsode.api.context import KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.podcast_models import CreatedPodcast, NewPodcast
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.studio_views import view_project
from rhapsode.authoring.podcasts import check_order, create_podcast

# A body without a Content-Type is read too.
router = APIRouter(tags=["podcasts"], route_class=JsonRoute, strict_content_type=False)


@router.post("/v1/studio/podcasts", summary="Create a podcast", dependencies=[NEEDS_ROOM])
def create(
    body: NewPodcast, services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf
) -> CreatedPodcast:
    """Make a podcast of texts and pages, and convert it, then poll. Source: operation create_podcast.

    Its project is answered at once, in the state `creating`.
    """
    order = body.order
    has_chat = services.chat is not None
    check_order(services.records, workspace_id, order, services.fetcher.check, has_chat=has_chat)
    project_id = create_podcast(services.records, services.blobs, workspace_id, order, paid_by=key_id)
    services.creations.wake()
    return CreatedPodcast(project=view_project(services, workspace_id, project_id))
