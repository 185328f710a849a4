"""The Studio page: files that the build has made of `frontend/`, open to everybody, as they say nothing of anybody.

Whoever opens it signs in there, and from then on it asks the public API like any other client. No script, style or
address of another place is in it, and the policy allows none: what people write is never taken for markup.
Source: Content Security Policy Level 3; Trusted Types.
"""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from mimetypes import guess_type

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from rhapsode.web.page_policy import PAGE_HEADERS

router = APIRouter(include_in_schema=False)

_FILES = files("rhapsode.web") / "page_files"
_READ = ["GET", "HEAD"]
# The names of these files tell what is in them: another content has another name.
_FOREVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NEVER = re.compile(r";q=0(?:\.0*)?$")
_MISSING = (
    "<!doctype html><html lang=en><title>Rhapsode</title><h1>Rhapsode</h1>"
    "<p>This server was built without its Studio page. The API answers all the same: see "
    "<a href=docs>its documentation</a>."
)


@router.api_route("/", methods=_READ)
def get_page(request: Request) -> Response:
    """The page. It is asked for anew each time, and sent when another version is here.

    Its files have addresses beside its own, so below a path it needs the slash at the end.
    """
    prefix = request.scope.get("root_path", "")
    if prefix and not request.scope.get("raw_path", b"/").partition(b"?")[0].endswith(b"/"):
        return RedirectResponse(f"{prefix}/", 308)
    if "index.html" not in _built_files():
        return Response(_MISSING, 404, media_type="text/html", headers=PAGE_HEADERS)
    response = _answered(request, "index.html", "no-cache")
    response.headers.update(PAGE_HEADERS)
    return response


@router.api_route("/assets/{name}", methods=_READ)
def get_asset(request: Request, name: str) -> Response:
    """A script, a style or a picture of the page. Raises: HTTPException, 404."""
    if f"assets/{name}" not in _built_files():
        raise HTTPException(404)
    return _answered(request, f"assets/{name}", _FOREVER)


def _answered(request: Request, name: str, cache_control: str) -> Response:
    encoding, suffix = _encoding(request, name)
    content = _built_files()[f"{name}{suffix}"]
    headers = {
        "cache-control": cache_control,
        "etag": f'"{sha256(content).hexdigest()[:32]}"',
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["content-encoding"] = encoding
    return Response(content, media_type=_media_type(name), headers=headers)


def _encoding(request: Request, name: str) -> tuple[str, str]:
    """What the client takes, smallest first, and how the file is called that has it. Source: RFC 9110, 12.5.3."""
    sent = request.headers.get("accept-encoding", "").lower().replace(" ", "")
    taken = {part.partition(";")[0] for part in sent.split(",") if not _NEVER.search(part)}
    for encoding, suffix in _ENCODINGS:
        if encoding in taken and f"{name}{suffix}" in _built_files():
            return encoding, suffix
    return "", ""


def _media_type(name: str) -> str:
    return guess_type(name, strict=False)[0] or "application/octet-stream"


@cache
def _built_files() -> dict[str, bytes]:
    """All files of the page by their names. Nothing else is looked for, or kept, whatever name somebody asks for."""
    return dict(_read_all(_FILES, "")) if _FILES.is_dir() else {}


def _read_all(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _read_all(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()
