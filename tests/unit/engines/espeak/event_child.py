"""Not a test: a process that may load espeak. Prints the events of each sentence on stdin as JSON lines."""

import functools
import json
import sys

from rhapsode import processes
from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.engines.espeak.library import Library
from rhapsode.engines.espeak.protocol import Request
from rhapsode.engines.espeak.voices import TIMBRES


def main() -> None:
    voice_id, language = sys.argv[1:]
    timbre = TIMBRES[voice_id]
    library = Library()
    for line in sys.stdin:
        request = Request(
            text=line.rstrip("\n"),
            voice=f"{ESPEAK_LANGUAGES[language]}+{timbre.variant}",
            rate_wpm=timbre.rate_wpm,
            pitch=timbre.pitch,
            pitch_range=timbre.pitch_range,
            volume=timbre.volume,
            wall_ms=10_000,
        )
        speak = functools.partial(events, library, request)
        print(processes.bytes_from_fork(speak, wall_s=10).decode(), flush=True)


def events(library: Library, request: Request) -> bytes:
    library.set_voice(request)
    return json.dumps(library.speak(request.text)[1]).encode()


if __name__ == "__main__":
    main()
