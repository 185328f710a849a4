"""What a conversion would do, on the wire. All of this is ours: the contract converts and says nothing before."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, FailFast

from rhapsode.api.sent_lists import at_most
from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.grid import seconds_of
from rhapsode.rendering.plan import RenderCount
from rhapsode.rendering.preview import BlockPreview, ChapterPreview, NodePreview, Reason
from rhapsode.rendering.previews import ConversionPreview
from rhapsode.rendering.refresh import Refresh
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import BlockId, ChapterId, DictionaryId, DictionaryVersionId, ProjectId
from rhapsode.studio.limits import MAX_BLOCKS, MAX_CHAPTERS
from rhapsode.studio.pronunciation import DictionaryLocator


class CountModel(BaseModel):
    """What would be made. Characters are code points of what is spoken, as quotas count them; pauses are encoded."""

    segments_to_speak: int
    characters_to_speak: int
    segments_to_encode: int


class NodePlanModel(CountModel):
    """A node that isn't as it would be. node_index: among the nodes of its block that have text, from 0."""

    node_index: int
    reasons: list[Reason]


class BlockPlanModel(CountModel):
    """A block that isn't as it would be.

    is_stale: what it was made of has changed, so it gets another take; that costs nothing where one that fits is
    there, or where it sounds the same.    locked: it stays what it is, whatever is said of it.
    reasons: `new` was never spoken; `text`, `voice`, `settings`, `language`, `dictionary` and `normalization` have
    changed since it was; `changed` is something of these, of what an earlier version of the server has spoken;
    `speech_missing` has lost its sound, or it was dropped. These make nothing stale: `engine_upgraded` was spoken by
    an older version of its engine or voice, and stays so until a refresh; `audio_missing`, `quality` and `mastering`
    are only encoded.
    """

    block_id: str
    locked: bool
    is_stale: bool
    reasons: list[Reason]
    nodes: list[NodePlanModel]


class ChapterPlanModel(CountModel):
    """What a conversion would do with a chapter. blocks: those that aren't as they would be, in order.

    is_up_to_date: its latest snapshot is what a conversion would leave.
    blocks_to_speak: those with anything to speak.    existing_audio_secs: of its file, what is there.
    coming_audio_secs: about what isn't there; null where a voice has said nothing yet to go by.
    """

    chapter_id: str
    name: str
    is_up_to_date: bool
    blocks_to_speak: int
    existing_audio_secs: float
    coming_audio_secs: float | None
    blocks: list[BlockPlanModel]


class PlanModel(CountModel):
    """What a conversion would do that was asked for now: the sums of its chapters, and these.

    is_up_to_date: the latest snapshot is what it would leave.
    """

    project_id: str
    is_up_to_date: bool
    blocks_to_speak: int
    existing_audio_secs: float
    coming_audio_secs: float | None
    chapters: list[ChapterPlanModel]


class RefreshBody(BaseModel):
    """What is to be spoken again where an older version of its engine or voice has spoken it.

    All that either list names; without both, the whole project.
    """

    chapter_ids: Annotated[
        list[str] | None, FailFast(), at_most(MAX_CHAPTERS, of_what="chapters to refresh")
    ] = None
    block_ids: Annotated[list[str] | None, FailFast(), at_most(MAX_BLOCKS, of_what="blocks to refresh")] = (
        None
    )

    def as_refresh(self) -> Refresh:
        """Raises: InvalidInput, of lists in which there is nothing: whoever sends them doesn't mean everything."""
        chapter_ids, block_ids = self.chapter_ids or [], self.block_ids or []
        if not chapter_ids and not block_ids and (self.chapter_ids, self.block_ids) != (None, None):
            msg = (
                "There is nothing to refresh: name chapters or blocks, or send no list for the whole project."
            )
            raise InvalidInput(msg)
        return Refresh(frozenset(map(ChapterId, chapter_ids)), frozenset(map(BlockId, block_ids)))


class RefreshAnswer(CountModel):
    """A conversion that was asked for, and what is left to be made for it."""

    status: Literal["ok"] = "ok"


def list_locators(
    dictionary_ids: Sequence[str] | None, version_ids: Sequence[str] | None
) -> list[DictionaryLocator] | None:
    """The dictionaries that a query names; None where it names none. The first version is the first one's, and so on.

    An empty version is the latest; an empty id is no dictionary, for a project that is to have none.
    Raises: InvalidInput, when there are more versions than dictionaries.
    """
    versions = list(version_ids or ())
    if len(versions) > len(dictionary_ids or ()):
        msg = "There is a version_id without a pronunciation_dictionary_id."
        raise InvalidInput(msg)
    if dictionary_ids is None:
        return None
    versions += [""] * (len(dictionary_ids) - len(versions))
    return [
        DictionaryLocator(DictionaryId(dictionary_id), DictionaryVersionId(version) if version else None)
        for dictionary_id, version in zip(dictionary_ids, versions, strict=True)
        if dictionary_id
    ]


def plan_model(project_id: ProjectId, preview: ConversionPreview) -> PlanModel:
    """A preview as the wire has it."""
    coming = preview.coming_frames
    chapters = [
        _chapter_model(chapter, frames) for chapter, frames in zip(preview.chapters, coming, strict=True)
    ]
    known = [frames for frames in coming if frames is not None]
    return PlanModel(
        project_id=project_id,
        is_up_to_date=preview.is_up_to_date,
        blocks_to_speak=sum(chapter.blocks_to_speak for chapter in chapters),
        existing_audio_secs=_seconds(sum(chapter.existing_frames for chapter in preview.chapters)),
        coming_audio_secs=_seconds(sum(known)) if len(known) == len(coming) else None,
        chapters=chapters,
        **_counts(preview.count),
    )


def _chapter_model(chapter: ChapterPreview, coming_frames: int | None) -> ChapterPlanModel:
    return ChapterPlanModel(
        chapter_id=chapter.chapter_id,
        name=chapter.name,
        is_up_to_date=chapter.is_up_to_date,
        blocks_to_speak=sum(block.count.spoken_segments > 0 for block in chapter.blocks),
        existing_audio_secs=_seconds(chapter.existing_frames),
        coming_audio_secs=None if coming_frames is None else _seconds(coming_frames),
        blocks=[_block_model(block) for block in chapter.blocks],
        **_counts(chapter.count),
    )


def _block_model(block: BlockPreview) -> BlockPlanModel:
    return BlockPlanModel(
        block_id=block.block_id,
        locked=block.locked,
        is_stale=block.is_stale,
        reasons=list(block.reasons),
        nodes=[_node_model(node) for node in block.nodes],
        **_counts(block.count),
    )


def _node_model(node: NodePreview) -> NodePlanModel:
    return NodePlanModel(node_index=node.index, reasons=list(node.reasons), **_counts(node.count))


def refresh_answer(count: RenderCount) -> RefreshAnswer:
    """The answer to a refresh."""
    return RefreshAnswer(
        segments_to_speak=count.spoken_segments,
        characters_to_speak=count.spoken_characters,
        segments_to_encode=count.encoded_segments,
    )


def _counts(count: RenderCount) -> dict[str, int]:
    return {
        "segments_to_speak": count.spoken_segments,
        "characters_to_speak": count.spoken_characters,
        "segments_to_encode": count.encoded_segments,
    }


def _seconds(frame_count: int) -> float:
    return seconds_of(frame_count * FRAME_SAMPLES)
