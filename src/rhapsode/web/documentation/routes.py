"""Routes of the documentation: open to everybody, and the same for all."""

import re
from hashlib import sha256

from fastapi import APIRouter, HTTPException, Request, Response

from rhapsode.web.documentation import markup
from rhapsode.web.documentation.site import ROOT, Site, join_for_programs, list_for_programs, make_site

router = APIRouter(include_in_schema=False)

_READ = ["GET", "HEAD"]
_HTML, _MARKDOWN, _TEXT = "text/html", "text/markdown", "text/plain"
_LIST, _FULL = "/llms.txt", "/llms-full.txt"
# Of HTML, of Markdown, and of the line below a page of `llms-full.txt`.
_LINK = re.compile(r'(?<=href=")/|(?<=\]\()/|(?<=^Source: )/', re.MULTILINE)
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.api_route(_LIST, methods=_READ)
def get_list(request: Request) -> Response:
    """All pages, by their addresses."""
    return _answer(request, list_for_programs(_site(request).pages), _TEXT)


@router.api_route(_FULL, methods=_READ)
def get_everything(request: Request) -> Response:
    """All pages in one file."""
    return _answer(request, join_for_programs(_site(request).pages), _TEXT)


@router.api_route(f"{ROOT}/style.css", methods=_READ)
def get_style(request: Request) -> Response:
    """How pages look."""
    return _answer(request, markup.STYLE.decode(), "text/css")


@router.api_route(f"{ROOT}.md", methods=_READ)
@router.api_route(ROOT, methods=_READ)
@router.api_route(f"{ROOT}/{{name:path}}", methods=_READ)
def get_page(request: Request) -> Response:
    """A page; with `.md` behind its path as Markdown, and with `/llms.txt` the list of what is below it."""
    site, path = _site(request), request.url.path
    if path.endswith(_LIST):
        pages = site.pages if path == f"{ROOT}{_LIST}" else site.below(path.removesuffix(_LIST))
        return _answer(request, list_for_programs(pages), _TEXT) if pages else _not_found(request, site)
    page = site.find(path.removesuffix(".md"))
    if page is None:
        return _not_found(request, site)
    if path.endswith(".md"):
        return _answer(request, page.markdown, _MARKDOWN)
    return _answer(request, markup.page_html(site, page), _HTML)


def _site(request: Request) -> Site:
    """All pages, made when somebody first asks for one: reading the routes takes a moment."""
    state = request.app.state
    if not hasattr(state, "documentation"):
        state.documentation = make_site(request.app.openapi())
    site: Site = state.documentation
    return site


def _answer(request: Request, text: str, media_type: str) -> Response:
    content = _below(request, text).encode()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    # Asked for again each time, and sent only when a new version says something else.
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": _POLICY,
        "etag": tag,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    if tag in _known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _below(request: Request, text: str) -> str:
    """The same with its links below the path at which the server is reached."""
    return _LINK.sub(request.scope.get("root_path", "") + "/", text)


def _known_tags(request: Request) -> set[str]:
    """What the client has. Compared weakly, as RFC 9110, section 13.1.2, says."""
    return {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}


def _not_found(request: Request, site: Site) -> Response:
    """A page for people, and for programs what they are told of every path that isn't there."""
    if _HTML not in request.headers.get("accept", ""):
        raise HTTPException(404)
    headers = {"content-security-policy": _POLICY, "x-content-type-options": "nosniff"}
    return Response(_below(request, markup.not_found_html(site)), 404, media_type=_HTML, headers=headers)
