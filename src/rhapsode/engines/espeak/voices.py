"""The named voices of espeak: a timbre, a pitch and a pace each. All of them speak all languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


@dataclass(frozen=True, slots=True)
class Timbre:
    """What espeak is told to sound like.

    variant: a file in espeak's `voices/!v`.    pitch, pitch_range: 0 to 99, espeak's default is 50.
    rate_wpm: words a minute at speed 1.    volume: 0 to 200, lowered where a variant overloads at 100.
    """

    variant: str
    pitch: int = 50
    pitch_range: int = 50
    rate_wpm: int = 165
    volume: int = 100


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    language: str
    gender: str
    age: str
    accent: str
    description: str
    timbre: Timbre


_NAMED = (
    _Named("Alder", "en-US", "male", "middle_aged", "american", "even and clear", Timbre("m3", 48, 55)),
    _Named("Birch", "en-US", "female", "middle_aged", "american", "warm and steady", Timbre("f2", 45, 50)),
    _Named("Cedar", "en-US", "male", "middle_aged", "american", "dark and full", Timbre("m7", 38, 50, 160)),
    _Named("Hazel", "en-US", "female", "young", "american", "bright and quick", Timbre("f3", 58, 60, 172)),
    _Named(
        "Elm", "en-US", "male", "middle_aged", "american", "grave", Timbre("Michael", 36, 40, 158, volume=85)
    ),
    _Named("Willow", "en-US", "female", "young", "american", "soft and lively", Timbre("f4", 55, 65)),
    _Named("Oak", "en-US", "male", "old", "american", "very deep, slow", Timbre("announcer", 50, 50, 150)),
    _Named("Maple", "en-US", "female", "middle_aged", "american", "crisp", Timbre("Annie", 42, 45)),
    _Named("Ash", "en-US", "male", "young", "american", "light", Timbre("Alex", 62, 60, 170)),
    _Named("Juniper", "en-US", "female", "young", "american", "breathy", Timbre("f5", 50, 55)),
    _Named(
        "Hickory", "en-US", "male", "middle_aged", "american", "narrow, dry", Timbre("Lee", 45, 40, volume=85)
    ),
    _Named(
        "Aspen", "en-US", "male", "young", "american", "a child's voice", Timbre("zac", 40, 60, volume=85)
    ),
    _Named("Rowan", "en-GB", "male", "middle_aged", "british", "calm", Timbre("m4", 52, 50)),
    _Named("Holly", "en-GB", "female", "middle_aged", "british", "round", Timbre("f1", 52, 55)),
    _Named("Yew", "en-GB", "male", "old", "british", "worn, unhurried", Timbre("quincy", 45, 45, 148)),
    _Named("Myrtle", "en-GB", "female", "old", "british", "trembling", Timbre("grandma", 48, 50, 152)),
    _Named(
        "Hawthorn",
        "en-GB-x-rp",
        "male",
        "middle_aged",
        "received pronunciation",
        "formal",
        Timbre("max", 60, 45, 155),
    ),
    _Named("Pine", "en-GB-scotland", "male", "middle_aged", "scottish", "rough", Timbre("robert", 46, 55)),
    _Named("Mahogany", "en-029", "male", "middle_aged", "caribbean", "relaxed", Timbre("rob", 44, 55, 160)),
    _Named(
        "Linden", "de", "female", "middle_aged", "german", "clear", Timbre("linda", 46, 45, 150, volume=75)
    ),
    _Named("Acacia", "fr", "female", "young", "french", "singing", Timbre("Alicia", 45, 55)),
    _Named("Olive", "es", "female", "young", "spanish", "vivid", Timbre("Andrea", 46, 55, 160, volume=75)),
    _Named("Cypress", "it", "male", "middle_aged", "italian", "resonant", Timbre("Mario", 55, 60)),
    _Named("Jacaranda", "pt-BR", "female", "middle_aged", "brazilian", "mellow", Timbre("aunty", 46, 50)),
    # Beside each of those there is one of the other gender, and a pair for the languages that most people speak.
    _Named("Spruce", "de", "male", "middle_aged", "german", "firm", Timbre("boris", 50, 50, 160)),
    _Named("Poplar", "fr", "male", "middle_aged", "french", "smooth", Timbre("michel", 46, 55)),
    _Named("Almond", "es", "male", "young", "spanish", "eager", Timbre("miguel", 58, 60, 176, volume=80)),
    _Named("Laurel", "it", "female", "middle_aged", "italian", "husky", Timbre("steph")),
    _Named("Teak", "pt-BR", "male", "young", "brazilian", "light, at ease", Timbre("Nguyen", 48, 55, 160)),
    _Named("Neem", "hi", "male", "old", "hindi", "low and slow", Timbre("ian", 50, 50, 160, volume=150)),
    _Named("Lotus", "hi", "female", "young", "hindi", "sweet", Timbre("shelby", 52, 60, 162)),
    _Named(
        "Larch", "ru", "male", "middle_aged", "russian", "broad", Timbre("travis", 50, 50, 158, volume=70)
    ),
    _Named(
        "Viburnum",
        "ru",
        "female",
        "middle_aged",
        "russian",
        "tender",
        Timbre("belinda", 48, 55, 155, volume=85),
    ),
    _Named(
        "Ginkgo", "zh", "male", "middle_aged", "mandarin", "measured", Timbre("adam", 50, 50, 160, volume=90)
    ),
    _Named("Plum", "zh", "female", "young", "mandarin", "high and quick", Timbre("anika", 45, 55, 160)),
)

# A voice that was set otherwise since sounds otherwise: what it has said before is kept apart by this.
_VERSIONS = {"Linden": "2", "Hawthorn": "2"}


def _voice(named: _Named) -> Voice:
    return Voice(
        voice_id=_voice_id(named),
        name=named.name,
        engine="espeak",
        language=named.language,
        languages=tuple(ESPEAK_LANGUAGES),
        description=f"{named.name}: {named.description}.",
        labels={
            "gender": named.gender,
            "age": named.age,
            "accent": named.accent,
            "description": named.description,
        },
        version=_VERSIONS.get(named.name, ""),
        # Its licence is the program's; what the program says is nobody's but its user's.
        license="GPL-3.0-or-later",
        commercial_use="yes",
    )


def _voice_id(named: _Named) -> VoiceId:
    return VoiceId(f"espeak_{named.name.lower()}")


VOICES: tuple[Voice, ...] = tuple(map(_voice, _NAMED))
"""Every voice, the default first."""

TIMBRES: Mapping[str, Timbre] = MappingProxyType({_voice_id(named): named.timbre for named in _NAMED})
"""The timbre of each voice by its id."""
