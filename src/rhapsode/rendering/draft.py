"""Decide what is said: a chapter as speech requests and pauses, before any audio key is known.

Pure: values in, values out. A node whose take still says what its owner sees keeps that take's speech, whatever
version of an engine made it, until a refresh is asked for; a locked block keeps its take whatever changes.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rhapsode.audio.grid import pause_frames
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.languages import resolve_language
from rhapsode.rendering import pauses
from rhapsode.rendering.reading import Reading, make_reading, source_key_of, source_of, split_text
from rhapsode.rendering.refresh import Refresh
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, TakeId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.project import Block, Chapter, Node, Project, Take, TakePart, TakeSource
from rhapsode.studio.pronunciation import Pronunciation, PronunciationRule
from rhapsode.studio.voice import Voice
from rhapsode.text.spoken import spoken_text_of


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What is to be spoken.

    spoken_text: with its pauses (text.pauses), which the renderer makes.    settings: those that the engine heeds.
    pronunciations: of stretches of the text, for an engine that heeds them.
    """

    speech_key: bytes
    spoken_text: str
    engine: str
    voice_id: VoiceId
    language: str
    settings: Mapping[str, Any]
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftPart:
    """Speech (`request`, with the node it comes from), or a pause of `frame_count` frames.

    text, spans, spoken_text: the original text it stands for and what is spoken, as in SnapshotPart.
    """

    text: str
    spans: tuple[int, ...] = ()
    block_id: BlockId | None = None
    node_id: NodeId | None = None
    request: SpeechRequest | None = None
    frame_count: int | None = None
    spoken_text: str | None = None


