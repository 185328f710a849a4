"""Who reads a text, and how: what is spoken for it, in which parts, and the keys of both."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any

from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.rendering.opening import ends_a_sentence
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.storage import keys
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS, MAX_TAKES_ANEW
from rhapsode.studio.models import MODELS
from rhapsode.studio.project import TakePart, TakeSource
from rhapsode.studio.pronunciation import AliasRule, PronunciationRule
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.preparation import (
    NO_RULES,
    Preparation,
    Prepared,
    list_fired_rules,
    split_prepared,
)
from rhapsode.text.rules import RuleSet, compile_rules
from rhapsode.text.spoken import kept_spoken_text

_DEFAULTS: Mapping[str, Any] = asdict(VoiceSettings())

_REMEMBERED_TEXTS = 16_384
"""Texts of which it is remembered what is made of them: those of five long novels, in about 40 MB."""

_REMEMBERED_CHARACTERS = 2_000
"""No longer text is remembered; few paragraphs are longer, and those could be as long as a book."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a text, and how. settings: those that the engine heeds, by name.

    normalization: what was asked for, where that isn't to read numbers in the text's own language.
    take: how often it was read so before and is to be read anew, because that speech was dropped (rendering.anew).
    """

    voice: Voice
    language: str
    traits: EngineTraits
    settings: Mapping[str, Any]
    preparation: Preparation
    normalization: str | None
    take: int = 0

    @property
    def engine_version(self) -> str:
        """Of the engine, with that of the voice's file where it has one."""
        return engine_version_of(self.voice, self.traits)


def engine_version_of(voice: Voice, traits: EngineTraits) -> str:
    """What speech keys say of the version of whoever speaks."""
    return f"{traits.version}/{voice.version}" if voice.version else traits.version


def make_reading(
    voice: Voice,
    traits: EngineTraits,
    language: str,
    *,
    settings: VoiceSettings,
    rules: Sequence[PronunciationRule],
    normalization: str,
    model_id: str | None,
    written_in: str,
) -> Reading:
    """How a voice reads texts.

    language: the voice's, in which it reads them; written_in: theirs, where the voice reads whatever it is given.
    rules: of dictionaries, in their order.    normalization: `auto`, `on`, `off` or `apply_english`.
    model_id: as it was asked for; some have audio tags (studio.models).
    """
    own = _own_language(language, written_in)
    read_as = {"off": None, "apply_english": _as_english(own)}.get(normalization, own)
    model = MODELS.get(model_id or "")
    preparation = Preparation(
        rules=_rule_set(rules, traits),
        normalized_as=read_as,
        has_silent_tags=model is not None and model.has_audio_tags,
    )
    asked = None if read_as == own else normalization
    return Reading(voice, language, traits, heeded_settings(traits, settings), preparation, asked)


def _own_language(language: str, written_in: str) -> str | None:
    """The language of texts; None where nobody has said it."""
    known = written_in if language == ANY_LANGUAGE else language
    return None if known == ANY_LANGUAGE else known


def _as_english(language: str | None) -> str:
    tag = language or "en"
    return tag if tag.replace("_", "-").split("-")[0].lower() == "en" else "en"


def _rule_set(rules: Sequence[PronunciationRule], traits: EngineTraits) -> RuleSet:
    """The rules that an engine can follow: one that it can't mustn't keep a later one from its place."""
    if not traits.pronounces:
        rules = _aliases_of(tuple(rules))
    return compile_rules(rules) if rules else NO_RULES


@functools.lru_cache(maxsize=16)
def _aliases_of(rules: tuple[PronunciationRule, ...]) -> tuple[PronunciationRule, ...]:
    # The same tuple for the same rules, for the sake of `compile_rules`.
    return tuple(rule for rule in rules if isinstance(rule, AliasRule))


def heeded_settings(traits: EngineTraits, settings: VoiceSettings) -> dict[str, Any]:
    """Only what the engine does something with: other settings must not make anything stale.

    Of those, only what isn't at its default, lest a version of an engine that begins to heed one makes all stale that
    an earlier one has spoken. The speed has been in keys from the first.
    """
    heeded = {name: getattr(settings, name) for name in traits.heeded_settings}
    return {name: value for name, value in heeded.items() if name == "speed" or value != _DEFAULTS[name]}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text and who reads it: equal where its source is. The same rules are the same object (text.rules)."""

    text: str
    key: tuple[Any, ...]
    reading: Reading = field(compare=False)


def _asked(text: str, reading: Reading) -> _Asked:
    settings = tuple(reading.settings.items())
    voice_id, engine = reading.voice.voice_id, reading.voice.engine
    by_whom = (voice_id, engine, reading.engine_version, reading.language, settings)
    return _Asked(text, (*by_whom, reading.normalization, reading.preparation, reading.take), reading)


def source_of(text: str, reading: Reading) -> TakeSource:
    """All that a text's owner could see and hear change, and who speaks it now. rules: those that fit in it."""
    return _source_and_key(text, reading)[0]


def source_key_of(text: str, reading: Reading) -> bytes:
    """The key of what is made of a text that is read so."""
    return _source_and_key(text, reading)[1]


