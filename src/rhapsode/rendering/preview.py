"""What a conversion would make of a chapter, and why: its plan beside what there is.

Pure: values in, values out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import segment_frames
from rhapsode.rendering.draft import DraftNode, keeps_take
from rhapsode.rendering.plan import (
    ChapterPlan,
    PlannedChapter,
    PlannedPart,
    RenderCount,
    SegmentRequest,
    count_missing,
    iterate_missing,
)
from rhapsode.storage.made import EncodedForm, Length
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, VoiceId
from rhapsode.studio.project import TakeSource


class Reason(StrEnum):
    """Why a node isn't what its current take says, or what else is to be made of it."""

    NEW = "new"
    TEXT = "text"
    VOICE = "voice"
    SETTINGS = "settings"
    LANGUAGE = "language"
    DICTIONARY = "dictionary"
    NORMALIZATION = "normalization"
    CHANGED = "changed"
    SPEECH_MISSING = "speech_missing"
    ENGINE_UPGRADED = "engine_upgraded"
    AUDIO_MISSING = "audio_missing"
    QUALITY = "quality"
    MASTERING = "mastering"


@dataclass(frozen=True, slots=True)
class Existing:
    """What there is of a chapter. audio, speech: by their keys.    forms: of what is encoded, by speech key."""

    audio: Mapping[bytes, Length]
    speech: Mapping[bytes, Length]
    forms: Mapping[bytes, Collection[EncodedForm]]


@dataclass(frozen=True, slots=True)
class NodePreview:
    """A node that isn't as it would be. index: among the nodes of its block that have text, from 0.

    is_stale: what it was made of has changed, so a conversion gives it another take.
    """

    index: int
    reasons: tuple[Reason, ...]
    is_stale: bool
    count: RenderCount


