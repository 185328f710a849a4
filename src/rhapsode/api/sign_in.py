"""Signing in at an identity provider: there and back again. Ours; no key is asked for.

What belongs to one sign-in is in a cookie of the browser that has begun it, for ten minutes: an answer that another
browser brings, or that nobody has asked for, signs nobody in.
"""

import json
import re
import secrets
from dataclasses import asdict
from functools import partial
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from rhapsode.access.audit import note_alone
from rhapsode.access.caller import Caller
from rhapsode.access.sessions import begin_session
from rhapsode.access.sign_in import Identity, identity_of, sign_in_by_identity
from rhapsode.api.addresses import SIGN_IN_PATH
from rhapsode.api.context import Services, ServicesOf
from rhapsode.api.cookies import SIGN_IN, delete_cookie, find_cookie, set_cookie
from rhapsode.api.errors import answer_error
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.people_models import SignInWays
from rhapsode.api.sessions import keep_session
from rhapsode.net.oidc import Attempt, OidcProvider, new_attempt
from rhapsode.storage.audit import acting
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.errors import RhapsodeError, SignInRefused
from rhapsode.studio.limits import SIGN_IN_WALL_S
from rhapsode.studio.people import User

log = structlog.get_logger()
router = APIRouter(prefix=SIGN_IN_PATH, tags=["people"], route_class=JsonRoute, strict_content_type=False)

_ASKING = OwnThreads("sign-in", 4)  # each may wait for a provider that hangs, and anybody may have it asked
_BACK = f"{SIGN_IN_PATH}/oidc/callback"
# A path of this server: no other site is led to, by whatever trick of spelling.
_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/._~?=&%-]{0,500}")
_Text = Annotated[str | None, Query(max_length=4096)]


@router.get("", summary="Tell how to sign in")
def tell_ways(services: ServicesOf) -> SignInWays:
    """What a page offers to somebody who isn't signed in."""
    url = None if services.oidc is None else services.addresses.of(f"{SIGN_IN_PATH}/oidc")
    return SignInWays(oidc_url=url)


@router.get("/oidc", include_in_schema=False)
async def begin(services: ServicesOf, return_to: Annotated[str, Query(max_length=501)] = "/") -> Response:
    """Send a browser to the identity provider. return_to: a path of this server where it is led in the end."""
    provider, attempt = _provider(services), new_attempt()
    asked = partial(provider.authorization_url, attempt, redirect_url=services.addresses.of(_BACK))
    url = await _ASKING.run(asked)
    response = RedirectResponse(url, 303)
    kept = asdict(attempt) | {"return_to": return_to if _OWN_PATH.fullmatch(return_to) else "/"}
    value = json.dumps(kept, separators=(",", ":")).encode().hex()
    set_cookie(response, services.addresses, SIGN_IN, value, age_s=SIGN_IN_WALL_S)
    return response


@router.get("/oidc/callback", include_in_schema=False)
async def come_back(
    request: Request,
    services: ServicesOf,
    state: _Text = None,
    code: _Text = None,
    iss: _Text = None,
    error: _Text = None,
) -> Response:
    """Where the identity provider leads a browser to: from then on it is signed in."""
    try:
        response = await _ASKING.run(
            partial(_signed_in, request, services, state=state, code=code, issuer=iss, problem=error)
        )
    except RhapsodeError as refused:
        log.info("sign_in.refused", code=refused.code)
        response = answer_error(request, refused)
    delete_cookie(response, services.addresses, SIGN_IN)
    return response


def _signed_in(
    request: Request,
    services: Services,
    *,
    state: str | None,
    code: str | None,
    issuer: str | None,
    problem: str | None,
) -> Response:
    provider = _provider(services)
    attempt, return_to = _begun(request, services)
    if state is None or not secrets.compare_digest(state.encode(), attempt.state.encode()):
        msg = "This sign-in was begun elsewhere. Begin again."
        raise SignInRefused(msg)
    if code is None:
        msg = f"The identity provider says: {problem or 'nothing'}. Begin again."
        raise SignInRefused(msg)
    claims = provider.redeem(code, attempt, redirect_url=services.addresses.of(_BACK), issuer=issuer)
    return _welcomed(request, services, _vouched_user(services, identity_of(claims)), return_to)


def _vouched_user(services: Services, identity: Identity) -> User:
    """Who that is here. Of all refusals only these are noted: anybody can have the others, as often as they like."""
    try:
        return sign_in_by_identity(services.records, services.sign_in_rule, identity)
    except RhapsodeError as refused:
        note_alone(services.records, DEFAULT_WORKSPACE_ID, "sign_in.refused", detail=refused.code)
        raise


def _welcomed(request: Request, services: Services, user: User, return_to: str) -> Response:
    caller = Caller("session", user.workspace_id, user_id=user.user_id, role=user.role)
    with acting(caller.actor(str(request.state.address))):
        new = begin_session(services.records, caller, "oidc")
    response = RedirectResponse(services.addresses.prefix + return_to, 303)
    keep_session(response, services, new)
    return response


def _begun(request: Request, services: Services) -> tuple[Attempt, str]:
    """What the browser has kept since it was sent away. Raises: SignInRefused."""
    try:
        kept = json.loads(bytes.fromhex(find_cookie(request, services.addresses, SIGN_IN) or ""))
        return Attempt(kept["state"], kept["nonce"], kept["verifier"]), kept["return_to"]
    except (ValueError, KeyError, TypeError):
        msg = "This sign-in took too long, or the browser keeps no cookies. Begin again."
        raise SignInRefused(msg) from None


def _provider(services: Services) -> OidcProvider:
    if services.oidc is None:
        msg = "This server has no identity provider: see RHAPSODE_OIDC_ISSUER. Sign in with a key."
        raise SignInRefused(msg)
    return services.oidc
