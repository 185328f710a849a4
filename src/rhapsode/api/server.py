"""The application: every route, every error, every header."""

import functools
from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Security
from fastapi.security import APIKeyHeader
from starlette.middleware import Middleware

from rhapsode import __version__
from rhapsode.access.rule import AccessRule
from rhapsode.api import (
    audio_native,
    blocks,
    cancelling,
    cast,
    chapter_content,
    chapter_order,
    chapters,
    cover,
    document_preview,
    engines,
    events,
    exports,
    feed,
    forced_alignment,
    history,
    history_downloads,
    links,
    live,
    live_timeline,
    models,
    muted_tracks,
    own,
    partial,
    peaks,
    plans,
    podcasts,
    probes,
    project_content,
    project_dictionaries,
    project_overviews,
    project_quality,
    project_voices,
    projects,
    pronunciation_dictionaries,
    quality,
    reports,
    restoring,
    sessions,
    shared,
    sign_in,
    snapshot_files,
    snapshot_lists,
    snapshots,
    stream_input,
    system,
    takes,
    text_to_dialogue,
    text_to_speech,
    timelines,
    usage,
    user,
    users,
    voice_creation,
    voice_previews,
    voice_suggestions,
    voices,
    webhooks,
    words,
    workspaces,
)
from rhapsode.api.addresses import BelowPrefix
from rhapsode.api.audit_trail import AuditTrail
from rhapsode.api.body_limit import BodyLimit
from rhapsode.api.context import Services
from rhapsode.api.errors import add_error_handlers
from rhapsode.api.key_check import KeyCheck
from rhapsode.api.not_served import NotServed
from rhapsode.api.openapi_document import DescribedApp
from rhapsode.api.rate_limit import RateLimit
from rhapsode.api.request_frame import RequestFrame
from rhapsode.api.running_requests import RunningRequests
from rhapsode.api.watching import Watches

_ROUTERS = (
    podcasts,
    projects,
    project_overviews,
    document_preview,
    plans,
    chapters,
    snapshots,
    snapshot_files,
    live,
    live_timeline,
    events,
    partial,
    text_to_dialogue,
    text_to_speech,
    history,
    history_downloads,
    voice_creation,
    voices,
    voice_suggestions,
    models,
    user,
    usage,
    webhooks,
    project_content,
    muted_tracks,
    pronunciation_dictionaries,
    project_dictionaries,
    project_quality,
    project_voices,
    forced_alignment,
    audio_native,
    blocks,
    cancelling,
    chapter_content,
    chapter_order,
    restoring,
    cast,
    takes,
    words,
    snapshot_lists,
    timelines,
    peaks,
    quality,
    reports,
    exports,
    engines,
    cover,
    feed,
    links,
    voice_previews,
    sessions,
    users,
    workspaces,
    system,
)


def create_app(services: Services, *, access: AccessRule, pages: Sequence[APIRouter] = ()) -> FastAPI:
    """The wire of one server: what a request passes through, outermost first, and then its route.

    pages: what browsers are served beside the API (`web`).
    """
    app = DescribedApp(
        title="Rhapsode",
        version=__version__,
        # The framework's pages of documentation come from another site, which a server without a network can't reach.
        docs_url=None,
        redoc_url=None,
        # A path with a slash at its end is another one, as it is for the original.
        redirect_slashes=False,
        servers=[{"url": services.addresses.url}],
        # The document names the server by its whole address, which has the path below which it is reached.
        root_path_in_servers=False,
        middleware=[
            Middleware(BelowPrefix, prefix=services.addresses.prefix),
            Middleware(RequestFrame),
            Middleware(KeyCheck, access=access, addresses=services.addresses),
            Middleware(RateLimit, limits=access.limits),
            Middleware(RunningRequests, running=services.running_downloads),
            Middleware(NotServed),
            Middleware(BodyLimit),
            Middleware(AuditTrail, records=services.records),
        ],
    )
    app.state.services = services
    app.state.watches = Watches(services.records, lambda: services.readiness.is_draining)
    add_error_handlers(app)
    app.router.routes.extend(_api().routes)
    for router in pages:
        app.include_router(router)
    return app


@functools.cache
def _api() -> APIRouter:
    """Every route of the API, for all applications of a process: to prepare them takes a sixth of a second."""
    api = APIRouter()
    # Only so that the document of the API says where a key goes: KeyCheck has looked at it before.
    key_header = Security(APIKeyHeader(name="xi-api-key", auto_error=False))
    for resource in _ROUTERS:
        api.include_router(resource.router, dependencies=[key_header])
    # A WebSocket has no place in that document, and what is shared needs no key.
    for router in (
        own.router,
        probes.router,
        sign_in.router,
        shared.router,
        feed.shared_router,
        voice_previews.shared_router,
        stream_input.router,
    ):
        api.include_router(router)
    return api
