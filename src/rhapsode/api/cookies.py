"""The cookies of browsers that are signed in, or about to be.

Over TLS their names begin with `__Host-`, so that neither another host of the domain nor a page without TLS can set
them. Scripts can't read them, and pages of other sites don't send them along with what they ask for.
Source: RFC 6265bis, sections 4.1.3.2 and 5.6.7.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from rhapsode.api.addresses import Addresses

SESSION = "rhapsode-session"
SIGN_IN = "rhapsode-sign-in"


def find_cookie(request: HTTPConnection, addresses: Addresses, name: str) -> str | None:
    """What the browser shows; None for nothing."""
    return request.cookies.get(_full_name(addresses, name)) or None


def set_cookie(response: Response, addresses: Addresses, name: str, value: str, *, age_s: int) -> None:
    """Have the browser keep something for so long."""
    response.set_cookie(
        _full_name(addresses, name),
        value,
        max_age=age_s,
        path="/",
        secure=addresses.is_secure,
        httponly=True,
        # Not strict: whoever comes back from an identity provider would have to sign in again and again.
        samesite="lax",
    )


def delete_cookie(response: Response, addresses: Addresses, name: str) -> None:
    """Have the browser forget it."""
    full_name = _full_name(addresses, name)
    response.delete_cookie(full_name, path="/", secure=addresses.is_secure, httponly=True, samesite="lax")


def _full_name(addresses: Addresses, name: str) -> str:
    return f"__Host-{name}" if addresses.is_secure else name
