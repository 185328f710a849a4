"""A speech server as a process of its own, which can be killed: the original's protocol, spoken with the tone.

Started with a port, a file, to which it adds each text when its answer is sent, and how many there may be in it: what
is asked then is never answered.
"""

import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.loopback import Asked, answering, reply
from tests.speech_servers import spoken

_SPEAKS_S = 0.08
"""As a server that has something to do, so that a kill finds it in the middle of a text."""

_VOICES = {"voices": [{"voice_id": "tone", "name": "Far Tone", "labels": {"language": "mul"}}]}


def main() -> None:
    """Answer until somebody kills it."""
    port, path, most = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    lock, begun = threading.Lock(), itertools.count(len(path.read_text("utf-8").splitlines()))

    def answer(asked: Asked) -> Iterator[bytes]:
        if asked.method == "GET":
            yield reply(json.dumps(_VOICES).encode(), Content_Type="application/json")
            return
        if next(begun) >= most:
            threading.Event().wait()
        time.sleep(_SPEAKS_S)
        yield spoken(asked)
        with lock, path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(json.loads(asked.body)["text"]) + "\n")

    with answering(answer, port=port):
        print("ready", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
