"""What a browser shows by itself, a cookie or a proxy's word, counts only for requests of the server's own pages.

A page of another site can have a browser send requests here, with the cookie or through the proxy, and another name
for this machine can make its pages look like ours (OWASP ASVS 5, 3.5). Who sends a key isn't asked: no browser adds
one by itself.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from rhapsode.access.rule import hostname_of, is_loopback

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})


def is_foreign(request: HTTPConnection, url: str) -> bool:
    """Whether a request may come from a page of another site. url: what this server is reached at.

    Somebody who follows a link from elsewhere is let in: what that does is to read. Everything else has to say that
    it is from here, by `Origin` or `Sec-Fetch-Site`, which browsers send and pages can't change.
    """
    headers = request.headers
    host, origin, site = headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")
    if not _is_own_host(host, url):
        return True
    if origin is not None and not _is_own_origin(origin, host, url):
        return True
    is_http = request.scope["type"] == "http"
    is_safe = is_http and request.scope["method"] in _SAFE_METHODS
    if site is not None and site not in _OWN_SITES:
        return not (is_safe and headers.get("sec-fetch-mode") == "navigate")
    return not is_safe and origin is None and site is None


def _is_own_host(host: str, url: str) -> bool:
    """The name that the server is known by, or one that nobody can let lead elsewhere: an address, or localhost."""
    name = hostname_of(f"//{host}")
    return name == hostname_of(url) or is_loopback(name) or _is_address(name)


def _is_own_origin(origin: str, host: str, url: str) -> bool:
    own = urlsplit(url)
    # A proxy in front speaks TLS, and may hand on another port; the name is the same.
    return origin == f"{own.scheme}://{own.netloc}" or origin in (f"http://{host}", f"https://{host}")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
