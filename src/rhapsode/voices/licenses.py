"""What licences of voices say of selling what is made with them: yes, no, or that nobody here knows.

Only what is well known is said to be allowed: a licence that isn't recognised as a whole is unknown.
"""

import re

from rhapsode.studio.voice import CommercialUse, Voice

_MAX_CHARACTERS = 200

# A line of a model card, as Piper's voices have them: "* License: CC0", or "License: [MIT](https://…)".
_CARD_LINE = re.compile(r"^[\s*#>|-]*licen[cs]e\W*:[*\s]*(?P<said>\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_ADDRESS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)(?:/([\d.]+))?\S*"
)

_FORBIDDEN = re.compile(
    r"\bnc\b|non ?commercial|not? for commercial|research (?:use|purposes|only)|academic use"
)
_VERSION = r"(?: v?(?:ersion )?\d+(?: \d+)?)?"
_COUNTRY = r"(?: international| unported| generic)?"
_ALLOWED = re.compile(
    rf"(?:(?:cc ?0|cc ?zero|zero|mark|public domain(?: mark| dedication)?|unlicense|mit|apache|isc|zlib"
    rf"|bsd(?: [0234] clause)?|0bsd|(?:cc )?by|(?:cc )?by sa"
    rf"|creative commons (?:zero|attribution|attribution share ?alike)){_VERSION}{_COUNTRY}(?: universal)?"
    rf"(?: licen[cs]e)?{_VERSION})"
)


def find_license(card: str) -> str:
    """The licence that a model card names; empty where it names none."""
    found = _CARD_LINE.search(card)
    if found is None:
        return ""
    return _MARKDOWN_LINK.sub(r"\1", found["said"])[:_MAX_CHARACTERS]


def commercial_use_of(license_name: str) -> CommercialUse:
    """Whether what a voice says may be sold, as far as the name or address of its licence tells."""
    plain = _plain(license_name)
    if _FORBIDDEN.search(plain):
        return "no"
    return "yes" if _ALLOWED.fullmatch(plain) else "unknown"


def _plain(license_name: str) -> str:
    spelled = _ADDRESS.sub(r"\1 \2", license_name.strip().lower())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", spelled).split()).removeprefix("the ")


def describe_use(voice: Voice) -> str | None:
    """A sentence for whoever may sell what a voice says; None where that is allowed."""
    licence = f" ({voice.license})" if voice.license else ""
    match voice.commercial_use:
        case "yes":
            return None
        case "no":
            return f"What the voice {voice.name} says may not be sold: its licence{licence} doesn't allow it."
        case _:
            return f"Nobody here knows whether what the voice {voice.name} says may be sold: " + (
                f"look at its licence{licence}." if licence else "it names no licence."
            )
