"""What links open: no key is asked for, and everybody who knows an address gets this one thing, until it is revoked.

An address that opens nothing is the same 404, whatever the reason. No answer sets a cookie, and every origin may read
it: a player on any page can.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from fastapi import APIRouter, Request, Response

from rhapsode.access.links import LinkKind, check_link
from rhapsode.api.addresses import SHARED_PATH
from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import Services, ServicesOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.delivery.covers import EXTENSIONS, open_cover
from rhapsode.delivery.download import Download
from rhapsode.studio.errors import LinkNotFound, NotFound
from rhapsode.studio.ids import ProjectId, WorkspaceId

T = TypeVar("T")

router = APIRouter(tags=["links"], route_class=JsonRoute, strict_content_type=False)

_COVER = f"{SHARED_PATH}/{{workspace_id}}/cover/{{project_id}}/{{token}}/cover"
# The address is a secret: no other site is told it.
_HEADERS: Mapping[str, str] = MappingProxyType({"referrer-policy": "no-referrer"})


def shared_response(request: Request, download: Download) -> Response:
    """A file for whoever knows its address. It may be kept, if whoever keeps it asks each time: it may be revoked."""
    return download_response(request, download, disposition="inline", headers=_HEADERS)


def check(
    services: Services, workspace_id: WorkspaceId, kind: LinkKind, resource_id: str, token: str
) -> None:
    """Raises LinkNotFound, unless the token opens the resource."""
    with services.records.read(workspace_id) as tx:
        check_link(tx, kind, resource_id, token)


def found(find: Callable[[], T]) -> T:
    """What a link leads to. Raises: LinkNotFound, where that is gone; what else `find` raises."""
    try:
        return find()
    except NotFound:
        raise LinkNotFound from None


@file_route(router, _COVER, summary="Get a shared cover", responses=file_of(*EXTENSIONS))
def get_cover(
    workspace_id: WorkspaceId, project_id: ProjectId, token: str, request: Request, services: ServicesOf
) -> Response:
    """A project's cover, at the address that `cover_image_url` has."""
    check(services, workspace_id, "cover", project_id, token)
    place = services.records, services.blobs, workspace_id, project_id
    return shared_response(request, found(lambda: open_cover(*place)))
