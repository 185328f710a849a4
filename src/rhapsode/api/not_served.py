"""Routes of the original that this server hasn't: known, and answered at once with what to do instead.

As 404, because both official SDKs repeat a request for seconds that is answered 501. Before bodies are looked at,
because who sends a film to be dubbed needn't send all of it to hear this.
"""

import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rhapsode.api.errors import error_response
from rhapsode.api.refusals import Refusal
from rhapsode.api.websockets import is_served, refuse_websocket

CODE = "not_implemented"
DOCUMENTATION_PATH = "/docs/compatibility"

_CLONING = (
    "That isn't done here: POST /v1/voices/add makes a voice, and GET /v1/voices lists those that there are."
)
_LIBRARY = "There is no voice library here: GET /v1/voices lists the voices that are installed."
_DESIGN = "Voices can't be designed here: choose an installed one from GET /v1/voices."
_SPEECH = (
    "Speech can't be turned into other speech here: send its text to POST /v1/text-to-speech/{voice_id}."
)
_AGENTS = (
    "There are no agents here: connect your own language model to POST /v1/text-to-speech/{voice_id}/stream."
)
_DUBBING = "Nothing is dubbed here: narrate a translated text with POST /v1/studio/projects."
_TRANSCRIPTS = (
    "Speech isn't transcribed here; where its text is known, POST /v1/forced-alignment says when it is heard."
)
_MUSIC = "No music is made here: only texts become sound, with POST /v1/text-to-speech/{voice_id}."
_EFFECTS = "No sound effects are made here: only texts become sound, with POST /v1/text-to-speech/{voice_id}."
_ISOLATION = (
    "Recordings aren't cleaned of noise here: do that before you send them to POST /v1/forced-alignment."
)
_WORKSPACE = (
    "Workspaces aren't shared in groups here: /rhapsode/v1/users and /rhapsode/v1/keys say who works in one."
)
_TOKENS = "There are no single-use tokens here: send an API key as xi-api-key."
_FLOWS = (
    "There are no flows, productions, pictures or films here: narrate texts with POST /v1/studio/projects."
)
_USAGE = "Usage isn't broken down here: GET /v1/user/subscription counts the characters of this month."
_LEGACY = "This address is older than Studio: use the same one under /v1/studio/projects."
_INPUT = (
    "One voice at a time is fed through a WebSocket here: open /v1/text-to-speech/{voice_id}/stream-input."
)
_ONE_WEBSOCKET = "The only WebSocket here is /v1/text-to-speech/{voice_id}/stream-input."

_ROUTES: Sequence[tuple[str, str]] = (
    (r"/v1/speech-to-text(/.*)?", _TRANSCRIPTS),
    (r"/v1/translation(/.*)?", _TRANSCRIPTS),
    (r"/v1/(sound-generation|audio-effects)(/.*)?", _EFFECTS),
    (r"/v1/audio-isolation(/.*)?", _ISOLATION),
    (r"/v1/(speech-to-speech|voice-changer)(/.*)?", _SPEECH),
    (r"/v1/(text-to-voice|voice-generation)(/.*)?", _DESIGN),
    (r"/v1/voices/(add/.*|(pvc|ivc)(/.*)?)", _CLONING),
    (r"/v1/voices/[^/]+/(samples|replicate-to-isolated-environment)(/.*)?", _CLONING),
    (r"/v1/(shared-voices|similar-voices)(/.*)?", _LIBRARY),
    (r"/v1/voices/(accents|collections)(/.*)?", _LIBRARY),
    (r"/v1/dubbing(/.*)?", _DUBBING),
    (r"/v1/music(/.*)?", _MUSIC),
    (r"/v1/(convai|speech-engine)(/.*)?", _AGENTS),
    (r"/v1/(flows|productions|assets)(/.*)?", _FLOWS),
    (r"/v1/(usage|workspace/analytics)(/.*)?", _USAGE),
    (r"/v1/workspace/(?!webhooks(/|$)).+", _WORKSPACE),
    (r"/v1/(workspaces|service-accounts)(/.*)?", _WORKSPACE),
    (r"/v1/(single-use-token|tokens)(/.*)?", _TOKENS),
    (r"/v1/projects(/.*)?", _LEGACY),
    (r"/v1/(text-to-speech/[^/]+|text-to-dialogue)/(multi-)?stream-input", _INPUT),
)
_PATTERNS = tuple((re.compile(pattern), instead) for pattern, instead in _ROUTES)


class NotServed:
    """Answer requests for what isn't served, whatever their method, and WebSockets that aren't."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is known and not served, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        instead = find_instead(scope["path"])
        if scope["type"] == "websocket" and is_served(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            message = _sentence(scope, instead or _ONE_WEBSOCKET)
            connection = HTTPConnection(scope)
            await refuse_websocket(connection, receive, send, Refusal(404, CODE, message))
        elif instead is not None:
            message = _sentence(scope, instead)
            response = error_response(Request(scope), http_status=404, code=CODE, message=message)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def find_instead(path: str) -> str | None:
    """What to do instead of asking for a route of the original that isn't served; None for every other path."""
    return next((instead for pattern, instead in _PATTERNS if pattern.fullmatch(path)), None)


def _sentence(scope: Scope, instead: str) -> str:
    return f"{instead} See {scope.get('root_path', '')}{DOCUMENTATION_PATH}."
