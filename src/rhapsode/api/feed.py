"""The podcast feed of a project, and all that it names. Ours.

Its owner asks for it with a key. Players send none: they are given its link, and find in it nothing but addresses
that the same token opens.
"""

import time
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from rhapsode.api.addresses import SHARED_PATH
from rhapsode.api.audio_native_models import player_path
from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.shared import check, found, shared_response
from rhapsode.api.shared_addresses import get_links
from rhapsode.delivery.covers import EXTENSIONS, open_cover
from rhapsode.delivery.download import Download
from rhapsode.delivery.episodes import in_memory, open_episode, open_transcript
from rhapsode.delivery.feed import Podcast, get_podcast
from rhapsode.delivery.feed_xml import MEDIA_TYPE, FeedAddresses, write_feed
from rhapsode.delivery.players import find_open_player
from rhapsode.studio.ids import ChapterSnapshotId, ProjectId, WorkspaceId

router = APIRouter(tags=["feeds"], route_class=JsonRoute, strict_content_type=False)
shared_router = APIRouter(tags=["links"], route_class=JsonRoute, strict_content_type=False)

_FEED = "/rhapsode/v1/studio/projects/{project_id}/feed"
_SHARED = f"{SHARED_PATH}/{{workspace_id}}/feed/{{project_id}}/{{token}}"


@file_route(router, _FEED, summary="Get a podcast feed", responses=file_of(MEDIA_TYPE))
def get_feed(
    project_id: ProjectId, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """A project as a podcast: RSS with an episode for each chapter of its newest snapshot, none before the first.

    All addresses in it need no key; `GET /rhapsode/v1/studio/projects/{project_id}/links` tells its own.
    """
    return download_response(request, _feed(services, workspace_id, project_id), disposition="inline")


@file_route(
    shared_router, f"{_SHARED}/feed.xml", summary="Get a shared podcast feed", responses=file_of(MEDIA_TYPE)
)
def get_shared_feed(
    workspace_id: WorkspaceId, project_id: ProjectId, token: str, request: Request, services: ServicesOf
) -> Response:
    """The feed of a project, at the address that players subscribe to."""
    check(services, workspace_id, "feed", project_id, token)
    return shared_response(request, found(lambda: _feed(services, workspace_id, project_id)))


@file_route(
    shared_router,
    f"{_SHARED}/cover.{{extension}}",
    summary="Get the cover of a feed",
    responses=file_of(*EXTENSIONS),
)
def get_feed_cover(
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    token: str,
    extension: str,
    request: Request,
    services: ServicesOf,
) -> Response:
    """The cover that a project has now, whatever extension its address has."""
    del extension
    check(services, workspace_id, "feed", project_id, token)
    return shared_response(
        request, found(lambda: open_cover(services.records, services.blobs, workspace_id, project_id))
    )


@file_route(
    shared_router,
    f"{_SHARED}/{{chapter_snapshot_id}}.mp3",
    summary="Get an episode",
    responses=file_of("audio/mpeg"),
)
def get_episode(
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    token: str,
    chapter_snapshot_id: ChapterSnapshotId,
    request: Request,
    services: ServicesOf,
) -> Response:
    """A chapter as MP3; ranges of it too. An address that an older feed had stays good."""
    check(services, workspace_id, "feed", project_id, token)
    place = services.records, services.blobs, workspace_id, project_id
    return shared_response(request, found(lambda: open_episode(*place, chapter_snapshot_id)))


@file_route(
    shared_router,
    f"{_SHARED}/{{chapter_snapshot_id}}.vtt",
    summary="Get the transcript of an episode",
    responses=file_of("text/vtt"),
)
def get_transcript(
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    token: str,
    chapter_snapshot_id: ChapterSnapshotId,
    request: Request,
    services: ServicesOf,
) -> Response:
    """What is said in a chapter, and when, as WebVTT."""
    check(services, workspace_id, "feed", project_id, token)
    place = services.records, workspace_id, project_id
    return shared_response(request, found(lambda: open_transcript(*place, chapter_snapshot_id)))


def _feed(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> Download:
    """Raises: ProjectNotFound."""
    podcast = get_podcast(services.records, workspace_id, project_id)
    return in_memory(
        write_feed(podcast, _addresses(services, workspace_id, podcast)),
        filename="feed.xml",
        media_type=MEDIA_TYPE,
        # As of a cover: what is in it may change back to what it was before.
        modified_at_ms=time.time_ns() // 1_000_000,
    )


def _addresses(services: Services, workspace_id: WorkspaceId, podcast: Podcast) -> FeedAddresses:
    project_id, cover_type = podcast.project.project_id, podcast.cover_type
    player = find_open_player(services.records, workspace_id, project_id)
    links = get_links(services, workspace_id, "feed")

    def named(extension: str) -> Callable[..., str]:
        return lambda episode: links.of(project_id, f"{episode.chapter_snapshot_id}.{extension}")

    return FeedAddresses(
        feed=links.of(project_id, "feed.xml"),
        site=services.addresses.of("/docs" if player is None else player_path(player)),
        cover=None if cover_type is None else links.of(project_id, f"cover.{EXTENSIONS[cover_type]}"),
        audio=named("mp3"),
        transcript=named("vtt"),
    )
