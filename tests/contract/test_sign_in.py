"""Browsers: sessions, whose pages may use them, an identity provider, and proxies in front."""

import contextlib
from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.oidc_provider import CLAIMS, CLIENT_ID, CLIENT_SECRET, Provider, application, new_key
from tests.waiting import wait_until

from rhapsode.access.sign_in import SignInRule
from rhapsode.access.users import change_user, create_user, list_users
from rhapsode.net.addresses import Network
from rhapsode.net.oidc import OidcProvider
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import new_id

from .asking import raw_http
from .journeys import error_of
from .running import LiveServer, free_port, serving
from .signed_in import browser, key_of_user, served_to_browsers

SESSION = "/rhapsode/v1/session"
HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def signed_in(server: LiveServer) -> Iterator[httpx.Client]:
    """A browser that is signed in as an editor."""
    key = key_of_user(server, "editor", f"{new_id()}@example.org")
    with browser(server.url) as client:
        assert client.post(SESSION, headers={"xi-api-key": key}).status_code == 200
        yield client


@pytest.mark.usefixtures("key_memory_s")
def test_a_key_is_exchanged_for_a_cookie(server: LiveServer, signed_in: httpx.Client) -> None:
    """Which scripts can't read; with it the browser is who the key is, until it signs out."""
    (cookie,) = signed_in.cookies.jar
    assert cookie.name == "rhapsode-session"
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/", True)
    assert cookie.get_nonstandard_attr("SameSite") == "lax"

    told = signed_in.get(SESSION).json()
    (user,) = list_users(server.records, server.workspace_id)
    assert (told["user"]["user_id"], told["role"]) == (user.user_id, "editor")
    (session,) = signed_in.get("/rhapsode/v1/sessions").json()["sessions"]
    assert session["is_current"]
    secret = cookie.value
    assert secret is not None
    assert secret not in str(session)

    with browser(server.url, cookie=f"rhapsode-session={secret}") as other:
        assert other.get(SESSION).status_code == 200
        assert signed_in.delete(SESSION).json() == {"status": "ok"}
        assert not list(signed_in.cookies.jar)
        # Whoever has kept the cookie shows it in vain, as soon as the memory of it is gone.
        wait_until(lambda: other.get(SESSION).status_code != 200)
        assert error_of(other.get(SESSION)) == (401, "needs_authorization")


def test_over_tls_the_cookie_is_this_host_s_alone(server: LiveServer) -> None:
    """By the beginning of its name, which browsers hold servers to."""
    with (
        served_to_browsers(server, public_url="https://books.example.org/narration") as url,
        browser(url) as client,
    ):
        response = client.post(SESSION, headers={"xi-api-key": server.key})

    (cookie,) = response.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-rhapsode-session=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
    assert not any(part.startswith("domain") for part in parts)


