"""Voice ids that clients of the original have in their code, each answered by a voice that is installed here.

Names, genders, ages and accents are those the original publishes for its premade voices. Only they are taken over:
what such an id sounds like here is what the local voice sounds like.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rhapsode.engines.languages import ANY_LANGUAGE, primary_language
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


@dataclass(frozen=True, slots=True)
class PremadeVoice:
    """A voice of the original, as its labels say."""

    voice_id: VoiceId
    name: str
    gender: str
    age: str
    accent: str

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the wire."""
        return {"gender": self.gender, "age": self.age, "accent": self.accent, "language": "en"}


def _premade(line: str) -> PremadeVoice:
    voice_id, name, gender, age, accent = line.split()
    return PremadeVoice(VoiceId(voice_id), name, gender, age, accent)


PREMADE_VOICES: tuple[PremadeVoice, ...] = tuple(
    map(
        _premade,
        (
            # Those that code samples use come first: where several suit a local voice equally well, the first has it.
            "21m00Tcm4TlvDq8ikWAM Rachel female young american",
            "JBFqnCBsd6RMkjVDRZzb George male middle_aged british",
            "pNInz6obpgDQGcFmaJgB Adam male middle_aged american",
            "EXAVITQu4vr4xnSDxMaL Sarah female young american",
            "ErXwobaYiN019PkySvjV Antoni male young american",
            "onwK4e9ZLuTAKqWW03F9 Daniel male middle_aged british",
            "nPczCjzI2devNBz1zQrb Brian male middle_aged american",
            "9BWtsMINqrJLrRacOk9x Aria female middle_aged american",
            "AZnzlk1XvdvUeBnXmlld Domi female young american",
            "TxGEqnHWrfWFTfGW9XjX Josh male young american",
            "VR6AewLTigWG4xSOukaG Arnold male middle_aged american",
            "MF3mGyEYCl7XYWbV9V6O Elli female young american",
            "yoZ06aMxZJJ28mfd3POQ Sam male young american",
            "CwhRBWXzGAHq8TQ4Fs17 Roger male middle_aged american",
            "FGY2WhTYpPnrIDTdsKH5 Laura female young american",
            "IKne3meq5aSn9XLyUdCD Charlie male young australian",
            "N2lVS1w4EtoT3dr4eOWO Callum male middle_aged american",
            "SAz9YHcvj6GT2YYXdXww River neutral middle_aged american",
            "TX3LPaxmHKxFdv7VOQHJ Liam male young american",
            "XB0fDUnXU5powFXDhCwa Charlotte female young swedish",
            "Xb7hH8MSUJpSbSDYk0k2 Alice female middle_aged british",
            "XrExE9yKIg1WjnnlVkGX Matilda female middle_aged american",
            "bIHbv24MWmeRgasZH58o Will male young american",
            "cgSgspJ2msm6clMCkdW9 Jessica female young american",
            "cjVigY5qzO86Huf0OWal Eric male middle_aged american",
            "iP95p4xoKVk53GoZ742B Chris male middle_aged american",
            "pFZP5JQG7iQjIQuC4Bku Lily female middle_aged british",
            "pqHfZKP75CvOlQylNhV4 Bill male old american",
            "29vD33N1CtxCmqQRPOHJ Drew male middle_aged american",
            "2EiwWnXFnvU5JabPnv8n Clyde male middle_aged american",
            "5Q0t7uMcjvnagumLfvZi Paul male middle_aged american",
            "CYw3kZ02Hs0563khs1Fj Dave male young british",
            "D38z5RcWu1voky8WS1ja Fin male old irish",
            "GBv7mTt0atIp3Br8iCZE Thomas male young american",
            "LcfcDJNUP1GQjkzn1xUU Emily female young american",
            "ODq5zmih8GrVes37Dizd Patrick male middle_aged american",
            "SOYHLrjzK2X1ezoPC6cr Harry male young american",
            "ThT5KcBeYPX3keUQqHPh Dorothy female young british",
            "Yko7PKHZNXotIFUBG7I9 Matthew male middle_aged british",
            "ZQe5CZNOzWyzPSCn5a3c James male old australian",
            "Zlb1dXrM653N07WRdFW3 Joseph male middle_aged british",
            "bVMeCyTHy58xNoL34h3p Jeremy male young irish",
            "flq6f7yk4E4fJM5XTYuZ Michael male old american",
            "g5CIjZEefAph4nQFvHAz Ethan male young american",
            "jBpfuIE2acCO8z3wKNLl Gigi female young american",
            "jsCqWAovK2LkecY7zXl4 Freya female young american",
            "oWAxZDx7w5VEj9dCyTzz Grace female young american",
            "pMsXgVXv3BLzUgSXRplE Serena female middle_aged american",
            "piTKgcLEGmPE4e6mEKli Nicole female young american",
            "t0jbNlBVZ17f02VDIeMI Jessie male old american",
            "z9fAnlkpzviPz146aGWa Glinda female middle_aged american",
            "zcAOhNBS3c14rBihAFp1 Giovanni male young italian",
            "zrHiDhphv9ZnVXBqCLjz Mimi female young swedish",
        ),
    )
)