@dataclass(frozen=True, slots=True)
class BlockPreview:
    """A block with such nodes. reasons: those of its nodes.    count: what is to be made of them."""

    block_id: BlockId
    locked: bool
    nodes: tuple[NodePreview, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each once, in the order of Reason."""
        found = {reason for node in self.nodes for reason in node.reasons}
        return tuple(reason for reason in Reason if reason in found)

    @property
    def is_stale(self) -> bool:
        """Whether any of its nodes is."""
        return any(node.is_stale for node in self.nodes)

    @property
    def count(self) -> RenderCount:
        """Of all its nodes."""
        return sum((node.count for node in self.nodes), RenderCount())


@dataclass(frozen=True, slots=True)
class Pace:
    """How many frames a voice has spoken, and how many code points."""

    frame_count: int = 0
    character_count: int = 0

    def __add__(self, other: "Pace") -> "Pace":
        """All that it has said."""
        return Pace(self.frame_count + other.frame_count, self.character_count + other.character_count)


@dataclass(frozen=True, slots=True)
class Coming:
    """Audio that isn't there yet. frame_count: of what is known.    characters: to be spoken, by voice."""

    frame_count: int = 0
    characters: Mapping[VoiceId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChapterPreview:
    """What a conversion would do with a chapter.

    is_up_to_date: its latest snapshot is what a conversion would leave.
    existing_frames: of its file, those that are there.    blocks: those that aren't as they would be.
    paces: of the voices, in the speech of it that is there.
    """

    chapter_id: ChapterId
    name: str
    is_up_to_date: bool
    count: RenderCount
    existing_frames: int
    coming: Coming
    paces: Mapping[VoiceId, Pace]
    blocks: tuple[BlockPreview, ...]


def preview_chapter(
    chapter: PlannedChapter, existing: Existing, *, asked_before: Collection[bytes], is_up_to_date: bool
) -> ChapterPreview:
    """Compare a chapter's plan with what there is.

    asked_before: keys of audio that the chapters before it ask for.
    """
    requests = chapter.requests
    made = existing.audio.keys() | asked_before
    missing = {} if is_up_to_date else dict(iterate_missing(requests, made))
    return ChapterPreview(
        chapter_id=chapter.plan.chapter_id,
        name=chapter.plan.name,
        is_up_to_date=is_up_to_date,
        count=count_missing(missing.values(), existing.speech),
        existing_frames=sum(_frames_of(existing.audio.get(r.segment_key)) for r in requests),
        coming=_coming(requests, existing),
        paces=_paces(requests, existing),
        blocks=tuple(_list_blocks(chapter, existing, missing)),
    )


def _frames_of(length: Length | None) -> int:
    return 0 if length is None else length.frame_count or 0


def _coming(requests: Iterable[SegmentRequest], existing: Existing) -> Coming:
    frame_count = 0
    characters: dict[VoiceId, int] = {}
    for request in requests:
        if request.segment_key in existing.audio:
            continue
        if request.speech is None:
            frame_count += request.frame_count or 0
        elif (length := existing.speech.get(request.speech.speech_key)) is not None:
            frame_count += _frames_of_speech(length)
        else:
            voice_id = request.speech.voice_id
            characters[voice_id] = characters.get(voice_id, 0) + request.character_count
    return Coming(frame_count, characters)


def _frames_of_speech(length: Length) -> int:
    assert length.sample_count is not None
    assert length.sample_rate_hz is not None
    # Rounded up, as resampling does.
    return segment_frames(-(-length.sample_count * SAMPLE_RATE_HZ // length.sample_rate_hz))


def _paces(requests: Iterable[SegmentRequest], existing: Existing) -> dict[VoiceId, Pace]:
    found: dict[VoiceId, Pace] = {}
    for request in requests:
        length = None if request.speech is None else existing.speech.get(request.speech.speech_key)
        if request.speech is not None and length is not None:
            spoken = Pace(_frames_of_speech(length), request.character_count)
            found[request.speech.voice_id] = found.get(request.speech.voice_id, Pace()) + spoken
    return found


def estimate_coming(coming: Coming, paces: Mapping[VoiceId, Pace]) -> int | None:
    """About how many frames of audio are to come; None where a voice has said nothing yet to go by."""
    frame_count = coming.frame_count
    for voice_id, count in coming.characters.items():
        pace = paces.get(voice_id)
        if pace is None or not pace.character_count:
            return None
        frame_count += round(count * pace.frame_count / pace.character_count)
    return frame_count


def join_paces(paces: Iterable[Mapping[VoiceId, Pace]]) -> dict[VoiceId, Pace]:
    """All that each voice has said."""
    found: dict[VoiceId, Pace] = {}
    for voice_id, pace in (item for each in paces for item in each.items()):
        found[voice_id] = found.get(voice_id, Pace()) + pace
    return found


def _list_blocks(
    chapter: PlannedChapter, existing: Existing, missing: Mapping[int, SegmentRequest]
) -> Iterator[BlockPreview]:
    places = _places_by_node(chapter.plan)
    for _, nodes in groupby(chapter.draft.nodes, key=lambda drafted: drafted.block.block_id):
        heard = [drafted for drafted in nodes if drafted.node.text]
        previews = []
        for index, drafted in enumerate(heard):
            own = places.get(drafted.node.node_id, [])
            parts = [chapter.plan.parts[place] for place in own]
            stale = list_stale_reasons(drafted)
            is_stale = bool(stale) and not keeps_take(drafted.block, drafted.node)
            others = _list_other_reasons(drafted, parts, chapter, existing, is_stale=is_stale)
            if reasons := (*stale, *others):
                count = count_missing((missing[p] for p in own if p in missing), existing.speech)
                previews.append(NodePreview(index, reasons, is_stale, count))
        if previews:
            block = heard[0].block
            yield BlockPreview(block.block_id, block.locked, tuple(previews))


def _places_by_node(plan: ChapterPlan) -> dict[NodeId, list[int]]:
    found: dict[NodeId, list[int]] = {}
    for place, part in enumerate(plan.parts):
        if part.node_id is not None:
            found.setdefault(part.node_id, []).append(place)
    return found


def _list_other_reasons(
    drafted: DraftNode,
    parts: Collection[PlannedPart],
    chapter: PlannedChapter,
    existing: Existing,
    *,
    is_stale: bool,
) -> Iterator[Reason]:
    """What else there is to say of a node, whose text it leaves as it was spoken."""
    if drafted.is_anew:
        yield Reason.SPEECH_MISSING
        return
    is_refreshed = _is_refreshed(drafted)
    if drafted.is_outdated or is_refreshed:
        yield Reason.ENGINE_UPGRADED
    if is_stale or is_refreshed:
        return
    missing = [part for part in parts if part.segment_key not in existing.audio]
    if any(part.speech_key not in existing.speech for part in missing):
        yield Reason.SPEECH_MISSING
    elif missing:
        yield from _list_encoding_reasons(missing[0], chapter, existing)


def list_stale_reasons(drafted: DraftNode) -> list[Reason]:
    """Why a node isn't what its current take was made of; nothing where it is."""
    take = drafted.node.take
    if take is None:
        return [Reason.NEW]
    if take.source_key == drafted.source_key:
        return []
    if take.source is None:
        return [Reason.CHANGED]
    return [*_list_differences(take.source, drafted.source)]


def _list_differences(was: TakeSource, now: TakeSource) -> Iterator[Reason]:
    """What an owner has changed. What goes with something else that has changed isn't told by itself."""
    if was.text != now.text:
        yield Reason.TEXT
    if was.voice_id != now.voice_id:
        yield Reason.VOICE
        return
    if was.settings != now.settings:
        yield Reason.SETTINGS
    if was.language != now.language:
        yield Reason.LANGUAGE
    elif was.normalization != now.normalization:
        yield Reason.NORMALIZATION
    if was.text == now.text and was.rules != now.rules:
        yield Reason.DICTIONARY


def _is_refreshed(drafted: DraftNode) -> bool:
    """Whether a refresh that waits or runs gives a node a new take of the same."""
    take = drafted.node.take
    return take is not None and take.source_key == drafted.source_key and take != drafted.take


def _list_encoding_reasons(
    part: PlannedPart, chapter: PlannedChapter, existing: Existing
) -> Iterator[Reason]:
    assert part.speech_key is not None
    mastering = chapter.masterings.get(part.speech_key)
    forms = existing.forms.get(part.speech_key, ())
    if not forms:
        yield Reason.AUDIO_MISSING
        return
    name = None if mastering is None else mastering.name
    is_mastered_so = any(form.mastering == name for form in forms)
    is_encoded_so = any(form.encoding == chapter.plan.encoding.name for form in forms)
    if is_mastered_so or not is_encoded_so:
        yield Reason.QUALITY
    if not is_mastered_so:
        yield Reason.MASTERING
