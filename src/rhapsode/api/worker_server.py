"""The wire of a worker, which has none of the API: only what those who run it ask."""

from fastapi import FastAPI
from fastapi.middleware import Middleware

from rhapsode.access.rule import AccessRule
from rhapsode.api import probes
from rhapsode.api.addresses import Addresses
from rhapsode.api.context import Observed
from rhapsode.api.errors import add_error_handlers
from rhapsode.api.key_check import KeyCheck
from rhapsode.api.request_frame import RequestFrame


def create_worker_app(worker: Observed, *, access: AccessRule, url: str) -> FastAPI:
    """`/healthz`, `/readyz` and `/metrics`, as a server has them (`api.probes`). url: where it listens."""
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(RequestFrame), Middleware(KeyCheck, access=access, addresses=Addresses(url))],
    )
    app.state.services = worker
    add_error_handlers(app)
    app.include_router(probes.router)
    return app
