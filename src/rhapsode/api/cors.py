"""Pages of any origin may call: they bring a key, and no browser adds one by itself.

Source: NOTES of the contract, Response headers. They are on errors too, or a page couldn't read what was wrong.
"""

from collections.abc import Mapping

from starlette.requests import Request

CORS_HEADERS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "POST, PATCH, OPTIONS, DELETE, GET, PUT",
    "access-control-max-age": "600",
    "access-control-expose-headers": (
        "request-id, history-item-id, character-cost, regeneration-count, generation-info, "
        "current-concurrent-requests, maximum-concurrent-requests, collect-preference, "
        # Of ours: what a page goes on with a download by, and what it calls the file.
        "etag, accept-ranges, content-range, content-location, content-disposition, "
        "rhapsode-partial, rhapsode-chapters, rhapsode-progress"
    ),
}


def is_preflight(request: Request) -> bool:
    """Whether a browser asks, without a key, if it may send what a page wants to send."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers
