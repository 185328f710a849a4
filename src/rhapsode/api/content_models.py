"""The content of chapters on the wire, in both directions. Sources: the schemas that each model names."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, TypeAdapter, ValidationError
from pydantic_core import from_json

from rhapsode.api.json_body import check_container_count
from rhapsode.api.misfit import misfit
from rhapsode.api.sent_lists import at_most
from rhapsode.api.studio_models import voice_ref_id
from rhapsode.authoring.content import SentBlock, SentChapter, SentNode
from rhapsode.studio.errors import MalformedJson
from rhapsode.studio.ids import BlockId, VoiceId
from rhapsode.studio.limits import MAX_BLOCKS, MAX_CHAPTERS, MAX_CONTENT_JSON_CONTAINERS, MAX_NODES
from rhapsode.studio.project import Block, Chapter, Project


class NodeInput(BaseModel):
    """A text in one voice, which is the project's default without a `voice_id`.

    Source: schema ChapterContentParagraphTtsNodeInputModel.
    """

    type: Literal["tts_node"] = "tts_node"
    text: str
    voice_id: str | None = None


class BlockInput(BaseModel):
    """A paragraph or a heading. block_id: of a block to go on with. Source: schema ChapterContentBlockInputModel."""

    sub_type: Literal["p", "h1", "h2", "h3"] | None = None
    nodes: Annotated[list[NodeInput], FailFast(), at_most(MAX_NODES, of_what="nodes in one block")]
    block_id: str | None = None


class ContentInput(BaseModel):
    """The whole content of a chapter. Source: schema ChapterContentInputModel."""

    blocks: Annotated[list[BlockInput], FailFast(), at_most(MAX_BLOCKS, of_what="blocks in one chapter")]


class ChapterInput(ContentInput):
    """One element of the text of `from_content_json`; a chapter without a name is numbered."""

    name: str | None = None


class NodeModel(BaseModel):
    """Source: schema ChapterContentBlockTtsNodeResponseModel."""

    type: Literal["tts_node"] = "tts_node"
    project_voice_ref_id: str
    text: str
    voice_id: str


class BlockModel(BaseModel):
    """`sub_type` is ours, so that headings stay headings. Source: schema ChapterContentBlockResponseModel."""

    block_id: str
    sub_type: str
    nodes: list[NodeModel]


class ContentModel(BaseModel):
    """The blocks that are heard. Source: schema ChapterContentResponseModel."""

    blocks: list[BlockModel]


_CHAPTERS = TypeAdapter(Annotated[list[ChapterInput], FailFast(), at_most(MAX_CHAPTERS, of_what="chapters")])


def read_content_json(text: str) -> tuple[SentChapter, ...]:
    """The chapters in the text of `from_content_json`.

    Raises: MalformedJson; InvalidInput, where there is too much of it; RequestValidationError, where it isn't an
    array of chapters.
    """
    count = text.count("{") + text.count("[")
    check_container_count(count, limit=MAX_CONTENT_JSON_CONTAINERS, what="from_content_json")
    try:
        chapters = _CHAPTERS.validate_python(_parsed(text))
    except ValidationError as error:
        raise misfit(error, "from_content_json") from None
    return tuple(SentChapter(chapter.name, sent_blocks(chapter)) for chapter in chapters)


def _parsed(text: str) -> object:
    try:
        return from_json(text)
    except ValueError as error:
        msg = f"from_content_json isn't JSON. {error}."
        raise MalformedJson(msg) from None


def sent_blocks(content: ContentInput) -> tuple[SentBlock, ...]:
    """Content as authoring takes it."""
    return tuple(
        SentBlock(
            tuple(SentNode(node.text, _voice_id(node.voice_id)) for node in block.nodes),
            block.sub_type,
            None if block.block_id is None else BlockId(block.block_id),
        )
        for block in content.blocks
    )


def _voice_id(voice_id: str | None) -> VoiceId | None:
    return VoiceId(voice_id) if voice_id else None


def content_model(project: Project, chapter: Chapter) -> ContentModel:
    """A chapter's content: what isn't heard (notes, captions, scene breaks) isn't shown."""
    heard = (block for block in chapter.blocks if block.is_spoken)
    return ContentModel(blocks=[_block_model(project, block) for block in heard])


def _block_model(project: Project, block: Block) -> BlockModel:
    voices: Sequence[VoiceId] = [project.voice_of(block.kind, node.voice_id) for node in block.nodes]
    return BlockModel(
        block_id=block.block_id,
        sub_type=block.sub_type,
        nodes=[
            NodeModel(
                project_voice_ref_id=voice_ref_id(project.project_id, voice_id),
                text=node.text,
                voice_id=voice_id,
            )
            for voice_id, node in zip(voices, block.nodes, strict=True)
            if node.text
        ],
    )
