"""The conformance suite finds what is wrong with an engine, and says it in a sentence."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rhapsode.engines.conformance import NotConforming, Subject, list_checks
from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

TONE = ToneEngine().traits
Change = Callable[[str, Speech], Speech]
counted = itertools.count()


def changed(change: Change, traits: EngineTraits = TONE) -> type[ToneEngine]:
    """The tone, but that what it says is changed."""

    class Changed(ToneEngine):
        @property
        def traits(self) -> EngineTraits:
            return traits

        def synthesize(self, text: str, **asked: Any) -> Speech:
            asked.pop("seed", None)
            return change(text, super().synthesize(text, **asked))

        def prepare(self, text: str, **asked: Any) -> None:
            if len(text) > traits.max_characters:
                self.synthesize(text, **asked)

    return Changed


def boundaries(speech: Speech, *places: int) -> Speech:
    return replace(speech, alignment=Alignment(places))


def noise(_text: str, speech: Speech) -> Speech:
    """Another sound each time."""
    return replace(speech, samples=speech.samples + np.int16(next(counted) % 100 + 1))


class Strange(ToneEngine):
    """Any voice is the low one, and a text may have any length."""

    def synthesize(self, text: str, *, voice: Voice, **asked: Any) -> Speech:
        low = self.list_voices()[0]
        parts = [text[start : start + 1_000] for start in range(0, len(text), 1_000)]
        spoken = [super(Strange, self).synthesize(part, voice=low, **asked) for part in parts]
        samples = np.concatenate([speech.samples for speech in spoken])
        places = np.linspace(0, samples.size, len(text) + 1).astype(int)
        return Speech(spoken[0].sample_rate_hz, samples, Alignment(tuple(places.tolist())))


class Rude(ToneEngine):
    """Its errors are Python's."""

    def synthesize(self, text: str, *, voice: Voice, **asked: Any) -> Speech:
        if len(text) > TONE.max_characters:
            raise ValueError(text)
        known = {each.voice_id: each for each in self.list_voices()}
        return super().synthesize(text, voice=known[voice.voice_id], **asked)


class Clashing(ToneEngine):
    """One voice twice, and one of nobody."""

    def list_voices(self) -> Sequence[Voice]:
        low, high = super().list_voices()
        return low, replace(low, voice_id=VoiceId("Tone_Low")), replace(high, engine="bells")


WRONG = [
    (changed(lambda text, said: boundaries(said, 0, *said.alignment.boundaries)), "odd-texts-are-spoken"),
    (
        changed(lambda text, said: boundaries(said, 5, *(5 + b for b in said.alignment.boundaries[1:]))),
        "odd-texts-are-spoken",
    ),
    (changed(lambda text, said: boundaries(said, *range(len(text) + 1))), "odd-texts-are-spoken"),
    (changed(lambda text, said: replace(said, sample_rate_hz=4_000)), "odd-texts-are-spoken"),
    (changed(lambda text, said: replace(said, samples=said.samples.reshape(1, -1))), "odd-texts-are-spoken"),
    (
        changed(lambda text, said: replace(said, samples=said.samples + np.int16(500))),
        "a-text-of-nothing-is-silent",
    ),
    (changed(lambda text, said: replace(said, samples=said.samples * np.int16(0))), "every-voice-speaks"),
    (
        changed(lambda text, said: boundaries(said, *([0] * len(text)), said.samples.size)),
        "every-word-takes-time",
    ),
    (changed(noise), "a-text-is-said-again"),
    (changed(noise), "two-threads-speak-at-once"),
    (changed(noise), "a-closed-engine-starts-again"),
    (changed(noise), "an-interrupted-engine-goes-on"),
    (changed(noise, replace(TONE, has_seeds=True)), "a-seed-is-a-way-to-say-a-text"),
    (changed(noise, replace(TONE, prepares=1)), "prepared-texts-are-spoken-as-ever"),
    (changed(noise, replace(TONE, prepares=3)), "too-many-prepared-texts-are-forgotten"),
    (changed(lambda text, said: said, replace(TONE, heeded_settings=("speed",))), "every-speed-is-spoken"),
    (changed(lambda text, said: said, replace(TONE, heeded_settings=("pitch",))), "traits-are-constant"),
    (changed(lambda text, said: said, replace(TONE, max_characters=100)), "traits-are-constant"),
    (changed(lambda text, said: said, replace(TONE, has_files=True)), "traits-are-kept-promises"),
    (changed(lambda text, said: said, replace(TONE, pronounces=True)), "pronunciations-change-the-sound"),
    (
        changed(lambda text, said: said, replace(TONE, pronounces=True)),
        "the-rest-of-a-text-is-spoken-as-before",
    ),
    (Strange, "strange-voices-are-refused"),
    (Strange, "a-longer-text-is-refused"),
    (Strange, "every-voice-speaks"),
    (Rude, "strange-voices-are-refused"),
    (Rude, "a-longer-text-is-refused"),
    (Clashing, "voices-are-listed-the-same-each-time"),
]


@pytest.mark.parametrize(("engine", "name"), WRONG)
def test_a_check_finds_what_is_wrong(engine: type[ToneEngine], name: str) -> None:
    """Each in an engine that is right but for one thing."""
    subject = Subject(engine)
    (check,) = [check for check in list_checks(subject.traits) if str(check) == name]

    with subject.open() as speaker, pytest.raises(NotConforming) as raised:
        check(speaker)

    assert str(raised.value).endswith(".")


def test_an_engine_that_nobody_else_can_import_is_told_so() -> None:
    """Another process has to make one too, and one that is made in a function is out of its reach."""
    subject = Subject(changed(lambda text, said: said))
    (check,) = [check for check in list_checks(TONE) if str(check) == "two-processes-speak-at-once"]

    with subject.open() as speaker, pytest.raises(NotConforming, match="import"):
        check(speaker)
