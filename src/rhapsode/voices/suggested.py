"""Which voices somebody may want for a language."""

from collections.abc import Sequence

from rhapsode.engines.languages import ANY_LANGUAGE, primary_language, speaks
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue

# It spells a language out by its rules, and is here for those of which nobody has a better voice.
_RULES_ENGINE = "espeak"
_COMMERCIAL_USE = ("yes", "unknown", "no")


def suggest_voices(catalogue: Catalogue, language: str) -> Sequence[Voice]:
    """The voices that speak a language, a BCP 47 tag, without those that the workspace has deleted.

    In this order: whose own language it is, then those that speak it too, last those that are given any language
    unread; among them learned voices before those of espeak; what may be sold before what may not; one of the same
    region; and otherwise as the catalogue has them.
    """
    tag = language.replace("_", "-").lower()
    deleted = catalogue.edits.deleted
    speakers = [voice for voice in catalogue.voices if speaks(voice, tag) and voice.voice_id not in deleted]
    return sorted(speakers, key=lambda voice: _place(voice, tag))


def _place(voice: Voice, tag: str) -> tuple[int, bool, int, bool]:
    is_own = primary_language(voice.language) == primary_language(tag)
    return (
        0 if is_own else 2 if ANY_LANGUAGE in voice.languages else 1,
        voice.engine == _RULES_ENGINE,
        _COMMERCIAL_USE.index(voice.commercial_use),
        voice.language.lower() != tag,
    )
