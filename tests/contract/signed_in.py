"""The application of a server once more, for browsers: where they sign in, and what they show."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_in import SignInRule
from rhapsode.access.sign_ins import SignIns
from rhapsode.access.users import create_user
from rhapsode.api.addresses import Addresses
from rhapsode.api.server import create_app
from rhapsode.net.addresses import Network
from rhapsode.net.oidc import OidcProvider
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.people import Role

from .asking import NO_AUTHORITIES
from .running import LiveServer, free_port, serving


def key_of_user(
    server: LiveServer, role: Role, login: str, *, workspace_id: WorkspaceId | None = None
) -> str:
    """The key of a new user of a workspace, by default the server's first."""
    where = workspace_id or server.workspace_id
    user = create_user(server.records, where, login=login, role=role)
    return create_api_key(server.records, where, name=login, user_id=user.user_id).secret


@contextlib.contextmanager
def served_to_browsers(
    server: LiveServer,
    *,
    rule: SignInRule | None = None,
    oidc: OidcProvider | None = None,
    trusted_proxies: tuple[Network, ...] = (),
    trust_remote_user: bool = False,
    public_url: str | None = None,
) -> Iterator[str]:
    """The server's application with other settings; its address. public_url: what it is called, if not that."""
    sign_in_rule, port = rule or SignInRule(), free_port()
    url = f"http://127.0.0.1:{port.getsockname()[1]}"
    services = replace(
        server.services, addresses=Addresses(public_url or url), oidc=oidc, sign_in_rule=sign_in_rule
    )
    access = AccessRule(
        partial(find_owner, server.records),
        sign_ins=SignIns(server.records, sign_in_rule),
        trusted_proxies=trusted_proxies,
        trust_remote_user=trust_remote_user,
    )
    with serving(create_app(services, access=access), listening=port) as served:
        yield served


def browser(url: str, **headers: str) -> httpx.Client:
    """What keeps cookies, and says of everything it sends that it is of a page of the server."""
    own: dict[str, Any] = {"sec-fetch-site": "same-origin"} | headers
    return httpx.Client(base_url=url, headers=own, timeout=60, verify=NO_AUTHORITIES)
