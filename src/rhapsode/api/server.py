"""The application: every route, every error, every header."""

from fastapi import FastAPI, Security
from fastapi.security import APIKeyHeader
from starlette.middleware import Middleware

from rhapsode import __version__
from rhapsode.access.rule import AccessRule
from rhapsode.api import chapters, history, models, own, projects, snapshots, text_to_speech, user, voices
from rhapsode.api.body_limit import BodyLimit
from rhapsode.api.context import Services
from rhapsode.api.errors import add_error_handlers
from rhapsode.api.key_check import KeyCheck
from rhapsode.api.request_frame import RequestFrame

_ROUTERS = (projects, chapters, snapshots, text_to_speech, history, voices, models, user)


def create_app(services: Services, *, access: AccessRule) -> FastAPI:
    """The wire of one server: what a request passes through, outermost first, and then its route."""
    app = FastAPI(
        title="Rhapsode",
        version=__version__,
        # The framework's pages of documentation come from another site, which a server without a network can't reach.
        docs_url=None,
        redoc_url=None,
        # A path with a slash at its end is another one, as it is for the original.
        redirect_slashes=False,
        middleware=[Middleware(RequestFrame), Middleware(KeyCheck, access=access), Middleware(BodyLimit)],
    )
    app.state.services = services
    add_error_handlers(app)
    # Only so that the document of the API says where a key goes: KeyCheck has looked at it before.
    key_header = Security(APIKeyHeader(name="xi-api-key", auto_error=False))
    for resource in _ROUTERS:
        app.include_router(resource.router, dependencies=[key_header])
    app.include_router(own.router)
    return app
