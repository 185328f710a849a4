"""Answers that send a client to the object store, where the file it asks for is one blob too."""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from rhapsode.api.addresses import PLAYERS_PATH
from rhapsode.api.context import Services
from rhapsode.api.own_wire import COMMANDS_PATH
from rhapsode.delivery.download import Download
from rhapsode.delivery.redirects import Sent
from rhapsode.studio.ids import WorkspaceId

_ANSWERED_HERE = (f"{COMMANDS_PATH}/", PLAYERS_PATH)
# What a browser fetches to play or show it in a page, whose policy allows nothing from elsewhere.
_SHOWN = frozenset({"audio", "image", "track", "video"})
_CONDITIONS = ("if-match", "if-none-match", "if-range")


def find_redirect(
    request: Request, download: Download, etag: str, headers: Mapping[str, str]
) -> Response | None:
    """The answer to a GET whose file the store has; None where the client gets it from here.

    headers: what is said of the file.

    Who goes on with what it got from here, and says so by its tag, goes on here: the store knows the same bytes by
    another tag. HEAD is answered here, as an address is signed for GET alone; and the commands of this machine, and
    pages that play it, which may load nothing from elsewhere, are sent nowhere.
    """
    workspace_id = _find_workspace(request)
    if workspace_id is None or request.method != "GET" or request.headers.get("sec-fetch-dest") in _SHOWN:
        return None
    services: Services = request.app.state.services
    if services.redirects is None:
        return None
    if any(etag in value for name in _CONDITIONS for value in request.headers.getlist(name)):
        return None
    sent = Sent(download, headers["content-type"], headers["content-disposition"])
    address = services.redirects.find_address(workspace_id, sent)
    if address is None:
        return None
    # Each time it is asked here again, so that a key or a link that is revoked opens nothing.
    said = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(address, status_code=307, headers=said)


def _find_workspace(request: Request) -> WorkspaceId | None:
    """Whose file it is: of the request's key, or of the address that was shared."""
    if request.scope["path"].startswith(_ANSWERED_HERE):
        return None
    workspace_id = request.path_params.get("workspace_id") or getattr(request.state, "workspace_id", None)
    return None if workspace_id is None else WorkspaceId(workspace_id)
