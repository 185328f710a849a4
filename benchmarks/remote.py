"""What asking a speech server through its engine costs, against asking it with the bare HTTP client.

A server on this machine answers each text with the same second of WAV after so many milliseconds. Printed are the
processor time of this process for a text, by turns through the engine and with httpx and soundfile alone, and how
many texts come in a second with one request at once and with four, told of ahead as a renderer does.

    python -m benchmarks.remote
"""

import argparse
import http.server
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection

import httpx
import numpy as np
import soundfile

from rhapsode.engines.openai.adapter import OpenAiEngine
from rhapsode.studio.voice import VoiceSettings

RATE_HZ = 24_000
TURNS = 5
TEXTS = [f"The tide comes in for the {number}th time, and nobody minds." for number in range(100)]


def wav() -> bytes:
    """A second of sound."""
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(-8_000, 8_000, RATE_HZ, np.int16)
    soundfile.write(file, noise, RATE_HZ, format="WAV")
    return file.getvalue()


def serve(told: Connection, takes_s: float) -> None:
    """Answer on any free port until the process is killed."""
    content = wav()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(takes_s)
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def serving(takes_s: float) -> Iterator[str]:
    """A server in a process of its own, so that its time isn't counted; its address."""
    told, tells = Pipe(duplex=False)
    process = get_context("spawn").Process(target=serve, args=(tells, takes_s), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{told.recv()}"
    finally:
        process.kill()
        process.join()


@contextmanager
def engine_of(url: str, concurrency: int) -> Iterator[OpenAiEngine]:
    """The engine that asks it, with a state of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "RHAPSODE_ENGINE_STATE": folder,
            "RHAPSODE_OPENAI_URL": url,
            "RHAPSODE_OPENAI_VOICES": "alloy=en-US",
            "RHAPSODE_OPENAI_CONCURRENCY": str(concurrency),
        }
        with closing(OpenAiEngine()) as engine:
            yield engine


def speak_all(engine: OpenAiEngine, ahead: int) -> None:
    """Every text, with so many told of before each."""
    voice, settings = engine.list_voices()[0], VoiceSettings()
    for place, text in enumerate(TEXTS):
        for each in TEXTS[place : place + ahead] if ahead > 1 else ():
            engine.prepare(each, voice=voice, language=voice.language, settings=settings)
        engine.synthesize(text, voice=voice, language=voice.language, settings=settings)


def ask_all(client: httpx.Client, url: str) -> None:
    """The same with nothing but the client and the decoder."""
    for text in TEXTS:
        body = {"model": "tts-1", "input": text, "voice": "alloy", "response_format": "wav"}
        answer = client.post(f"{url}/v1/audio/speech", json=body).raise_for_status()
        soundfile.read(io.BytesIO(answer.content), dtype="int16")


def processor_ms(work: Callable[[], None]) -> float:
    """Of this process, for each text."""
    began_s = time.process_time()
    work()
    return (time.process_time() - began_s) / len(TEXTS) * 1_000


def compare_costs() -> None:
    """By turns."""
    with serving(0) as url, engine_of(url, 1) as engine, httpx.Client() as client:
        # The first requests import and connect.
        speak_all(engine, 1)
        ask_all(client, url)
        pairs = [
            (processor_ms(lambda: speak_all(engine, 1)), processor_ms(lambda: ask_all(client, url)))
            for _ in range(TURNS)
        ]
    ours, bare = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"processor time of a text: engine {ours:.2f} ms, bare client {bare:.2f} ms: {ours / bare:.2f} x")


def compare_concurrency(takes_s: float) -> None:
    """One request at once against four."""
    seconds = {}
    with serving(takes_s) as url:
        for count in (1, 4):
            with engine_of(url, count) as engine:
                began_s = time.monotonic()
                speak_all(engine, count)
                seconds[count] = time.monotonic() - began_s
    rates = ", ".join(f"{count} at once {len(TEXTS) / each:.1f}/s" for count, each in seconds.items())
    print(f"texts of {takes_s * 1_000:.0f} ms: {rates}: {seconds[1] / seconds[4]:.2f} x")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--takes-ms", type=int, default=200, help="what the server takes for a text")
    arguments = parser.parse_args()
    compare_costs()
    compare_concurrency(arguments.takes_ms / 1_000)


if __name__ == "__main__":
    main()
