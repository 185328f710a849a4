"""Which voices the wire offers, and which of them a question is about."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from fastapi import Query
from pydantic import BaseModel

from rhapsode.api.language_names import primary_language
from rhapsode.api.paging import check_page_size
from rhapsode.api.studio_models import unix_time
from rhapsode.api.voice_models import VerifiedLanguage, VoiceModel, VoicePageModel, VoiceSettingsModel
from rhapsode.authoring.voices import voice_not_found
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.storage.voice_edits import VoiceEdit
from rhapsode.studio.errors import InvalidCursor, InvalidInput
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_VOICE_IDS, MAX_VOICE_PAGE
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue
from rhapsode.voices.premade import PREMADE_VOICES, PremadeVoice

# Whether a type takes in a workspace's own voices, and all others. Nothing here is from a library, nor collected.
_TYPES: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {
        "default": (False, True),
        "personal": (True, False),
        "workspace": (False, False),
        "community": (False, False),
        "non-default": (True, False),
        "non-community": (True, False),
        "saved": (True, False),
    }
)


class VoiceQuery(BaseModel):
    """The parameters of operation get_user_voices_v2; each one that is given narrows the list.

    language: what a voice speaks, its own language or another.    voice_type: own voices are `personal`, all others
    `default`.    fine_tuning_state, collection_id, min_notice_period_days, high_quality: of things that no voice here
    has.
    """

    next_page_token: str | None = None
    page_size: int = 10
    search: str | None = None
    sort: str | None = None
    sort_direction: str | None = None
    voice_type: str | None = None
    category: str | None = None
    fine_tuning_state: str | None = None
    collection_id: str | None = None
    gender: str | None = None
    age: str | None = None
    language: list[str] | None = Query(None)
    accent: str | None = None
    use_cases: list[str] | None = Query(None)
    min_notice_period_days: int | None = None
    include_custom_rates: bool | None = None
    include_live_moderated: bool | None = None
    high_quality: bool | None = None
    include_total_count: bool = True
    voice_ids: list[str] | None = Query(None)


def list_offered_voices(catalogue: Catalogue) -> list[VoiceModel]:
    """All voices, the default first, and then the premade ids that they answer.

    As the workspace has made them, without those that it doesn't want.
    """
    assigned, edits = catalogue.premade, catalogue.edits
    aliases = [_alias_model(premade, assigned[premade.voice_id]) for premade in PREMADE_VOICES if assigned]
    deleted = edits.deleted
    return [
        _edited(voice, edits.of(VoiceId(voice.voice_id)))
        for voice in [*(_voice_model(voice, catalogue) for voice in catalogue.voices), *aliases]
        if voice.voice_id not in deleted
    ]


def get_offered_voice(voice_id: str, catalogue: Catalogue) -> VoiceModel:
    """Return the voice with this very id. Raises: UnknownVoice."""
    for voice in list_offered_voices(catalogue):
        if voice.voice_id == voice_id:
            return voice
    raise voice_not_found(voice_id)


def _edited(voice: VoiceModel, edit: VoiceEdit) -> VoiceModel:
    changed: dict[str, Any] = {}
    if edit.name is not None:
        changed["name"] = edit.name
    if edit.description is not None:
        changed["description"] = edit.description or None
    if edit.labels is not None:
        changed["labels"] = edit.labels
    if edit.settings is not None:
        changed["settings"] = VoiceSettingsModel(**asdict(edit.settings))
    return voice.model_copy(update=changed) if changed else voice


def find_page(voices: Sequence[VoiceModel], query: VoiceQuery) -> VoicePageModel:
    """Pure: one page of the voices that a query is about.

    Raises: InvalidPageSize; InvalidCursor; InvalidInput for an order or a type of voice that there isn't.
    """
    check_page_size(query.page_size, most=MAX_VOICE_PAGE)
    tests = list(_tests(query))
    found = [voice for voice in _sorted(voices, query) if all(test(voice) for test in tests)]
    start = _position_after(found, query.next_page_token)
    page = found[start : start + query.page_size]
    has_more = start + len(page) < len(found)
    return VoicePageModel(
        voices=page,
        has_more=has_more,
        total_count=len(found),
        next_page_token=page[-1].voice_id if has_more else None,
    )


_ORDERS: Mapping[str, Callable[[VoiceModel], Any]] = MappingProxyType(
    {
        "name": lambda voice: voice.name.casefold(),
        # What comes with an engine was there before anything was made.
        "created_at_unix": lambda voice: voice.created_at_unix or 0,
    }
)


def _position_after(found: Sequence[VoiceModel], token: str | None) -> int:
    if not token:
        return 0
    for position, voice in enumerate(found, start=1):
        if voice.voice_id == token:
            return position
    msg = "next_page_token doesn't come from an earlier page of the same list."
    raise InvalidCursor(msg)


def _sorted(voices: Sequence[VoiceModel], query: VoiceQuery) -> Sequence[VoiceModel]:
    if query.sort and query.sort not in _ORDERS:
        msg = f"sort is {query.sort!r}; it can be 'name' or 'created_at_unix'."
        raise InvalidInput(msg)
    ordered = sorted(voices, key=_ORDERS[query.sort]) if query.sort else voices
    return ordered[::-1] if (query.sort_direction or "").lower() == "desc" else ordered


def _tests(query: VoiceQuery) -> Iterator[Callable[[VoiceModel], bool]]:
    if query.search:
        yield functools.partial(_mentions, query.search.casefold())
    for label in ("gender", "age", "accent"):
        if wanted := getattr(query, label):
            yield functools.partial(_has_label, label, frozenset({wanted.casefold()}))
    if query.use_cases:
        yield functools.partial(_has_label, "use_case", frozenset(map(str.casefold, query.use_cases)))
    if query.language:
        yield functools.partial(_speaks, frozenset(map(str.casefold, query.language)))
    if query.voice_ids:
        yield functools.partial(_is_one_of, _wanted_ids(query.voice_ids))
    if query.category:
        yield functools.partial(_is_of_category, query.category)
    if query.voice_type:
        yield functools.partial(_is_of_type, *_wanted_types(query.voice_type))
    if any((query.fine_tuning_state, query.collection_id, query.min_notice_period_days, query.high_quality)):
        yield lambda _voice: False


def _wanted_ids(voice_ids: Sequence[str]) -> frozenset[str]:
    if len(voice_ids) > MAX_VOICE_IDS:
        msg = f"voice_ids has {len(voice_ids)} ids; at most {MAX_VOICE_IDS} can be asked for at once."
        raise InvalidInput(msg)
    return frozenset(voice_ids)


def _wanted_types(voice_type: str) -> tuple[bool, bool]:
    if voice_type not in _TYPES:
        msg = f"voice_type is {voice_type!r}; it can be one of {', '.join(sorted(_TYPES))}."
        raise InvalidInput(msg)
    return _TYPES[voice_type]


def _mentions(sought: str, voice: VoiceModel) -> bool:
    texts = (voice.name, voice.description or "", voice.category, *voice.labels.values())
    return any(sought in text.casefold() for text in texts)


def _has_label(label: str, wanted: frozenset[str], voice: VoiceModel) -> bool:
    return voice.labels.get(label, "").casefold() in wanted


def _speaks(wanted: frozenset[str], voice: VoiceModel) -> bool:
    return any(
        language.language.casefold() in wanted or (language.locale or "").casefold() in wanted
        for language in voice.verified_languages
    )


def _is_one_of(wanted: frozenset[str], voice: VoiceModel) -> bool:
    return voice.voice_id in wanted


def _is_of_category(wanted: str, voice: VoiceModel) -> bool:
    return voice.category == wanted


def _is_of_type(wants_own: bool, wants_others: bool, voice: VoiceModel) -> bool:
    return wants_own if voice.is_owner else wants_others


def _voice_model(voice: Voice, catalogue: Catalogue) -> VoiceModel:
    return VoiceModel(
        voice_id=voice.voice_id,
        name=voice.name,
        category=voice.category,
        labels={**voice.labels, "language": primary_language(voice.language)},
        description=voice.description or None,
        verified_languages=_verified_languages(voice.languages),
        is_owner=voice.voice_id in catalogue.own,
        created_at_unix=unix_time(voice.created_at_ms),
        engine=voice.engine,
        license=voice.license,
        commercial_use=voice.commercial_use,
    )


def _alias_model(premade: PremadeVoice, local: Voice) -> VoiceModel:
    return VoiceModel(
        voice_id=premade.voice_id,
        name=premade.name,
        labels=premade.labels,
        description=f"Answered by {local.description or local.name}",
        verified_languages=_verified_languages(local.languages),
        engine=local.engine,
        license=local.license,
        commercial_use=local.commercial_use,
    )


@functools.lru_cache(maxsize=64)
def _verified_languages(tags: tuple[str, ...]) -> tuple[VerifiedLanguage, ...]:
    """Made once for each engine: its voices share them, and there are dozens of both."""
    return tuple(
        VerifiedLanguage(language=primary_language(tag), locale=tag if "-" in tag else None)
        for tag in tags
        if tag != ANY_LANGUAGE
    )
