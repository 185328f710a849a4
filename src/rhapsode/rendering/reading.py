"""Who reads a text, and how: what is spoken for it, in which parts, and the keys of both."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.storage import keys
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.models import MODELS
from rhapsode.studio.project import TakePart
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


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a text, and how. settings: those that the engine heeds, by name.

    normalization: what was asked for, where that isn't to read numbers in the text's own language.
    """

    voice: Voice
    language: str
    traits: EngineTraits
    settings: Mapping[str, Any]
    preparation: Preparation
    normalization: str | None


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
    """Only what the engine does something with: other settings must not make anything stale."""
    return {name: getattr(settings, name) for name in traits.heeded_settings}


def source_key_of(text: str, reading: Reading) -> bytes:
    """The digest of all that a text's owner could see and hear change. Of the rules, those that fit in the text."""
    return keys.source_key(
        text=text,
        language=reading.language,
        voice_id=reading.voice.voice_id,
        settings=reading.settings,
        rules=[_canonical(rule) for rule in list_fired_rules(text, reading.preparation)],
        normalization=reading.normalization,
    )


def _canonical(rule: PronunciationRule) -> str:
    kind = "alias" if isinstance(rule, AliasRule) else "phoneme"
    return json.dumps([kind, *astuple(rule)], ensure_ascii=False, separators=(",", ":"))


def split_text(text: str, reading: Reading, workspace_id: WorkspaceId) -> tuple[TakePart, ...]:
    """Cut a text into what its reader says at once, each part with its speech key; together they are all of it."""
    prepared = split_prepared(
        text,
        reading.preparation,
        language=reading.language,
        max_characters=min(MAX_SEGMENT_CHARACTERS, reading.traits.max_characters),
    )
    return tuple(
        TakePart(
            part.start,
            part.end,
            _speech_key(part, reading, workspace_id),
            tuple(part.spans.to_list()),
            kept_spoken_text(text[part.start : part.end], part.spoken_text),
            part.pronunciations,
        )
        for part in prepared
    )


def _speech_key(part: Prepared, reading: Reading, workspace_id: WorkspaceId) -> bytes:
    return keys.speech_key(
        workspace_id=workspace_id,
        spoken_text=part.spoken_text,
        language=reading.language,
        voice_id=reading.voice.voice_id,
        settings=reading.settings,
        engine=reading.voice.engine,
        engine_version=reading.traits.version,
        take=0,
        pronunciations=part.pronunciations,
    )
