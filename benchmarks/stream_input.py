"""How soon a sentence is heard that is flushed into a WebSocket, beside the engine's own work.

One sentence, new each time, is spoken by espeak in this process and by a server through one connection, by turns.
What the server takes longer is a turn, another process, resampling, FLAC and MP3, the commit of the speech, and
Base64. Then the end: how long the history item of all of them takes, for each second of its sound.

    python -m benchmarks.stream_input
"""

import argparse
import base64
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from websockets.sync.client import ClientConnection, connect

from benchmarks.server import Server, serving
from benchmarks.speech import VOICE, sentence, speak_here, timed_ms

_BYTES_PER_S = 16_000
"""Of MP3 at 128 kbit/s."""


@contextlib.contextmanager
def opened(server: Server) -> Iterator[ClientConnection]:
    """A WebSocket that has said what it has to say first."""
    address = f"{server.url.replace('http', 'ws', 1)}/v1/text-to-speech/{VOICE}/stream-input"
    with connect(address, additional_headers=server.headers, max_size=None) as connection:
        connection.send(json.dumps({"text": " "}))
        yield connection


def speak_there(connection: ClientConnection, text: str) -> int:
    """Flush a sentence and wait for its sound, which has so many bytes."""
    connection.send(json.dumps({"text": f"{text} ", "flush": True}))
    return len(base64.b64decode(json.loads(connection.recv())["audio"]))


def finish(connection: ClientConnection) -> None:
    """Wait for the last message."""
    connection.send(json.dumps({"text": ""}))
    while not json.loads(connection.recv())["isFinal"]:
        pass


def main() -> None:
    """Print how long it takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=200)
    count = parser.parse_args().sentences
    here, there, size_bytes = [], [], 0
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        opened(server) as connection,
    ):
        for text in (sentence() for _ in range(5)):
            speak_there(connection, text)
        for _ in range(count):
            text = sentence()
            here.append(timed_ms(partial(speak_here, text)))
            started_at_s = time.perf_counter()
            size_bytes += speak_there(connection, text)
            there.append((time.perf_counter() - started_at_s) * 1000)
        end_ms = timed_ms(partial(finish, connection))
    for name, share in (("p50", 50), ("p99", 99)):
        bare, whole = (statistics.quantiles(times, n=100)[share - 1] for times in (here, there))
        print(f"{name}: engine {bare:.1f} ms, flushed sentence {whole:.1f} ms, {whole / bare:.2f} x")
    sound_s = size_bytes / _BYTES_PER_S
    print(
        f"end: {end_ms:.0f} ms for {sound_s:.0f} s of sound, {sound_s * 1000 / end_ms:.0f} x as fast as it lasts"
    )


if __name__ == "__main__":
    main()
