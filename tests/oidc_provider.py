"""A real identity provider on this machine: keys of its own, one person who is always signed in, PKCE and all."""

import base64
import functools
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "rhapsode", "a secret & more"
CLAIMS = {"sub": "4711", "email": "ida@example.org", "email_verified": True, "name": "Ida Strand"}


def new_key() -> RSAKey:
    """A key that no other is like."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@functools.cache
def _first_key() -> RSAKey:
    # All begin with the same one: to find its primes takes a tenth of a second.
    return new_key()


@dataclass
class Provider:
    """issuer: its address, once it is served.

    claims: what it says of everybody who comes.    wrong: what it says in place of what is right.
    """

    issuer: str = ""
    key: RSAKey = field(default_factory=_first_key)
    claims: dict[str, Any] = field(default_factory=lambda: dict(CLAIMS))
    wrong: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def change_key(self) -> None:
        """Sign with another key from now on, which the set has in place of the old one."""
        self.key = new_key()

    def token(self, asked: dict[str, str]) -> str:
        """An ID token for whoever has redeemed a code."""
        now = int(time.time())
        claims = self.claims | {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        key = self.signs_with or self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims | self.wrong, key)


def application(provider: Provider) -> FastAPI:
    """What it answers. Source: OpenID Connect Core 1.0 and Discovery 1.0."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discover() -> dict[str, Any]:
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return dict(KeySet([provider.key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        provider.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": provider.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 302)

    @app.post("/token")
    async def redeem(request: Request) -> JSONResponse:
        sent = {name: str(value) for name, value in (await request.form()).items()}
        known = base64.b64encode(f"{CLIENT_ID}:a%20secret%20%26%20more".encode()).decode()
        asked = provider.codes.pop(sent.get("code", ""), None)
        if request.headers.get("authorization") != f"Basic {known}":
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or sent.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": provider.token(asked), "token_type": "Bearer", "access_token": "x"})

    return app
