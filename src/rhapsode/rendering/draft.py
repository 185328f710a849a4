"""Decide what is said: a chapter as speech requests and pauses, before any audio key is known.

Pure: values in, values out. A node whose take still says what its owner sees keeps that take's speech, whatever
version of an engine made it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rhapsode.audio.grid import pause_frames
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.languages import resolve_language
from rhapsode.rendering import pauses
from rhapsode.storage import keys
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.ids import BlockId, NodeId, TakeId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.project import Block, Chapter, Node, Project, Take, TakePart
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.sentences import split_segments
from rhapsode.text.spoken import speakable


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What an engine is asked to say. settings: those that it heeds, by name."""

    speech_key: bytes
    spoken_text: str
    engine: str
    voice_id: VoiceId
    language: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DraftPart:
    """Speech (`request`, with the node it comes from), or a pause of `frame_count` frames.

    text, spans: the original text it stands for and the way to what is spoken, as in SnapshotPart.
    """

    text: str
    spans: tuple[int, ...] = ()
    block_id: BlockId | None = None
    node_id: NodeId | None = None
    request: SpeechRequest | None = None
    frame_count: int | None = None


@dataclass(frozen=True, slots=True)
class ChapterDraft:
    """A chapter's parts in order, and the takes that nodes get which have none that fits.

    unspoken_languages: marked in the text but spoken by no voice of the project, which reads them as its own.
    """

    chapter: Chapter
    parts: tuple[DraftPart, ...]
    takes: tuple[tuple[NodeId, Take], ...]
    unspoken_languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a draft is made from besides the chapter. takes: by node and source key."""

    workspace_id: WorkspaceId
    project: Project
    takes: Mapping[tuple[NodeId, bytes], Take]
    get_voice: Callable[[VoiceId], Voice]
    get_traits: Callable[[str], EngineTraits]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a node, and how."""

    voice: Voice
    language: str
    traits: EngineTraits
    settings: Mapping[str, Any]


def draft_chapter(chapter: Chapter, sources: Sources) -> ChapterDraft:
    """Decide the speech of every node and the pauses between blocks.

    Raises: UnknownVoice; UnknownLanguage, when a voice doesn't speak the project's language.
    """
    parts = [_pause(pauses.CHAPTER_START_MS, "")]
    takes: list[tuple[NodeId, Take]] = []
    before: Block | None = None
    for block, after_scene_break in _spoken_blocks(chapter):
        if before is not None:
            pause_ms = pauses.pause_between_ms(before, block, scene_break=after_scene_break)
            parts.append(_pause(pause_ms, "\n"))
        for node in block.nodes:
            reading = choose_reading(block.kind, block.language, node.voice_id, sources)
            take = _take(node, reading, sources)
            parts += (_speech(block, node, part, reading) for part in take.parts)
            if take != node.take:
                takes.append((node.node_id, take))
        before = block
    parts.append(_pause(pauses.CHAPTER_END_MS, ""))
    return ChapterDraft(chapter, tuple(parts), tuple(takes), _unspoken_languages(chapter, sources))


def _pause(pause_ms: int, text: str) -> DraftPart:
    return DraftPart(text, frame_count=pause_frames(pause_ms))


def _spoken_blocks(chapter: Chapter) -> Iterator[tuple[Block, bool]]:
    """Blocks that are heard, and whether a scene break stands before each."""
    after_scene_break = False
    for block in chapter.blocks:
        if block.kind is BlockKind.SCENE_BREAK:
            after_scene_break = True
        elif block.is_spoken:
            yield block, after_scene_break
            after_scene_break = False


def choose_reading(
    kind: BlockKind, marked_language: str | None, voice_id: VoiceId | None, sources: Sources
) -> Reading:
    """How a node is read: voice_id is its own, kind and marked_language are its block's.

    Raises: UnknownVoice; UnknownLanguage, when the voice doesn't speak the project's language.
    """
    voice = sources.get_voice(sources.project.voice_of(kind, voice_id))
    traits = sources.get_traits(voice.engine)
    language = _find_language(marked_language, voice) or resolve_language(sources.project.language, voice)
    return Reading(voice, language, traits, heeded_settings(traits, VoiceSettings()))


def _find_language(tag: str | None, voice: Voice) -> str | None:
    if tag is None:
        return None
    try:
        return resolve_language(tag, voice)
    except UnknownLanguage:
        # One quotation in a language nobody speaks must not stop a book; the draft reports it.
        return None


def _unspoken_languages(chapter: Chapter, sources: Sources) -> frozenset[str]:
    voice = sources.get_voice(sources.project.default_paragraph_voice_id)
    marked = {block.language for block, _ in _spoken_blocks(chapter) if block.language is not None}
    return frozenset(tag for tag in marked if _find_language(tag, voice) is None)


def heeded_settings(traits: EngineTraits, settings: VoiceSettings) -> dict[str, Any]:
    """Only what the engine does something with: other settings must not make anything stale."""
    return {name: getattr(settings, name) for name in traits.heeded_settings}


def source_key_of(text: str, reading: Reading) -> bytes:
    """The digest of all that a node's owner could see and hear change."""
    return keys.source_key(
        text=text,
        language=reading.language,
        voice_id=reading.voice.voice_id,
        settings=reading.settings,
        rules=(),
    )


def _take(node: Node, reading: Reading, sources: Sources) -> Take:
    source = source_key_of(node.text, reading)
    if node.take is not None and node.take.source_key == source:
        return node.take
    earlier = sources.takes.get((node.node_id, source))
    return earlier or Take(TakeId(new_id()), source, split_text(node.text, reading, sources.workspace_id))


def split_text(text: str, reading: Reading, workspace_id: WorkspaceId) -> tuple[TakePart, ...]:
    """Cut a text into what its reader says at once, each part with its speech key; together they are all of it."""
    limit = min(MAX_SEGMENT_CHARACTERS, reading.traits.max_characters)
    ranges = split_segments(text, language=reading.language, max_characters=limit)
    parts = []
    for start, end in ranges:
        spoken_text, spans = speakable(text[start:end])
        key = _speech_key(spoken_text, reading, workspace_id)
        parts.append(TakePart(start, end, key, tuple(spans.to_list())))
    return tuple(parts)


def _speech_key(spoken_text: str, reading: Reading, workspace_id: WorkspaceId) -> bytes:
    return keys.speech_key(
        workspace_id=workspace_id,
        spoken_text=spoken_text,
        language=reading.language,
        voice_id=reading.voice.voice_id,
        settings=reading.settings,
        engine=reading.voice.engine,
        engine_version=reading.traits.version,
        take=0,
    )


def _speech(block: Block, node: Node, part: TakePart, reading: Reading) -> DraftPart:
    text = node.text[part.start : part.end]
    request = speech_request(text, part.speech_key, reading)
    return DraftPart(text, part.spans, block.block_id, node.node_id, request)


def speech_request(text: str, speech_key: bytes, reading: Reading) -> SpeechRequest:
    """What an engine is asked for one part's text."""
    return SpeechRequest(
        speech_key=speech_key,
        spoken_text=speakable(text)[0],
        engine=reading.voice.engine,
        voice_id=reading.voice.voice_id,
        language=reading.language,
        settings=reading.settings,
    )
