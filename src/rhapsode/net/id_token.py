"""ID tokens of an identity provider: who has signed them, for whom, and until when.

Source: OpenID Connect Core 1.0, section 3.1.3.7.
"""

from collections.abc import Mapping
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from rhapsode.studio.errors import SignInRefused
from rhapsode.studio.limits import OIDC_CLOCK_SKEW_S

_SIGNED_BY = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""By keys of which the provider keeps one half to itself: never `none`, and never by what both know."""


class UnknownKey(Exception):
    """The token is signed by a key that the set hasn't: the provider may have a new one."""


def read_id_token(
    token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str
) -> Mapping[str, Any]:
    """What a token says, once everything about it is right. keys: the provider's, as a JSON Web Key Set.

    Raises: UnknownKey; SignInRefused.
    """
    rules = jwt.JWTClaimsRegistry(
        leeway=OIDC_CLOCK_SKEW_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        key_set = KeySet.import_key_set(cast("KeySetSerialization", keys))
        claims = jwt.decode(token, key_set, algorithms=_SIGNED_BY).claims
        rules.validate(claims)
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refusal(str(error) or type(error).__name__) from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise _refusal("it is for somebody else too")
    return claims


def _refusal(why: str) -> SignInRefused:
    return SignInRefused(f"The identity provider's ID token can't be used: {why}. Sign in again.")