@dataclass(frozen=True, slots=True)
class DraftNode:
    """What was decided of a node that is heard.

    take: what is heard of it, its current one or another.    source: what is asked for now, which a locked block's
    take may differ from.    source_key: of that.    is_outdated: the take still says it, but a newer version of its
    engine or voice would speak it.    is_anew: it has another take because the speech of its own was dropped.
    """

    block: Block
    node: Node
    take: Take
    source: TakeSource
    source_key: bytes
    is_outdated: bool
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class ChapterDraft:
    """A chapter's parts in order, and the takes that nodes get which have none that fits.

    unspoken_languages: marked in the text but spoken by no voice of the project, which reads them as its own.
    nodes: all that are heard, in order.
    """

    chapter: Chapter
    parts: tuple[DraftPart, ...]
    takes: tuple[tuple[NodeId, Take], ...]
    unspoken_languages: frozenset[str]
    nodes: tuple[DraftNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """What a draft is made from besides the chapter.

    takes: by node and source key.    get_reader: who reads a language for a voice that the project names (see
      `Catalogue.get_reader`).    rules: of the project's pronunciation dictionaries, in their order.
    refresh: what is spoken again where an older version spoke it; None for nothing.
    anew: nodes whose speech was dropped and can't be had again, each with the number of the take that it gets.
    """

    workspace_id: WorkspaceId
    project: Project
    takes: Mapping[tuple[NodeId, bytes], Take]
    get_reader: Callable[[VoiceId, str], Voice]
    get_traits: Callable[[str], EngineTraits]
    rules: Sequence[PronunciationRule] = ()
    refresh: Refresh | None = None
    anew: Mapping[NodeId, int] = field(default_factory=dict)


def draft_chapter(chapter: Chapter, sources: Sources) -> ChapterDraft:
    """Decide the speech of every node and the pauses between blocks.

    Raises: UnknownVoice; UnknownLanguage, when a voice doesn't speak the project's language.
    """
    parts = [_pause(pauses.CHAPTER_START_MS, "")]
    nodes: list[DraftNode] = []
    before: Block | None = None
    read_by = functools.cache(functools.partial(choose_reading, sources=sources))
    for block, after_scene_break in _spoken_blocks(chapter):
        if before is not None:
            pause_ms = pauses.pause_between_ms(before, block, scene_break=after_scene_break)
            parts.append(_pause(pause_ms, "\n"))
        for node in block.nodes:
            reading = read_by(block.kind, block.language, node.voice_id)
            drafted = _draft_node(chapter.chapter_id, block, node, reading, sources)
            parts += _spoken(drafted, reading)
            nodes.append(drafted)
        before = block
    parts.append(_pause(pauses.CHAPTER_END_MS, ""))
    takes = tuple((n.node.node_id, n.take) for n in nodes if n.take != n.node.take)
    return ChapterDraft(chapter, tuple(parts), takes, _unspoken_languages(chapter, sources), tuple(nodes))


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
    project = sources.project
    named = project.voice_of(kind, voice_id)
    voice = _reader(named, marked_language, sources)
    marked = _find_language(marked_language, voice)
    return make_reading(
        voice,
        sources.get_traits(voice.engine),
        marked or resolve_language(project.language, voice),
        settings=project.settings_of(named),
        rules=sources.rules,
        normalization=project.details.apply_text_normalization,
        model_id=project.details.default_model_id,
        written_in=(marked_language if marked else None) or project.language,
    )


def _reader(named: VoiceId, marked_language: str | None, sources: Sources) -> Voice:
    """Whoever reads the project, and another for a language that only this one doesn't speak."""
    voice = sources.get_reader(named, sources.project.language)
    if marked_language is None or _find_language(marked_language, voice) is not None:
        return voice
    other = sources.get_reader(named, marked_language)
    return voice if _find_language(marked_language, other) is None else other


def _find_language(tag: str | None, voice: Voice) -> str | None:
    if tag is None:
        return None
    try:
        return resolve_language(tag, voice)
    except UnknownLanguage:
        # One quotation in a language nobody speaks must not stop a book; the draft reports it.
        return None


def _unspoken_languages(chapter: Chapter, sources: Sources) -> frozenset[str]:
    named = sources.project.default_paragraph_voice_id
    marked = {block.language for block, _ in _spoken_blocks(chapter) if block.language is not None}
    return frozenset(tag for tag in marked if _find_language(tag, _reader(named, tag, sources)) is None)


def _draft_node(
    chapter_id: ChapterId, block: Block, node: Node, reading: Reading, sources: Sources
) -> DraftNode:
    source, source_key = source_of(node.text, reading), source_key_of(node.text, reading)
    if (number := sources.anew.get(node.node_id)) is not None:
        said = split_text(node.text, replace(reading, take=number), sources.workspace_id)
        new = Take(TakeId(new_id()), source_key, said, source)
        return DraftNode(block, node, new, source, source_key, is_outdated=False, is_anew=True)
    take = node.take if keeps_take(block, node) else _find_take(node, source_key, sources)
    parts = functools.partial(split_text, node.text, reading, sources.workspace_id)
    is_outdated = take is not None and _is_outdated(take, source, source_key, parts)
    wants_new = sources.refresh is not None and sources.refresh.covers(chapter_id, block.block_id)
    if take is None or (is_outdated and wants_new and not block.locked):
        take, is_outdated = Take(TakeId(new_id()), source_key, parts(), source), False
    return DraftNode(block, node, take, source, source_key, is_outdated)


def keeps_take(block: Block, node: Node) -> bool:
    """Whether a node has its take because its block is locked, whoever would read it now.

    Only what says the node's text can: its times are those of that text.
    """
    return block.locked and node.take is not None and node.take.says(node.text)


def _find_take(node: Node, source_key: bytes, sources: Sources) -> Take | None:
    """The take that says what a node's owner sees: the current one where it does, or an earlier one."""
    if node.take is not None and node.take.source_key == source_key:
        return node.take
    return sources.takes.get((node.node_id, source_key))


def _is_outdated(
    take: Take, source: TakeSource, source_key: bytes, parts: Callable[[], tuple[TakePart, ...]]
) -> bool:
    """Whether a take was spoken by another version than the one that would speak it now."""
    if take.source is not None:
        was, now = take.source, source
        # What another voice said, as in a locked block, isn't older or newer.
        return was.voice_id == now.voice_id and was.engine_version != now.engine_version
    # The version is in the keys of the speech, and nowhere else in takes that an earlier version has made.
    return take.source_key == source_key and _speech_keys(take.parts) != _speech_keys(parts())


def _speech_keys(parts: Iterable[TakePart]) -> list[bytes]:
    return [part.speech_key for part in parts]


def _spoken(drafted: DraftNode, reading: Reading) -> Iterator[DraftPart]:
    """The parts of a node, with the pauses between its sentences."""
    for part in drafted.take.parts:
        yield _speech(drafted, part, reading)
        if part.pause_ms:
            yield _pause(part.pause_ms, "")


def _speech(drafted: DraftNode, part: TakePart, reading: Reading) -> DraftPart:
    block, node = drafted.block, drafted.node
    text = node.text[part.start : part.end]
    # Its own reader's, who in a locked block isn't the one that reads the rest now.
    spoken_by = drafted.take.source
    request = (
        speech_request(text, part, reading) if spoken_by is None else kept_request(text, part, spoken_by)
    )
    return DraftPart(text, part.spans, block.block_id, node.node_id, request, spoken_text=part.spoken_text)


def kept_request(text: str, part: TakePart, source: TakeSource) -> SpeechRequest:
    """What an engine was asked for, or is, for a part of a take."""
    return SpeechRequest(
        speech_key=part.speech_key,
        spoken_text=spoken_text_of(text, part.spoken_text),
        engine=source.engine,
        voice_id=source.voice_id,
        language=source.language,
        settings=source.settings,
        pronunciations=part.pronunciations,
    )


def speech_request(text: str, part: TakePart, reading: Reading) -> SpeechRequest:
    """What an engine is asked for a part, which is kept or new. text: the part's own."""
    return SpeechRequest(
        speech_key=part.speech_key,
        spoken_text=spoken_text_of(text, part.spoken_text),
        engine=reading.voice.engine,
        voice_id=reading.voice.voice_id,
        language=reading.language,
        settings=reading.settings,
        pronunciations=part.pronunciations,
    )
