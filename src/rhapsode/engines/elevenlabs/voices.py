"""Voices of the original, as `GET /v1/voices` lists them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.remote.exchange import read_json
from rhapsode.engines.remote.remembered import RemoteVoice

CLONE_MARK = "Made through Rhapsode."
"""How the description of a voice ends that was cloned for one workspace."""

_LABELS = ("gender", "age", "accent", "description", "use_case")

# Source: what the original says of its model eleven_multilingual_v2.
# fmt: off
_LANGUAGES = (
    "en", "ja", "zh", "de", "hi", "fr", "ko", "pt", "it", "es", "id", "nl", "tr", "fil", "pl", "sv", "bg", "ro", "ar",
    "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "ru",
)
# fmt: on
_LOCALES = {
    "american": "en-US",
    "british": "en-GB",
    "australian": "en-AU",
    "irish": "en-IE",
    "indian": "en-IN",
}


def read_voices(content: bytes, *, prefix: str) -> tuple[RemoteVoice, ...]:
    """Those that are listed. prefix: of ids that the server has from another one; a chain of servers has an end.

    Raises: ValueError, when it is no such list. Source: schema GetVoicesResponseModel.
    """
    found = read_json(content)
    try:
        return tuple(_voice(each) for each in found["voices"] if _is_offered(each, prefix))
    except (KeyError, TypeError, AttributeError) as error:
        msg = "it lists its voices in a shape that isn't known"
        raise ValueError(msg) from error


def _is_offered(listed: Any, prefix: str) -> bool:
    """Not what it has from another server, nor what was cloned for one workspace, which has it in its records."""
    if not isinstance(listed, dict) or not listed.get("voice_id"):
        return False
    is_clone = str(listed.get("description") or "").endswith(CLONE_MARK)
    return not is_clone and not listed["voice_id"].startswith(prefix)


def spoken_languages(labels: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The own language of a voice with these labels, and all that it speaks."""
    own = _own_language(labels.get("language", ""), labels.get("accent", ""))
    return own, _languages(own, ())


def _voice(listed: Mapping[str, Any]) -> RemoteVoice:
    labels = {
        name: str(value).strip().lower().replace("-", "_").replace(" ", "_")
        if name != "description"
        else str(value)
        for name, value in (listed.get("labels") or {}).items()
        if name in _LABELS and value
    }
    own = _own_language(str((listed.get("labels") or {}).get("language") or ""), labels.get("accent", ""))
    return RemoteVoice(
        name=str(listed["voice_id"]),
        title=str(listed.get("name") or listed["voice_id"]),
        language=own,
        languages=_languages(own, listed.get("verified_languages") or ()),
        labels=labels,
        description=str(listed.get("description") or ""),
    )


def _own_language(language: str, accent: str) -> str:
    if language in ("", "en"):
        return _LOCALES.get(accent, "en")
    return language


def _languages(own: str, verified: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Its own, those that somebody has verified, and all that the model speaks with any voice."""
    if own == ANY_LANGUAGE:
        return (ANY_LANGUAGE,)
    told = (str(each.get("locale") or each.get("language") or "") for each in verified)
    return tuple(dict.fromkeys(tag for tag in (own, *told, *_LANGUAGES) if tag))
