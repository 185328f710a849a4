"""What the document of the API says of answers that are bytes: types, headers, and how a download is gone on with.

Source: RFC 9110, as `byte_routes` answers it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import APIRouter, Response

Route = TypeVar("Route", bound=Callable[..., Any])

Answers = dict[int | str, dict[str, Any]]
"""What a route says of its answers, by status."""

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def _headers(**said: str) -> dict[str, Any]:
    return {
        name.replace("_", "-").title(): {"description": text, "schema": {"type": "string"}}
        for name, text in said.items()
    }


_KNOWN = _headers(
    etag="Of these bytes: as long as it is the same, so are they.",
    last_modified="When what it is made of was made.",
)
_FILE = _KNOWN | _headers(
    content_length="How many bytes follow, exactly.",
    content_disposition="What the file is called, in ASCII and in Unicode.",
    accept_ranges="`bytes`: any part can be asked for, and a download that broke off can be gone on with.",
)
_ADDRESS = _headers(content_location="Where the same bytes are had by GET, below the address of the server.")
_RANGE = _headers(content_range="Which bytes of how many these are.")
_SIZE = _headers(content_range="How many bytes the file has.")

RANGE_PARAMETERS: Mapping[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in {
            "Range": "One stretch of the file, such as `bytes=1000-`. Several are answered with the whole.",
            "If-Range": "The `ETag` of what is there already: if the file has another, all of it is sent.",
            "If-None-Match": "The `ETag` of what is there already: if the file has it, nothing is sent (304).",
        }.items()
    ]
}
"""What a route that sends files says of the headers that it heeds (`openapi_extra`)."""


def file_of(*media_types: str) -> Answers:
    """Of a file by GET."""
    content = dict.fromkeys(media_types, _BINARY)
    return {
        200: {"description": "The file.", "content": content, "headers": _FILE},
        206: {
            "description": "The part of it that `Range` asks for.",
            "content": content,
            "headers": _FILE | _RANGE,
        },
        304: {"description": "It is what `If-None-Match` or `If-Modified-Since` names.", "headers": _KNOWN},
        412: {
            "description": "It isn't what `If-Match` or `If-Unmodified-Since` names.",
            "content": _ERROR,
        },
        416: {"description": "It has none of the bytes asked for.", "content": _ERROR, "headers": _SIZE},
    }


def posted_file_of(*media_types: str, description: str = "The file.") -> Answers:
    """Of a file by POST, which has an address where it is had by GET."""
    content = dict.fromkeys(media_types, _BINARY)
    return {200: {"description": description, "content": content, "headers": _FILE | _ADDRESS}}


def file_route(router: APIRouter, path: str, *, summary: str, responses: Answers) -> Callable[[Route], Route]:
    """Let a function answer GET and HEAD of a file, which may be asked for in parts. responses: see `file_of`."""

    def decorate(route: Route) -> Route:
        parameters = dict(RANGE_PARAMETERS)
        router.get(
            path, summary=summary, response_class=Response, responses=responses, openapi_extra=parameters
        )(route)
        router.head(path, include_in_schema=False)(route)
        return route

    return decorate
