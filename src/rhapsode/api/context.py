"""What every route works with, and whose request it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.speak import Speaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class Services:
    """What one server is made of; the same for all requests.

    wake: to be called after a conversion was requested, so that it begins at once.
    """

    records: Records
    blobs: Blobs
    rendering: Rendering
    speaking: Speaking
    wake: Callable[[], None]


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _workspace(request: Request) -> WorkspaceId:
    return cast("WorkspaceId", request.state.workspace_id)


ServicesOf = Annotated[Services, Depends(_services)]
"""The server's services, as a parameter of a route."""

WorkspaceOf = Annotated[WorkspaceId, Depends(_workspace)]
"""The workspace whose key the request carries, as a parameter of a route."""
