"""The speaking child: `python -m rhapsode.engines.espeak.server [--once | --samples DESCRIPTOR]`.

The only process that loads libespeak-ng. It never speaks itself: each request is spoken in a fork of a fork of it,
so that the same text always gives the same bytes (the library's output depends on what it has said before)
and a crash or a hang costs one answer (`readers`). A text is a stranger's, so the fork that speaks it can only
compute. With `--once`, where there is no fork, it answers a single request by itself and ends. With `--samples` its
samples go to an open file and not through the pipe. It ends when its stdin ends. The bytes on its pipes are those of
`protocol.py`.
"""

import contextlib
import gc
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from rhapsode import processes
from rhapsode.engines.espeak.ipa import mnemonics
from rhapsode.engines.espeak.library import Library, LibraryError
from rhapsode.engines.espeak.pronouncing import SaidText, plain_text, plan_said_text
from rhapsode.engines.espeak.protocol import (
    Request,
    pack_failed,
    pack_spoken,
    unpack_request,
)
from rhapsode.engines.espeak.readers import Readers
from rhapsode.engines.espeak.samples_file import SamplesFile
from rhapsode.engines.espeak.timing import character_boundaries
from rhapsode.engines.frames import EndOfStreamError, private_stdout, read_frame, write_frame

_GiveUp = Callable[[], bool]


def main() -> None:
    """Answer requests until stdin ends."""
    # Ctrl-C reaches the whole process group; the parent decides, and ends this process by its stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, private_stdout()
    try:
        library = Library()
    except (ImportError, OSError, RuntimeError, LibraryError) as error:
        _refuse(requests, answers, f"espeak-ng can't be loaded: {error}")
        return
    # The library's data, which it opens when a voice is set.
    give_up = processes.confine_forks([Path.cwd()])
    # What exists now is shared with every fork; a collection there would copy it page by page.
    gc.collect()
    gc.freeze()
    # By hand: what is imported here is copied with every fork.
    match sys.argv[1:]:
        case ["--once"]:
            _serve_once(library, requests, answers, give_up)
        case ["--samples", descriptor]:
            _serve(library, requests, answers, give_up, SamplesFile(int(descriptor)))
        case _:
            _serve(library, requests, answers, give_up, None)


def _refuse(requests: IO[bytes], answers: IO[bytes], reason: str) -> None:
    try:
        read_frame(requests)
        write_frame(answers, pack_failed(reason))
    except (EndOfStreamError, OSError):
        return


def _serve_once(library: Library, requests: IO[bytes], answers: IO[bytes], give_up: _GiveUp) -> None:
    with contextlib.suppress(EndOfStreamError, OSError):
        request = unpack_request(read_frame(requests))
        give_up()
        write_frame(answers, answer_by_itself(library, request))


def _serve(
    library: Library,
    requests: IO[bytes],
    answers: IO[bytes],
    give_up: _GiveUp,
    samples: SamplesFile | None,
) -> None:
    def answer_in_fork(request: Request) -> bytes:
        give_up()
        return answer(library, request, samples)

    readers = Readers(library.set_voice, answer_in_fork, inherited=[requests.fileno(), answers.fileno()])
    with contextlib.suppress(EndOfStreamError, OSError):
        while True:
            write_frame(answers, readers.ask(read_frame(requests)))


def answer_by_itself(library: Library, request: Request) -> bytes:
    """Set a request's voice, speak it, and return the body of its answer frame."""
    try:
        library.set_voice(request)
    except LibraryError as error:
        return pack_failed(str(error))
    return answer(library, request)


def answer(library: Library, request: Request, samples: SamplesFile | None = None) -> bytes:
    """Speak one request in its voice, which has been set, and return the body of its answer frame.

    samples: where its samples go, at the beginning; None for the frame.
    Raises: OSError, when they can't be written.
    """
    pieces: list[bytes] = []
    try:
        said = said_text(library, request)
        keep = pieces.append if samples is None else samples.append
        sample_count, events = library.speak_to(keep, said.text, mnemonics=bool(said.said))
    except LibraryError as error:
        return pack_failed(str(error))
    boundaries = character_boundaries(
        request.text,
        said.in_original(events),
        sample_count=sample_count,
        phonemes_of=library.phonemes,
        said=said.said,
    )
    pcm = None if samples is not None else b"".join(pieces)
    return pack_spoken(library.sample_rate_hz, sample_count, boundaries, pcm)


def said_text(library: Library, request: Request) -> SaidText:
    """What the library is given for a request, whose voice has been set."""
    if not request.pronunciations:
        return plain_text(request.text)
    sounds = library.sounds()
    return plan_said_text(request.text, request.pronunciations, lambda ipa: mnemonics(ipa, sounds))


if __name__ == "__main__":
    main()
