"""What an engine says of itself before it speaks."""

from itertools import chain

from rhapsode.engines.conformance.subject import Check, Speaker, expect
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.limits import MIN_ENGINE_CHARACTERS
from rhapsode.studio.voice import VoiceSettings


def traits_are_constant(speaker: Speaker) -> None:
    """Another instance has the same traits, and they make sense together."""
    traits = speaker.traits
    expect(traits == speaker.subject.traits, "Two instances have different traits.")
    expect(bool(traits.name and traits.version), "An engine has a name and a version.")
    expect(
        traits.max_characters >= MIN_ENGINE_CHARACTERS,
        f"max_characters is {traits.max_characters}; {MIN_ENGINE_CHARACTERS} is the least that the product can use.",
    )
    unknown = set(traits.heeded_settings) - set(VoiceSettings.__slots__)
    expect(not unknown, f"heeded_settings names what VoiceSettings doesn't have: {unknown}.")


def traits_are_kept_promises(speaker: Speaker) -> None:
    """What the traits say that the engine can do, it has a method for."""
    traits, engine = speaker.traits, speaker.engine
    promised = {
        "prepare": traits.prepares > 0,
        "read_voices": traits.has_files,
        "clone": traits.can_clone,
    }
    for method, is_promised in promised.items():
        expect(
            hasattr(engine, method) or not is_promised,
            f"The traits promise {method}(), which isn't there.",
        )


def voices_are_listed_the_same_each_time(speaker: Speaker) -> None:
    """With unique ids, of this engine, each speaking its own language."""
    name, voices = speaker.traits.name, list(speaker.engine.list_voices())
    expect(voices == list(speaker.subject.new().list_voices()), "Two instances list different voices.")
    speaking = [*speaker.voices, *voices]
    expect(bool(speaking), "There is no voice to check the engine with.")
    ids = [voice.voice_id.casefold() for voice in voices]
    expect(len(set(ids)) == len(ids), "Two voices have the same id.")
    for voice in speaking:
        expect(
            voice.engine == name, f"The engine of {voice.voice_id} is called {voice.engine!r}, not {name!r}."
        )
        expect(
            voice.language in voice.languages,
            f"{voice.voice_id} doesn't list its own language, {voice.language}.",
        )


def voices_say_what_they_may_be_used_for(speaker: Speaker) -> None:
    """In one of three words; each has a name, and its languages are tags."""
    for voice in chain(speaker.voices, speaker.engine.list_voices()):
        expect(bool(voice.name.strip()), f"{voice.voice_id} has no name.")
        expect(
            voice.commercial_use in ("yes", "no", "unknown"),
            f"commercial_use of {voice.voice_id} is yes, no or unknown.",
        )
        for tag in voice.languages:
            expect(
                tag == ANY_LANGUAGE or "_" not in tag,
                f"{voice.voice_id} lists {tag!r}, which is no BCP 47 tag.",
            )


CHECKS = (
    Check(traits_are_constant),
    Check(traits_are_kept_promises),
    Check(voices_are_listed_the_same_each_time),
    Check(voices_say_what_they_may_be_used_for),
)
