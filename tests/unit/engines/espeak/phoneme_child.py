"""Not a test: a process that may load espeak. Prints the phonemes that are heard, of each line on stdin.

A line is a voice as espeak knows it, a text and a pronunciation in IPA, which may be empty, with tabs between. The
pronunciation is that of the text, or of what stands between two bars in it.
"""

import functools
import sys

from rhapsode import processes
from rhapsode.engines.espeak.library import Library
from rhapsode.engines.espeak.phonemes import is_pause
from rhapsode.engines.espeak.protocol import Request
from rhapsode.engines.espeak.server import said_text
from rhapsode.studio.pronunciation import Pronunciation


def main() -> None:
    library = Library()
    for line in sys.stdin:
        voice, marked, ipa = line.rstrip("\n").split("\t")
        before, word, after = marked.split("|") if "|" in marked else ("", marked, "")
        pronunciations = [Pronunciation(len(before), len(before + word), ipa)] if ipa else []
        request = Request(before + word + after, voice, 165, 50, 50, 100, 10_000, pronunciations)
        print(processes.bytes_from_fork(functools.partial(heard, library, request), wall_s=10).decode())


def heard(library: Library, request: Request) -> bytes:
    library.set_voice(request)
    said = said_text(library, request)
    _, events = library.speak(said.text, mnemonics=bool(said.said))
    return " ".join(phoneme for phoneme, _, _, _ in events if phoneme and not is_pause(phoneme)).encode()


if __name__ == "__main__":
    main()
