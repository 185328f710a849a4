"""The page of a player: plain HTML with its files, for everybody who knows its token.

It is shown in frames of other sites, so it names nothing but itself, and nothing of what people have written can
become markup, style or script: texts are escaped, colours checked, and the policy forbids all that isn't a file here.
"""

from html import escape
from importlib.resources import files
from string import Template

from fastapi import APIRouter, Request, Response

from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import ServicesOf
from rhapsode.delivery.downloads import open_project_audio
from rhapsode.delivery.players import OpenPlayer, find_origin, open_player
from rhapsode.studio.errors import PlayerNotFound

router = APIRouter(prefix="/player", include_in_schema=False)

_FILES = files("rhapsode.web") / "player_files"
_PAGE = Template((_FILES / "player.html").read_text("utf-8"))
_STATIC = {"player.css": "text/css", "player.js": "text/javascript"}
_READ = ["GET", "HEAD"]
_MAKING = "The audio is being made."
_NOTHING = "There is no audio yet."


@router.api_route("/static/{name}", methods=_READ)
def get_file(name: str) -> Response:
    """The style and the script that all players have."""
    if name not in _STATIC:
        raise PlayerNotFound
    headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
    return Response((_FILES / name).read_bytes(), media_type=_STATIC[name], headers=headers)


@router.api_route("/{token}", methods=_READ)
def get_page(token: str, services: ServicesOf) -> Response:
    """The page. Raises: PlayerNotFound."""
    opened = open_player(services.records, token)
    return Response(_page(opened), media_type="text/html", headers=_headers(opened))


@router.api_route("/{token}/colors.css", methods=_READ)
def get_colors(token: str, services: ServicesOf) -> Response:
    """The colours of one player, in a file because the policy allows no style in the page."""
    settings = open_player(services.records, token).player.settings
    style = f":root {{ --text: {settings.text_color}; --background: {settings.background_color}; }}\n"
    return Response(style, media_type="text/css", headers=_plain_headers())


@router.api_route("/{token}/audio", methods=_READ)
def get_audio(token: str, request: Request, services: ServicesOf) -> Response:
    """What is heard: the published snapshot as one file, which browsers fetch in parts. Raises: PlayerNotFound."""
    opened = open_player(services.records, token)
    if opened.snapshot_id is None:
        raise PlayerNotFound
    audio = open_project_audio(
        services.records,
        services.blobs,
        opened.workspace_id,
        opened.project.project_id,
        opened.snapshot_id,
    )
    return download_response(request, audio, disposition="inline")


def _page(opened: OpenPlayer) -> str:
    settings = opened.player.settings
    author = escape(opened.author)
    return _PAGE.substitute(
        language=escape(opened.project.language),
        title=escape(opened.title),
        author=f"<p>{author}</p>\n" if author else "",
        image=f'<img src="{escape(settings.image)}" alt="">\n' if settings.image else "",
        size="small" if settings.small else "large",
        minutes=settings.sessionization,
        token=opened.player.token,
        audio=_audio(opened),
    )


def _audio(opened: OpenPlayer) -> str:
    if opened.snapshot_id is not None:
        source = f"{opened.player.token}/audio"
        return f'<audio controls preload="metadata" src="{source}" aria-label="{escape(opened.title)}"></audio>\n'
    if opened.state == "default":
        return f'<p role="status">{_NOTHING}</p>\n'
    return f'<p role="status" data-making>{_MAKING}</p>\n'


def _headers(opened: OpenPlayer) -> dict[str, str]:
    image = opened.player.settings.image
    origin = find_origin(image) if image else None
    allowed = origin or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; "
        f"img-src {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
    return _plain_headers() | {"content-security-policy": policy}


def _plain_headers() -> dict[str, str]:
    """Of what changes with its player. The address is a secret, so no other site is told it."""
    return {
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
