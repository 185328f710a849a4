"""Ids of voices on other machines: they begin with the engine's name, so that none is taken for a premade one."""

import hashlib
import re

from rhapsode.studio.ids import VoiceId

_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_CHARACTERS = 40


def voice_id_of(engine: str, name: str) -> VoiceId:
    """The id of a server's voice. Names that differ only in what an id can't have get different ones."""
    plain = _OTHER.sub("-", name)
    if plain != name or len(plain) > _MAX_CHARACTERS:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        plain = f"{plain[: _MAX_CHARACTERS - 9].strip('-')}-{digest}"
    return VoiceId(f"{engine}_{plain}")
