"""The chat endpoint that the server's owner has named: any that speaks OpenAI's protocol.

It is not guarded as addresses of clients are: its owner may well run it on the same machine.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import structlog

from rhapsode.studio.errors import ScriptFailed
from rhapsode.studio.limits import CHAT_SILENCE_S, CHAT_WALL_S, MAX_CHAT_ANSWER_CHARACTERS

if TYPE_CHECKING:
    from openai import OpenAI

_log = structlog.get_logger()
_CONNECT_S = 10
_RETRIES = 1


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Chat:
    """Asks a model. url: up to and with `/v1`.    key: None where the endpoint asks for none.

    silence_s: how long nothing may come; models that think on a processor are slow to begin.
    """

    def __init__(self, url: str, *, model: str, key: str | None, silence_s: float = CHAT_SILENCE_S) -> None:
        self._url = url
        self._model = model
        self._key = key
        self._silence_s = silence_s

    def answer(self, messages: Sequence[Message]) -> str:
        """What the model says, at most 200,000 characters of it. Blocks, for at most half an hour.

        Raises: ScriptFailed, when it doesn't answer.
        """
        try:
            with self._client() as client:
                return self._ask(client, messages)
        # Whatever another server sends: of its chunks, the client checks no more than that they are JSON.
        except Exception as error:
            # The server's own words may be those of a book that it was asked about.
            sentence = _sentence(error)
            _log.warning("chat.failed", error=sentence, kind=type(error).__name__)
            raise ScriptFailed(sentence) from error

    def _client(self) -> "OpenAI":
        # Half a second of imports, which only this needs.
        from openai import OpenAI, Timeout

        timeout = Timeout(self._silence_s, connect=min(_CONNECT_S, self._silence_s))
        # Endpoints of one's own take any key, and the client insists on one.
        return OpenAI(base_url=self._url, api_key=self._key or "none", timeout=timeout, max_retries=_RETRIES)

    def _ask(self, client: "OpenAI", messages: Sequence[Message]) -> str:
        """Streamed, so that a slow model is told from one that is stuck."""
        until_s = time.monotonic() + CHAT_WALL_S
        said: list[str] = []
        length = 0
        sent: Any = [asdict(message) for message in messages]
        with client.chat.completions.create(model=self._model, messages=sent, stream=True) as stream:
            for chunk in stream:
                delta = chunk.choices[0].delta.content if chunk.choices else None
                said.append(delta or "")
                if time.monotonic() > until_s:
                    raise TimeoutError
                length += len(said[-1])
                if length > MAX_CHAT_ANSWER_CHARACTERS:
                    break
        return "".join(said)[:MAX_CHAT_ANSWER_CHARACTERS]


def _sentence(error: Exception) -> str:
    """What the client is told, who doesn't know the endpoint."""
    import openai

    # The client's own HTTP library, whose errors it lets through once an answer has begun.
    from httpx2 import TimeoutException

    if isinstance(error, openai.APIStatusError):
        return f"The chat endpoint that writes scripts answered with status {error.status_code}."
    if isinstance(error, (openai.APITimeoutError, TimeoutException, TimeoutError)):
        return "The chat endpoint that writes scripts took too long to answer."
    return (
        "The chat endpoint that writes scripts couldn't be reached, or answered something else than a chat."
    )
