"""Sessions of browsers: begun with a key, told, listed and ended. Ours."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.access import sessions
from rhapsode.access.caller import Caller
from rhapsode.access.sign_in_links import Welcomed, begin_linked_session
from rhapsode.api.addresses import LINK_PATH
from rhapsode.api.context import CallerOf, Services, ServicesOf
from rhapsode.api.cookies import SESSION, delete_cookie, set_cookie
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.people_models import (
    SessionList,
    ShownLink,
    WhoAmI,
    session_model,
    user_model,
    workspace_model,
)
from rhapsode.api.studio_models import Done
from rhapsode.storage.users import get_user
from rhapsode.storage.workspaces import get_workspace
from rhapsode.studio.errors import SignInRefused
from rhapsode.studio.ids import SessionId
from rhapsode.studio.limits import SESSION_MAX_MS

router = APIRouter(prefix="/rhapsode/v1", tags=["people"], route_class=JsonRoute, strict_content_type=False)


@router.post("/session", summary="Sign in with a key")
def sign_in(response: Response, services: ServicesOf, caller: CallerOf) -> WhoAmI:
    """Have the browser keep a cookie in place of the key that this request carries: as its user, with their role."""
    if caller.kind != "key":
        msg = "Only an API key is exchanged for a session; send it as xi-api-key."
        raise SignInRefused(msg)
    new = sessions.begin_session(services.records, caller, "key")
    keep_session(response, services, new)
    return _who(services, caller, new.session.session_id)


@router.post(LINK_PATH.removeprefix(router.prefix), summary="Sign in with a link")
async def sign_in_with_link(
    request: Request, response: Response, services: ServicesOf, shown: ShownLink
) -> WhoAmI:
    """Have the browser keep a cookie that has opened a link of `rhapsode serve` or `rhapsode sign-in`; without a key.

    A link is good for one browser and for ten minutes. The session may do everything in the workspace `default`.
    """
    address = request.state.address
    try:
        welcomed = await run_in_threadpool(
            begin_linked_session, services.records, services.sign_in_links, shown.token, address=str(address)
        )
    except SignInRefused:
        # Here, in the event loop, which the counts belong to.
        request.state.failed_keys.note(address)
        raise
    keep_session(response, services, welcomed.new)
    return await run_in_threadpool(_who_was_welcomed, services, welcomed)


@router.get("/session", summary="Tell who asks")
def tell(services: ServicesOf, caller: CallerOf) -> WhoAmI:
    """Whose the request is, by its key, its session or the proxy in front, and what they may."""
    return _who(services, caller, caller.session_id)


@router.delete("/session", summary="Sign out")
def sign_out(response: Response, services: ServicesOf, caller: CallerOf) -> Done:
    """End the session that the request carries, if any, and have the browser forget it."""
    if caller.session_id is not None:
        sessions.end_session(services.records, caller, caller.session_id)
    delete_cookie(response, services.addresses, SESSION)
    return Done()


@router.get("/sessions", summary="List sessions")
def list_all(services: ServicesOf, caller: CallerOf) -> SessionList:
    """One's own sessions; those of the whole workspace for its admins. The newest first."""
    found = sessions.list_sessions(services.records, caller)
    return SessionList(sessions=[session_model(session, caller.session_id) for session in found])


@router.delete("/sessions/{session_id}", summary="End a session")
def end(session_id: str, services: ServicesOf, caller: CallerOf) -> Done:
    """Sign a browser out, wherever it is."""
    sessions.end_session(services.records, caller, SessionId(session_id))
    return Done()


def keep_session(response: Response, services: Services, new: sessions.NewSession) -> None:
    """Have the browser show a session from now on."""
    set_cookie(response, services.addresses, SESSION, new.secret, age_s=SESSION_MAX_MS // 1000)


def _who_was_welcomed(services: Services, welcomed: Welcomed) -> WhoAmI:
    return _who(services, welcomed.caller, welcomed.new.session.session_id)


def _who(services: Services, caller: Caller, session_id: SessionId | None) -> WhoAmI:
    with services.records.read(caller.workspace_id) as tx:
        workspace = get_workspace(tx)
        user = None if caller.user_id is None else get_user(tx, caller.user_id)
    return WhoAmI(
        workspace=workspace_model(workspace),
        user=None if user is None else user_model(user),
        role=caller.role,
        permissions=None if caller.allowed is None else sorted(caller.allowed),
        session_id=session_id,
    )
