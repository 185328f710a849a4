"""Signing in at an identity provider that the server's owner has named, by OpenID Connect.

The authorization code flow with PKCE. The provider isn't guarded as addresses of clients are: it may well be on the
same network, or this machine. Nothing is kept here of who is on the way: the browser carries that along (`Attempt`).
Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (`iss` in the answer).
"""

import base64
import hashlib
import json
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog

from rhapsode.studio.errors import InvalidInput, SignInRefused
from rhapsode.studio.limits import MAX_OIDC_ANSWER_BYTES, OIDC_AWAY_S, OIDC_METADATA_S, OIDC_WALL_S

_log = structlog.get_logger()
_DISCOVERY = "/.well-known/openid-configuration"
_SCOPE = "openid email profile"
_RANDOM_BYTES = 32
_AWAY = "The identity provider doesn't answer as it should; the server's log says why. Try again later."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in on its way. What only the browser that has begun it may bring back; none of it is told elsewhere.

    state: comes back with the answer.    nonce: comes back in the token.    verifier: shows who redeems the code.
    """

    state: str
    nonce: str
    verifier: str


def new_attempt() -> Attempt:
    """Three times 256 random bits."""
    return Attempt(*(secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3)))


class OidcProvider:
    """An identity provider, for any number of threads; each call blocks for as long as a few answers take.

    That it is away is remembered for some seconds too: whoever asks may be anybody.

    issuer: its address; https, but on this machine.    client_secret: None for a public client.
    Raises: InvalidInput, for an issuer that others on the way could pretend to be.
    """

    def __init__(self, issuer: str, *, client_id: str, client_secret: str | None = None) -> None:
        _check_private(issuer)
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._remembered: dict[str, tuple[float, Mapping[str, Any] | None]] = {}

    def authorization_url(self, attempt: Attempt, *, redirect_url: str) -> str:
        """Where a browser is sent to sign in. redirect_url: where it comes back. Raises: SignInRefused."""
        challenge = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_url,
            "scope": _SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        place = self._endpoint("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    def redeem(
        self, code: str, attempt: Attempt, *, redirect_url: str, issuer: str | None = None
    ) -> Mapping[str, Any]:
        """What the provider says of whoever has come back with a code, with `iss` and `sub`.

        issuer: who the answer says it is from, where it does.    Raises: SignInRefused.
        """
        # To import what checks signatures takes a moment, which only those who sign in need wait for.
        from rhapsode.net.id_token import UnknownKey, read_id_token

        if issuer is not None and issuer != self._issuer:
            msg = "This answer is from another identity provider. Sign in again."
            raise SignInRefused(msg)
        token = self._exchange(code, attempt, redirect_url)
        asked = {"issuer": self._issuer, "client_id": self._client_id, "nonce": attempt.nonce}
        try:
            return read_id_token(token, self._keys(), **asked)
        except UnknownKey:
            self._remembered.pop(self._endpoint("jwks_uri"), None)
        try:
            return read_id_token(token, self._keys(), **asked)
        except UnknownKey:
            msg = "The identity provider's ID token is signed by nobody that it knows. Sign in again."
            raise SignInRefused(msg) from None

    def _exchange(self, code: str, attempt: Attempt, redirect_url: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_url,
            "code_verifier": attempt.verifier,
        }
        auth: tuple[str, str] | None = None
        methods = self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self._client_secret is not None and "client_secret_basic" in methods:
            auth = (quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
        else:
            form["client_id"] = self._client_id
            form |= {} if self._client_secret is None else {"client_secret": self._client_secret}
        answer = self._ask("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            why = answer.get("error", "no token came")
            msg = f"The identity provider didn't take the code: {why}. Sign in again."
            raise SignInRefused(msg)
        return token

    def _keys(self) -> Mapping[str, Any]:
        return self._get(self._endpoint("jwks_uri"))

    def _endpoint(self, name: str) -> str:
        place = self._metadata().get(name)
        if not isinstance(place, str):
            _log.error("oidc.failed", problem=f"no {name}")
            raise SignInRefused(_AWAY)
        _check_private(place)
        return place

    def _metadata(self) -> Mapping[str, Any]:
        said = self._get(self._issuer.rstrip("/") + _DISCOVERY)
        if said.get("issuer") != self._issuer:
            _log.error("oidc.failed", problem="another issuer", issuer=str(said.get("issuer"))[:200])
            raise SignInRefused(_AWAY)
        return said

    def _get(self, url: str) -> Mapping[str, Any]:
        """What is there, at most an hour old. Raises: SignInRefused."""
        until_s, known = self._remembered.get(url, (0.0, None))
        if time.monotonic() < until_s:
            return _there(known)
        answer = None
        try:
            answer = self._ask("GET", url)
            if "error" in answer:
                _log.error("oidc.failed", url=url, problem=str(answer["error"])[:200])
                answer = None
        finally:
            age_s = OIDC_AWAY_S if answer is None else OIDC_METADATA_S
            self._remembered[url] = time.monotonic() + age_s, answer
        return _there(answer)

    def _ask(self, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
        """A JSON object, also where it tells of an error. Raises: SignInRefused."""
        until_s = time.monotonic() + OIDC_WALL_S
        headers = {"accept": "application/json"}
        try:
            with (
                httpx.Client(timeout=OIDC_WALL_S, headers=headers, verify=self._ssl_context) as client,
                client.stream(method, url, **sent) as response,
            ):
                body = _read(response, until_s)
            answer = json.loads(body)
            if isinstance(answer, dict) and (response.is_success or "error" in answer):
                return answer
            problem = f"status {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            problem = str(error) or type(error).__name__
        _log.error("oidc.failed", url=url, problem=problem)
        raise SignInRefused(_AWAY)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # To read all authorities takes some 20 ms, and a sign-in asks three times.
        return httpx.create_ssl_context()


def _there(answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if answer is None:
        raise SignInRefused(_AWAY)
    return answer


def _read(response: httpx.Response, until_s: float) -> bytes:
    """What comes until a moment of `time.monotonic`. Raises: ValueError, when there is more, of time or of bytes."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        # The library's own limit is of each wait.
        if time.monotonic() > until_s:
            msg = "the answer takes too long"
            raise ValueError(msg)
        if len(body) > MAX_OIDC_ANSWER_BYTES:
            msg = "the answer is too long"
            raise ValueError(msg)
    return body


def _check_private(url: str) -> None:
    """That nobody on the way hears what is said, or says something else. Raises: InvalidInput."""
    place = urlsplit(url)
    is_here = place.hostname in ("localhost", "127.0.0.1", "::1")
    if not place.hostname or not (place.scheme == "https" or (place.scheme == "http" and is_here)):
        msg = f"An identity provider is reached by https, and {url} isn't such an address (RHAPSODE_OIDC_ISSUER)."
        raise InvalidInput(msg)