def _source_and_key(text: str, reading: Reading) -> tuple[TakeSource, bytes]:
    # Clients poll a project while it is converted, and want to know each time how much of it is.
    asked = _asked(text, reading)
    return _make_source(asked) if len(text) > _REMEMBERED_CHARACTERS else _remembered_source(asked)


@functools.lru_cache(maxsize=_REMEMBERED_TEXTS)
def _remembered_source(asked: _Asked) -> tuple[TakeSource, bytes]:
    return _make_source(asked)


def _make_source(asked: _Asked) -> tuple[TakeSource, bytes]:
    text, reading = asked.text, asked.reading
    source = TakeSource(
        text=text,
        voice_id=reading.voice.voice_id,
        language=reading.language,
        settings=reading.settings,
        rules=tuple(_canonical(rule) for rule in list_fired_rules(text, reading.preparation)),
        normalization=reading.normalization,
        engine=reading.voice.engine,
        engine_version=reading.engine_version,
    )
    return source, key_of_source(source)


def key_of_source(source: TakeSource) -> bytes:
    """The digest of what an owner sees and hears of it."""
    return keys.source_key(
        text=source.text,
        language=source.language,
        voice_id=source.voice_id,
        settings=source.settings,
        rules=source.rules,
        normalization=source.normalization,
    )


def _canonical(rule: PronunciationRule) -> str:
    kind = "alias" if isinstance(rule, AliasRule) else "phoneme"
    return json.dumps([kind, *astuple(rule)], ensure_ascii=False, separators=(",", ":"))


def split_text(
    text: str, reading: Reading, workspace_id: WorkspaceId, *, opening_characters: Sequence[int] = ()
) -> tuple[TakePart, ...]:
    """Cut a text into what its reader says at once, each part with its speech key; together they are all of it.

    opening_characters: as `split_segments` has them, for an engine that isn't given each sentence by itself.
    """
    asked, limits = _asked(text, reading), _limits_of(reading.traits)
    if opening_characters or len(text) > _REMEMBERED_CHARACTERS:
        return _split(asked, limits, workspace_id, opening_characters)
    return _remembered_split(asked, limits, workspace_id)


Suits = Callable[[Sequence[bytes]], bool]
"""Whether a take of a text will do, by the speech keys of all its parts."""


def any_take(_speech_keys: Sequence[bytes]) -> bool:
    """Any take will do."""
    return True


def split_suitably(
    text: str,
    reading: Reading,
    workspace_id: WorkspaceId,
    suits: Suits,
    *,
    opening_characters: Sequence[int] = (),
) -> tuple[TakePart, ...]:
    """`split_text`, with the speech keys of the first take that suits; where none does, of the first of all."""
    takes = [replace(reading, take=take) for take in range(MAX_TAKES_ANEW)]
    for take in takes:
        parts = split_text(text, take, workspace_id, opening_characters=opening_characters)
        if suits([part.speech_key for part in parts]):
            return parts
    return split_text(text, takes[0], workspace_id, opening_characters=opening_characters)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What an engine is given at once."""

    max_characters: int
    by_sentence: bool


def _limits_of(traits: EngineTraits) -> _Limits:
    return _Limits(min(MAX_SEGMENT_CHARACTERS, traits.max_characters), traits.unit == "sentence")


# A book is planned before anybody is kept from writing, and what was found then is used when it is frozen.
@functools.lru_cache(maxsize=_REMEMBERED_TEXTS)
def _remembered_split(asked: _Asked, limits: _Limits, workspace_id: WorkspaceId) -> tuple[TakePart, ...]:
    return _split(asked, limits, workspace_id)


def _split(
    asked: _Asked, limits: _Limits, workspace_id: WorkspaceId, opening_characters: Sequence[int] = ()
) -> tuple[TakePart, ...]:
    prepared = split_prepared(
        asked.text,
        asked.reading.preparation,
        language=asked.reading.language,
        max_characters=limits.max_characters,
        opening_characters=opening_characters,
        by_sentence=limits.by_sentence,
    )
    return tuple(_take_part(part, asked, workspace_id) for part in prepared)


def _take_part(part: Prepared, asked: _Asked, workspace_id: WorkspaceId) -> TakePart:
    written = asked.text[part.start : part.end]
    # Where the whole text ends, whatever follows it decides the pause.
    is_followed = part.end < len(asked.text)
    return TakePart(
        part.start,
        part.end,
        _speech_key(part, asked.reading, workspace_id),
        tuple(part.spans.to_list()),
        kept_spoken_text(written, part.spoken_text),
        part.pronunciations,
        SENTENCE_MS if is_followed and ends_a_sentence(written) else 0,
    )


def _speech_key(part: Prepared, reading: Reading, workspace_id: WorkspaceId) -> bytes:
    return keys.speech_key(
        workspace_id=workspace_id,
        spoken_text=part.spoken_text,
        language=reading.language,
        voice_id=reading.voice.voice_id,
        settings=reading.settings,
        engine=reading.voice.engine,
        engine_version=reading.engine_version,
        take=reading.take,
        pronunciations=part.pronunciations,
    )
