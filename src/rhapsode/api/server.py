"""The application: every route, every error, every header."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Security
from fastapi.security import APIKeyHeader
from starlette.middleware import Middleware

from rhapsode import __version__
from rhapsode.access.rule import AccessRule
from rhapsode.api import (
    audio_native,
    blocks,
    chapters,
    forced_alignment,
    history,
    live,
    models,
    muted_tracks,
    own,
    plans,
    podcasts,
    project_content,
    project_dictionaries,
    project_quality,
    project_voices,
    projects,
    pronunciation_dictionaries,
    quality,
    reports,
    snapshots,
    stream_input,
    takes,
    text_to_dialogue,
    text_to_speech,
    user,
    voices,
    webhooks,
    words,
)
from rhapsode.api.body_limit import BodyLimit
from rhapsode.api.context import Services
from rhapsode.api.errors import add_error_handlers
from rhapsode.api.key_check import KeyCheck
from rhapsode.api.not_served import NotServed
from rhapsode.api.openapi_document import DescribedApp
from rhapsode.api.request_frame import RequestFrame

_ROUTERS = (
    podcasts,
    projects,
    plans,
    chapters,
    snapshots,
    live,
    text_to_dialogue,
    text_to_speech,
    history,
    voices,
    models,
    user,
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
    takes,
    words,
    quality,
    reports,
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
        middleware=[
            Middleware(RequestFrame),
            Middleware(KeyCheck, access=access),
            Middleware(NotServed),
            Middleware(BodyLimit),
        ],
    )
    app.state.services = services
    add_error_handlers(app)
    # Only so that the document of the API says where a key goes: KeyCheck has looked at it before.
    key_header = Security(APIKeyHeader(name="xi-api-key", auto_error=False))
    for resource in _ROUTERS:
        app.include_router(resource.router, dependencies=[key_header])
    # A WebSocket has no place in that document.
    for router in (own.router, stream_input.router, *pages):
        app.include_router(router)
    return app
