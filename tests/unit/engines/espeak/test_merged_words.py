"""How far the beginnings of words that espeak runs together are from where they are heard."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from rhapsode.engines.espeak import EspeakEngine
from rhapsode.engines.espeak.phonemes import is_pause
from rhapsode.studio.voice import Voice, VoiceSettings

RATE_HZ = 22_050


def sentences(data: Path) -> list[tuple[str, str, list[list[str]]]]:
    """Text before the pair, the whole text, and each word's phonemes as a person told them apart."""
    rows = []
    for line in (data / "merged_words.tsv").read_text().splitlines():
        marked, phonemes = line.split("\t")
        before = marked.split("{")[0]
        rows.append(
            (before, marked.replace("{", "").replace("}", ""), [w.split() for w in phonemes.split(" | ")])
        )
    return rows


def events_of(texts: list[str], voice: Voice) -> list[list[tuple[str, int, int, int]]]:
    child = Path(__file__).parent / "event_child.py"
    command = [sys.executable, str(child), voice.voice_id, "en-US"]
    done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sounds_from(events: list[tuple[str, int, int, int]], character: int) -> list[tuple[str, int]]:
    """The sounds between the WORD event at this character and the next one that lies beyond the pair."""
    index = next(i for i, event in enumerate(events) if not event[0] and event[2] == character)
    return [(name, sample) for name, sample, *_ in events[index + 1 :] if name and not is_pause(name)]


def test_the_second_word_begins_at_its_own_first_phoneme(
    engine: EspeakEngine, alder: Voice, data: Path
) -> None:
    """Words that run together are cut where a person hears the second begin: median and worst are exact."""
    rows = sentences(data)
    errors_ms = []
    for (before, text, words), events in zip(rows, events_of([row[1] for row in rows], alder), strict=True):
        sounds = sounds_from(events, len(before))
        flat = [phoneme for word in words for phoneme in word]

        assert [name for name, _ in sounds[: len(flat)]] == flat, text

        separator = min(i for i in (text.find(" ", len(before)), text.find("-", len(before))) if i > 0)
        speech = engine.synthesize(text, voice=alder, language="en-US", settings=VoiceSettings())
        heard_at = sounds[len(words[0])][1]
        errors_ms.append(abs(speech.alignment.boundaries[separator + 1] - heard_at) / RATE_HZ * 1000)

    assert len(errors_ms) >= 40
    assert statistics.median(errors_ms) <= 1
    assert max(errors_ms) <= 20
