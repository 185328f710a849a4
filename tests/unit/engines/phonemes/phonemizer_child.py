"""Not a test: a process that may load espeak-ng. Prints the phonemes of each line on stdin, as JSON.

A line is JSON: which library, how a voice is fed (`sentences` or `line`), the voice as espeak-ng knows it, the text,
and pronunciations as [start, end, IPA]. What is printed are the sentences, each as pairs of phonemes and the span of
the text that they stand for.
"""

import json
import sys
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rhapsode import processes
from rhapsode.engines.phonemes.library import LoadedEspeak, PiperEspeak
from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.phonemizer import Phonemizer
from rhapsode.studio.pronunciation import Pronunciation

_KNOWN = frozenset("abcdefhijklmnopqrstuvwxyz\u0259\u02c8\u02d0\u0251\u028a\u0261")


def main() -> None:
    # As the child that speaks.
    processes.only_compute()
    phonemizer = None
    for line in sys.stdin:
        asked = json.loads(line)
        # Only one of them can be loaded in a process.
        phonemizer = phonemizer or Phonemizer(
            {"piper": PiperEspeak, "espeak": LoadedEspeak}[asked["library"]]()
        )
        phonemizer.set_voice(asked["voice"])
        print(json.dumps([_pairs(sentence) for sentence in _sentences(phonemizer, asked)]))


def _sentences(phonemizer: Phonemizer, asked: Mapping[str, Any]) -> list[Phonemes]:
    pronunciations = [Pronunciation(*each) for each in asked["pronunciations"]]
    if asked["fed"] == "line":
        return [phonemizer.line(asked["text"], pronunciations=pronunciations, known=_KNOWN)]
    return phonemizer.sentences(asked["text"], pronunciations=pronunciations, known=_KNOWN)


def _pairs(phonemes: Phonemes) -> list[tuple[str, tuple[int, int]]]:
    placed = zip(phonemes.symbols, phonemes.spans, strict=True)
    return [
        ("".join(symbol for symbol, _ in group), span)
        for span, group in groupby(placed, lambda each: each[1])
    ]


if __name__ == "__main__":
    main()
