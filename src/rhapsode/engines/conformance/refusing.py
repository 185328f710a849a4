"""What an engine can't do: it says which of the contract's errors it is, and goes on."""

import contextlib
from collections.abc import Iterator

from rhapsode.engines.conformance.subject import (
    SENTENCE,
    Check,
    NotConforming,
    Speaker,
    expect_same,
)
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.errors import RhapsodeError, TextRefused, UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

_STRANGER = Voice(VoiceId("nobody"), "Nobody", "nothing", "en-US", ("en-US",))


def strange_voices_are_refused(speaker: Speaker) -> None:
    """The engine knows its voices by id."""
    with _going_on(speaker), _refused(UnknownVoice, "A voice of another engine"):
        speaker.speak("Hello.", voice=_STRANGER)


def strange_languages_are_refused(speaker: Speaker) -> None:
    """Those that the voice doesn't list, unless it speaks any."""
    with _going_on(speaker):
        if ANY_LANGUAGE not in speaker.voices[0].languages:
            with _refused(UnknownLanguage, "A language that the voice doesn't list"):
                speaker.speak("Hello.", language="tlh")


def a_longer_text_is_refused(speaker: Speaker) -> None:
    """One code point beyond `max_characters`."""
    with _going_on(speaker):
        text = ("word " * speaker.traits.max_characters)[: speaker.traits.max_characters + 1]
        with _refused(TextRefused, "A text beyond max_characters"):
            speaker.speak(text)


def half_a_character_breaks_nothing(speaker: Speaker) -> None:
    """Half of a surrogate pair is no text: it is refused, or left without a sound."""
    with _going_on(speaker), contextlib.suppress(TextRefused):
        speaker.speak("one \ud83d two")


@contextlib.contextmanager
def _going_on(speaker: Speaker) -> Iterator[None]:
    """See that an instance speaks afterwards as it did before."""
    before = speaker.speak(SENTENCE)
    yield
    expect_same(
        speaker, before, speaker.speak(SENTENCE), sentence="After a refusal a text is said otherwise."
    )


@contextlib.contextmanager
def _refused(error: type[RhapsodeError], what: str) -> Iterator[None]:
    try:
        yield
    except error:
        return
    except Exception as other:
        msg = f"{what} is refused with {type(other).__name__}, not with {error.__name__}."
        raise NotConforming(msg) from other
    msg = f"{what} is spoken; it has to be refused with {error.__name__}."
    raise NotConforming(msg)


CHECKS = (
    Check(strange_voices_are_refused),
    Check(strange_languages_are_refused),
    Check(a_longer_text_is_refused),
    Check(half_a_character_breaks_nothing),
)
