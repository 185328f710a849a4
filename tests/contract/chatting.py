"""A chat endpoint on this machine that behaves, or misbehaves, as real ones do."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PIECE = 40


@dataclass
class Model:
    """answers: what it says, one after the other, the last again and again.    status: instead of an answer.

    pause_s: before each answer.    garbage: sent as it is, in place of a stream.    asked: what it was sent.
    """

    url: str
    answers: list[str] = field(default_factory=list)
    status: int = 200
    pause_s: float = 0.0
    garbage: bytes | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def next_answer(self) -> str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def said_to(self, number: int) -> str:
        """All that it was told in one request."""
        return "\n".join(message["content"] for message in self.asked[number]["messages"])


@contextlib.contextmanager
def serving_model(*answers: str) -> Iterator[Model]:
    """Serve the protocol of OpenAI's chats, streamed, on a free port."""
    model = Model("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            model.keys.append(self.headers["authorization"])
            time.sleep(model.pause_s)
            with contextlib.suppress(OSError):
                self._answer()

        def _answer(self) -> None:
            body = model.garbage if model.garbage is not None else _stream(model.next_answer())
            self.send_response(model.status)
            self.send_header(
                "content-type", "text/event-stream" if model.status == 200 else "application/json"
            )
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="model")
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _stream(answer: str) -> bytes:
    pieces = [answer[start : start + _PIECE] for start in range(0, len(answer), _PIECE)]
    chunks = [
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}],
        }
        for piece in pieces
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in [*chunks]).encode() + b"data: [DONE]\n\n"


def script_of(*turns: tuple[str, str]) -> str:
    """A script as it is asked for: (speaker, text) on each line."""
    return "\n".join(json.dumps({"speaker": speaker, "text": text}) for speaker, text in turns)
