"""What text-to-speech over HTTP costs beside the engine's own work, and how soon something is heard.

One sentence, new each time, is spoken by espeak in this process and by a server, by turns; then by 16 clients at
once. What the server takes longer is the overhead: HTTP, a turn, another process, resampling, FLAC and MP3, and the
commit of a history item. Then a text of 5,000 characters: when the first byte comes, and when the last. Raw HTTP, so
that the client costs little.

    python -m benchmarks.speech
"""

import argparse
import functools
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks.server import Server, serving
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

VOICE = "espeak_alder"
CLIENTS = 16
LONG_CHARACTERS = 5_000
_SENTENCE = "Number {} of the boats came in before the rain, and nobody had counted the others."
_numbers = itertools.count(1)


def sentence() -> str:
    """One that nobody has spoken yet."""
    return _SENTENCE.format(next(_numbers))


def timed_ms(work: Callable[[], object]) -> float:
    """How long it takes."""
    started_at_s = time.perf_counter()
    work()
    return (time.perf_counter() - started_at_s) * 1000


def speak_here(text: str) -> None:
    """The engine alone."""
    voice = engine_catalogue().get(VOICE)
    get_engine(voice.engine).synthesize(text, voice=voice, language=voice.language, settings=VoiceSettings())


def speak_there(http: httpx.Client, text: str) -> None:
    """The whole answer."""
    http.post(f"/v1/text-to-speech/{VOICE}", json={"text": text}).raise_for_status()


def first_and_last_ms(http: httpx.Client, text: str) -> tuple[float, float]:
    """When the first byte of an answer comes, and when the last."""
    started_at_s = time.perf_counter()
    with http.stream("POST", f"/v1/text-to-speech/{VOICE}", json={"text": text}) as answer:
        answer.raise_for_status()
        blocks = answer.iter_raw()
        next(blocks)
        first_s = time.perf_counter()
        for _ in blocks:
            pass
    return (first_s - started_at_s) * 1000, (time.perf_counter() - started_at_s) * 1000


def ask_at_once(server: Server, count: int, requests: int) -> list[float]:
    """So many clients, each with so many sentences, one after the other."""

    def ask(_: int) -> list[float]:
        with server.client() as http:
            return [timed_ms(functools.partial(speak_there, http, sentence())) for _ in range(requests)]

    with ThreadPoolExecutor(count) as clients:
        return [ms for waits in clients.map(ask, range(count)) for ms in waits]


def print_waits(name: str, waits_ms: Sequence[float], bare_ms: float) -> None:
    """A line, whose last columns are how much longer than the engine it takes, and how many times as long."""
    p50_ms, p99_ms = statistics.median(waits_ms), sorted(waits_ms)[int(len(waits_ms) * 0.99)]
    print(
        f"{name:<28}{p50_ms:>9.1f}{p99_ms:>9.1f}{p50_ms - bare_ms:>+11.1f}{p50_ms / bare_ms:>8.2f}",
        flush=True,
    )


def measure(server: Server, requests: int) -> None:
    """Print all of it."""
    speak_here(sentence())
    ask_at_once(server, 4, 4)
    print(f"{'one sentence, ms':<28}{'p50':>9}{'p99':>9}{'overhead':>11}{'ratio':>8}")
    bare, served = [], []
    with server.client() as http:
        for _ in range(requests):
            bare.append(timed_ms(functools.partial(speak_here, sentence())))
            served.append(timed_ms(functools.partial(speak_there, http, sentence())))
        bare_ms = statistics.median(bare)
        print_waits("the engine alone", bare, bare_ms)
        print_waits("1 client", served, bare_ms)
        print_waits(f"{CLIENTS} clients", ask_at_once(server, CLIENTS, requests // 4), bare_ms)
        print(f"\n{'a long text, ms':<28}{'first':>9}{'last':>9}{'share':>11}")
        for _ in range(3):
            text = " ".join(sentence() for _ in range(LONG_CHARACTERS // len(_SENTENCE)))
            first_ms, last_ms = first_and_last_ms(http, text)
            print(f"{len(text):<28}{first_ms:>9.1f}{last_ms:>9.1f}{first_ms / last_ms:>11.3f}", flush=True)


def main() -> None:
    """Serve an empty directory, and print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        measure(server, arguments.requests)


if __name__ == "__main__":
    main()