@pytest.mark.parametrize(
    ("method", "headers", "is_let_in"),
    [
        ("GET", {"sec-fetch-site": "same-origin"}, True),
        ("GET", {"sec-fetch-site": "none"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, False),
        ("GET", {"origin": "https://evil.example"}, False),
        ("GET", {"host": "evil.example"}, False),
        ("GET", {"host": "rhapsode.evil.example:8000", "sec-fetch-site": "same-origin"}, False),
        ("POST", {}, False),
        ("POST", {"origin": "OWN"}, True),
        ("POST", {"origin": "null"}, False),
        ("POST", {"origin": "https://evil.example"}, False),
        ("POST", {"origin": "OWN.evil.example"}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, False),
        ("DELETE", {"origin": "OWN", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_pages_of_others_use_no_session(
    server: LiveServer, signed_in: httpx.Client, method: str, headers: dict[str, str], is_let_in: bool
) -> None:
    """Whatever a browser adds by itself counts only for requests of the server's own pages."""
    del signed_in.headers["sec-fetch-site"]
    sent = {name: value.replace("OWN", server.url) for name, value in headers.items()}

    response = signed_in.request(method, "/v1/studio/projects", headers=sent)

    if is_let_in:
        assert response.status_code in (200, 422), response.text
    else:
        assert error_of(response) == (403, "origin_not_allowed"), response.text


def test_a_key_needs_no_origin(server: LiveServer, signed_in: httpx.Client) -> None:
    """No browser adds one by itself; it counts before the cookie that is there too."""
    headers = {
        "xi-api-key": server.other_key,
        "origin": "https://example.org",
        "sec-fetch-site": "cross-site",
    }

    response = signed_in.get("/v1/user", headers=headers)

    assert response.json()["workspace_id"] == server.other_workspace_id


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider that runs."""
    made, port = Provider(), free_port()
    made.issuer = f"http://127.0.0.1:{port.getsockname()[1]}"
    made.claims |= {"sub": new_id(), "email": f"{new_id()}@example.org".lower()}
    with serving(application(made), listening=port):
        yield made


def oidc_of(provider: Provider) -> OidcProvider:
    return OidcProvider(provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


@pytest.fixture
def site(server: LiveServer, provider: Provider) -> Iterator[httpx.Client]:
    """A browser at a server that has this identity provider."""
    rule = SignInRule(role="viewer", role_claim="groups")
    with served_to_browsers(server, rule=rule, oidc=oidc_of(provider)) as url, browser(url) as client:
        yield client


def go(client: httpx.Client, path: str = "/rhapsode/v1/sign-in/oidc?return_to=/docs") -> httpx.Response:
    """Follow the way there and back up to where the server has said who that is."""
    there = client.get(path)
    assert there.status_code == 303, there.text
    back = client.get(there.headers["location"])
    assert back.status_code == 302
    return client.get(back.headers["location"])


def test_an_identity_provider_signs_somebody_in(site: httpx.Client, provider: Provider) -> None:
    """Who is made a user the first time, and is known again."""
    ways = site.get("/rhapsode/v1/sign-in").json()
    welcomed = go(site, urlsplit(ways["oidc_url"]).path + "?return_to=/docs")

    assert (welcomed.status_code, welcomed.headers["location"]) == (303, "/docs")
    first = site.get(SESSION).json()
    assert (first["user"]["login"], first["user"]["name"]) == (provider.claims["email"], CLAIMS["name"])
    assert (first["role"], first["workspace"]["workspace_id"]) == ("viewer", DEFAULT_WORKSPACE_ID)
    provider.claims["groups"] = ["staff", "editor"]
    go(site)
    again = site.get(SESSION).json()
    assert (again["user"]["user_id"], again["role"]) == (first["user"]["user_id"], "editor")


def test_a_provider_may_change_its_keys(site: httpx.Client, provider: Provider) -> None:
    """Its set is asked for again when a token is signed by one that was not there."""
    assert go(site).status_code == 303
    provider.change_key()
    assert go(site).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": [CLIENT_ID, "somebody else"]},
        {"nonce": "another"},
        {"exp": 1_000_000},
        {"sub": ""},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    site: httpx.Client, provider: Provider, wrong: dict[str, object]
) -> None:
    """And nobody is signed in."""
    provider.wrong = wrong

    assert error_of(go(site)) == (403, "sign_in_refused")
    assert site.get(SESSION).status_code == 401


def test_a_token_of_another_key_is_refused(site: httpx.Client, provider: Provider) -> None:
    """Whatever name that key is given."""
    provider.signs_with = new_key()

    assert error_of(go(site)) == (403, "sign_in_refused")


def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    server: LiveServer, site: httpx.Client, provider: Provider
) -> None:
    """Neither another browser's, nor the same one twice, nor one without its code."""
    with browser(str(site.base_url)) as other:
        back = other.get(other.get("/rhapsode/v1/sign-in/oidc").headers["location"]).headers["location"]
        site.get("/rhapsode/v1/sign-in/oidc")
        assert error_of(site.get(back)) == (403, "sign_in_refused")
        assert other.get(back).status_code == 303
        assert error_of(other.get(back)) == (403, "sign_in_refused")
    state = parse_qs(urlsplit(site.get("/rhapsode/v1/sign-in/oidc").headers["location"]).query)["state"][0]
    denied = site.get(f"/rhapsode/v1/sign-in/oidc/callback?state={state}&error=access_denied")
    assert error_of(denied) == (403, "sign_in_refused")
    assert "access_denied" in denied.json()["detail"]["message"]


def refusals(server: LiveServer) -> int:
    """How many of sign-ins stand in the audit log."""
    entries = list_audit_entries(server.records, since_ms=0, workspace_id=DEFAULT_WORKSPACE_ID)
    return sum(entry.action == "sign_in.refused" for entry in entries)


def test_who_is_vouched_for_and_refused_is_noted(
    server: LiveServer, provider: Provider, anonymous: httpx.Client
) -> None:
    """And nobody else: whoever has neither key nor account writes nothing into the log."""
    before = refusals(server)
    with (
        served_to_browsers(server, rule=SignInRule(role=None), oidc=oidc_of(provider)) as url,
        browser(url) as client,
    ):
        for stranger in (anonymous, client):
            refused = stranger.get("/rhapsode/v1/sign-in/oidc/callback?state=x&code=y")
            assert error_of(refused) == (403, "sign_in_refused")
        assert refusals(server) == before
        assert error_of(go(client)) == (403, "sign_in_refused")

    assert refusals(server) == before + 1


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb"])
def test_nobody_is_led_to_another_site(site: httpx.Client, target: str) -> None:
    """Whatever the link says that they came by."""
    path = httpx.URL("/rhapsode/v1/sign-in/oidc", params={"return_to": target})

    assert go(site, str(path)).headers["location"] == "/"


def test_a_provider_that_is_away_is_told(server: LiveServer) -> None:
    """As an error of the sign-in, and keys go on working."""
    oidc = OidcProvider("http://127.0.0.1:9", client_id=CLIENT_ID)
    with served_to_browsers(server, oidc=oidc) as url, browser(url) as client:
        assert error_of(client.get("/rhapsode/v1/sign-in/oidc")) == (403, "sign_in_refused")
        assert client.get("/v1/user", headers={"xi-api-key": server.key}).status_code == 200
    with pytest.raises(InvalidInput, match="https"):
        OidcProvider("http://login.example.org", client_id=CLIENT_ID)


def behind_a_proxy(server: LiveServer, rule: SignInRule) -> contextlib.AbstractContextManager[str]:
    """The server's application for a proxy on this machine that signs people in; its address."""
    return served_to_browsers(server, rule=rule, trusted_proxies=HERE, trust_remote_user=True)


def test_a_trusted_proxy_says_who_somebody_is(server: LiveServer) -> None:
    """Who is made a user the first time; a page of another site gains nothing by it."""
    name = f"{new_id()}@example.org".lower()
    with (
        behind_a_proxy(server, SignInRule(role="editor")) as url,
        browser(url, **{"remote-user": name, "x-forwarded-for": "6.6.6.6, 203.0.113.9"}) as client,
    ):
        told = client.get(SESSION).json()
        foreign = client.post("/v1/studio/projects", headers={"sec-fetch-site": "cross-site"})

    assert (told["user"]["login"], told["role"], told["session_id"]) == (name, "editor", None)
    assert error_of(foreign) == (403, "origin_not_allowed")


@pytest.mark.parametrize(
    ("trusted", "trust_remote_user"),
    [((), True), ((ip_network("10.0.0.0/8"), ip_network("fd00::/8")), True), (HERE, False)],
)
def test_anybody_else_s_word_counts_for_nothing(
    server: LiveServer, trusted: tuple[Network, ...], trust_remote_user: bool
) -> None:
    """Nor that of a proxy which is trusted with addresses alone; not even for a user who is there."""
    create_user(server.records, server.workspace_id, login=f"{new_id()}", role="admin")
    (user,) = list_users(server.records, server.workspace_id)
    with (
        served_to_browsers(server, trusted_proxies=trusted, trust_remote_user=trust_remote_user) as url,
        browser(url, **{"remote-user": user.login, "x-forwarded-for": "10.0.0.1"}) as client,
    ):
        assert error_of(client.get(SESSION)) == (401, "needs_authorization")


@pytest.mark.usefixtures("key_memory_s")
def test_where_nobody_new_is_let_in(server: LiveServer) -> None:
    """Whoever isn't a user is told so; who is one is out within seconds when they are disabled."""
    user = create_user(server.records, server.workspace_id, login=new_id(), role="viewer")
    with (
        behind_a_proxy(server, SignInRule(role=None)) as url,
        browser(url, **{"remote-user": new_id()}) as stranger,
        browser(url, **{"remote-user": user.login}) as client,
    ):
        assert error_of(stranger.get(SESSION)) == (403, "sign_in_refused")
        assert client.get(SESSION).json()["user"]["user_id"] == user.user_id
        change_user(server.records, server.workspace_id, user.user_id, disabled=True)
        wait_until(lambda: client.get(SESSION).status_code != 200)
        assert error_of(client.get(SESSION)) == (403, "sign_in_refused")


def test_a_session_of_the_workspace_s_key(server: LiveServer) -> None:
    """Is nobody's, and may do everything there; another workspace's is absent."""
    with browser(server.url) as client, raw_http(server.url, server.other_key) as other:
        begun = client.post(SESSION, headers={"xi-api-key": server.key}).json()
        assert (begun["user"], begun["permissions"]) == (None, None)
        path = f"/rhapsode/v1/sessions/{begun['session_id']}"
        assert error_of(other.delete(path)) == (404, "session_not_found")
        assert client.post(SESSION).status_code == 403
        assert client.delete(path).status_code == 200
