"""What mastering aims at: one gain for all that a voice says, and a ceiling for its few peaks that are too loud then.

The levels are those that audiobook shops ask for (ACX Audio Submission Requirements): each chapter between -23 and
-18 dB RMS, no sample above -3 dB, and less than -60 dB where nobody speaks. dB are those of full scale: a square wave
as loud as can be has 0 dB RMS. Only numbers are here; samples are in audio.loudness.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

TARGET_RMS_DB = -19.2
"""Of speech with its usual pauses. LAME takes half a decibel off, and the pauses of a chapter more: 3 are left."""

CEILING_DB = -3.5
"""No sample is beyond it before it is encoded. What is between the samples may be 0.1 dB above (decision 0018)."""

UNTARGETED_CEILING_DB = -1.0
"""The same of a voice that somebody has turned up or down where no level is aimed at: room for what MP3 adds between
the samples, as EBU R128 leaves it."""

MAX_GAIN_DB = 24.0
"""What a voice can be turned up or down by: more makes a voice of noise, or none."""

SILENT_DB = -96.0
"""The level of a voice that has said nothing."""

_NAME = re.compile(r"gain ([+-]\d+\.\d) dB, ceiling (-?\d+\.\d) dB")


@dataclass(frozen=True, slots=True)
class Level:
    """How loud samples are: their root mean square, and the loudest of them. At least SILENT_DB."""

    rms_db: float
    peak_db: float


@dataclass(frozen=True, slots=True)
class Mastering:
    """What is done to speech before it is encoded. Equal ones of the same speech give the same samples."""

    gain_db: float
    ceiling_db: float = CEILING_DB

    @property
    def numbers(self) -> Mapping[str, float]:
        """By name, for the key of what comes out."""
        return {"gain_db": self.gain_db, "ceiling_db": self.ceiling_db}

    @property
    def name(self) -> str:
        """As records and packs have it."""
        return f"gain {self.gain_db:+.1f} dB, ceiling {self.ceiling_db:.1f} dB"


def mastering_named(name: str) -> Mastering:
    """The mastering whose name records have. Raises: ValueError, when it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        msg = f"{name!r} is no mastering"
        raise ValueError(msg)
    return Mastering(float(found[1]), float(found[2]))


def mastering_for(level: Level) -> Mastering:
    """How to master a voice that is so loud."""
    # A voice that would need more has said almost nothing, and its noise would be all that is heard.
    return Mastering(in_tenths(TARGET_RMS_DB - level.rms_db))


def turned_by(mastering: Mastering | None, gain_db: float) -> Mastering | None:
    """The same of a voice that its owner has turned up, or down; None leaves the speech as it is.

    mastering: None where no level is aimed at.
    """
    turned_db = in_tenths(gain_db)
    if not turned_db:
        return mastering
    if mastering is None:
        return Mastering(turned_db, UNTARGETED_CEILING_DB)
    # A sum of tenths is one again, in the digits of its name too.
    return replace(mastering, gain_db=round(mastering.gain_db + turned_db, 1) + 0.0)


def in_tenths(gain_db: float) -> float:
    """A gain as it is kept: tenths of a decibel, of which nobody hears one, and at most MAX_GAIN_DB either way."""
    # In this order, what is no number becomes the most: no comparison with it is true. And zero has one name.
    return round(max(-MAX_GAIN_DB, min(MAX_GAIN_DB, gain_db)), 1) + 0.0