_BY_ID = MappingProxyType({premade.voice_id: premade for premade in PREMADE_VOICES})
_AGES = ("young", "middle_aged", "old")
_ENGLISH = "en"
# What is nearest where no voice has the accent itself.
_NEXT_ACCENT = {"irish": "british", "australian": "british"}
# How a language is spoken says where somebody is from whose labels don't: files rarely say more.
_ACCENTS = {"en-us": "american", "en-gb": "british", "en-au": "australian", "en-ie": "irish"}
_ACCENTS |= {"it": "italian", "it-it": "italian", "sv": "swedish", "sv-se": "swedish"}


def find_premade(voice_id: str) -> PremadeVoice | None:
    """The voice of the original that has this id."""
    return _BY_ID.get(VoiceId(voice_id))


def assign_local_voices(voices: Sequence[Voice], *, language: str = _ENGLISH) -> Mapping[VoiceId, Voice]:
    """Which of `voices` answers each premade id in a language; none where nobody speaks it.

    One of its gender, then one that was installed, as those are worth listening to, then of its accent, then near in
    age. Each id that a voice answers already counts like one step in age, so that a script with several voices keeps
    them apart. The same voices always give the same answer, and another one that comes takes only ids to which nobody
    was nearer by gender, sound and accent.
    language: the first part of a BCP 47 tag.
    """
    speaking = [voice for voice in voices if _speaks(voice, language) and not _is_child(voice)]
    uses: Counter[VoiceId] = Counter()
    assigned: dict[VoiceId, Voice] = {}
    for premade in PREMADE_VOICES if speaking else ():
        local = min(speaking, key=lambda voice: _distance(premade, voice, language, uses[voice.voice_id]))
        uses[local.voice_id] += 1
        assigned[premade.voice_id] = local
    return assigned


def _speaks(voice: Voice, language: str) -> bool:
    return any(tag != ANY_LANGUAGE and primary_language(tag) == language for tag in voice.languages)


def _is_child(voice: Voice) -> bool:
    """All premade voices are adults', and the youngest age that a label has is young."""
    return "child" in voice.labels.get("description", "")


def _distance(premade: PremadeVoice, voice: Voice, language: str, uses: int) -> tuple[int, bool, int, int]:
    ages_apart = _age_distance(premade.age, voice.labels.get("age", ""))
    return (
        _gender_distance(premade, voice),
        not voice.files,
        _accent_distance(premade, voice, language),
        ages_apart**2 + uses,
    )


def _gender_distance(premade: PremadeVoice, voice: Voice) -> int:
    """Whoever says nothing of it may be of either, and is asked before one of another."""
    gender = voice.labels.get("gender")
    if premade.gender in ("neutral", gender):
        return 0
    return 2 if gender in ("male", "female") else 1


def _accent_distance(premade: PremadeVoice, voice: Voice, language: str) -> int:
    """In another language than English all that matters is whether it is the voice's own."""
    is_native = primary_language(voice.language) == language
    if language != _ENGLISH:
        return 0 if is_native else 1
    accent = voice.labels.get("accent") or _ACCENTS.get(voice.language.lower())
    if accent == premade.accent:
        return 0
    if accent is not None and accent == _NEXT_ACCENT.get(premade.accent):
        return 1
    return 2 if is_native else 3


def _age_distance(first: str, second: str) -> int:
    if first not in _AGES or second not in _AGES:
        return len(_AGES)
    return abs(_AGES.index(first) - _AGES.index(second))
