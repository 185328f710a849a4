"""The content of chapters on the wire, in both directions. Sources: the schemas that each model names."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from rhapsode.api.misfit import misfit
from rhapsode.api.studio_models import voice_ref_id
from rhapsode.authoring.content import SentBlock, SentChapter, SentNode
from rhapsode.studio.errors import MalformedJson
from rhapsode.studio.ids import BlockId, VoiceId
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
    nodes: list[NodeInput]
    block_id: str | None = None


class ContentInput(BaseModel):
    """The whole content of a chapter. Source: schema ChapterContentInputModel."""

    blocks: list[BlockInput]


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


_CHAPTERS = TypeAdapter(list[ChapterInput])


def read_content_json(text: str) -> tuple[SentChapter, ...]:
    """The chapters in the text of `from_content_json`.

    Raises: MalformedJson; RequestValidationError, where it isn't an array of chapters.
    """
    try:
        chapters = _CHAPTERS.validate_json(text)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        if problems[0]["type"] == "json_invalid":
            msg = f"from_content_json isn't JSON. {problems[0]['msg']}."
            raise MalformedJson(msg) from None
        raise misfit(error, "from_content_json") from None
    return tuple(SentChapter(chapter.name, sent_blocks(chapter)) for chapter in chapters)


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
