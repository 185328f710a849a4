"""Who is heard in well-known voices whose files don't say it: their gender, by which premade ids are assigned.

Files of Piper name the recordings that a voice was trained with, and nothing of whoever made them. What stands here
is generally known of these; a voice that isn't here says it by its name, or has no such label.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from rhapsode.engines.languages import primary_language
from rhapsode.studio.voice import Voice

_FEMALE = """
    en amy  en lessac  en kathleen  en kristin  en ljspeech  en alba  en cori  en jenny dioco
    de kerstin  de eva k  de ramona  fr siwis  fr upmc jessica  it paola  pl gosia  ru irina  uk lada  zh huayan
"""
_MALE = """
    en ryan  en joe  en john  en kusal  en danny  en norman  en bryce  en alan  de thorsten  de thorsten emotional
    de karlsson  de pavoque  fr tom  fr gilles  fr upmc pierre  es davefx  es carlfm  it riccardo  pt faber
    pt edresson  pt cadu  pt jeff  pl darkman  ru denis  ru dmitri  ru ruslan
"""


def _known(genders: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(
        {
            " ".join(who.split()): gender
            for gender, names in genders.items()
            for who in re.split(r"\s{2,}|\n", names.strip())
        }
    )


_GENDERS = _known({"female": _FEMALE, "male": _MALE})
_SAID = re.compile(r"\b(female|male)\b")


def with_known_labels(voice: Voice) -> Voice:
    """The voice with a label of its gender, where that is known and it has none."""
    if "gender" in voice.labels:
        return voice
    name = " ".join(re.sub(r"[\W_]+", " ", voice.name).lower().split())
    said = _SAID.search(name)
    gender = said[1] if said else _GENDERS.get(f"{primary_language(voice.language)} {name}")
    return voice if gender is None else replace(voice, labels={**voice.labels, "gender": gender})
