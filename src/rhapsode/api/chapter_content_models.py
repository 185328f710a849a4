"""The content of chapters as the page edits it, block by block. All of it is ours: the contract replaces chapters."""

from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, Field

from rhapsode.api.sent_lists import at_most
from rhapsode.authoring.content import SentBlock, SentNode
from rhapsode.authoring.edits import DeleteBlock, Edit, InsertBlock, MoveBlock, SetBlock
from rhapsode.rendering.block_views import BlockView
from rhapsode.studio.ids import BlockId, VoiceId
from rhapsode.studio.limits import MAX_EDITS, MAX_NODES

SubType = Literal["p", "h1", "h2", "h3"]


class EditedNode(BaseModel):
    """A text in one voice; null follows the project's default."""

    text: str
    voice_id: str | None = None


class ChapterBlock(BaseModel):
    """A block that is heard.

    kind: what it is in its document, such as `paragraph`, `verse` or `heading`.
    converted: its audio says what it is now; a locked block's audio stays as it is.
    flaws: what seems wrong with the sound that it has.
    error: why the chapter's last conversion failed at this block; null if it didn't, and when the block is to be said
      otherwise now.
    """

    block_id: str
    sub_type: str
    kind: str
    locked: bool
    converted: bool
    flaws: list[str]
    error: str | None
    nodes: list[EditedNode]


class ChapterContent(BaseModel):
    """The blocks of a chapter that are heard, in order. revision: rises by one with each edit, of whomever."""

    chapter_id: str
    name: str
    revision: int
    muted: bool
    blocks: list[ChapterBlock]


class BlockText(BaseModel):
    """What a block says, and in which voices. Without any text it is none."""

    sub_type: SubType
    nodes: Annotated[list[EditedNode], FailFast(), at_most(MAX_NODES, of_what="nodes in one block")]

    @property
    def sent(self) -> SentBlock:
        """As authoring takes it."""
        nodes = tuple(
            SentNode(node.text, VoiceId(node.voice_id) if node.voice_id else None) for node in self.nodes
        )
        return SentBlock(nodes, self.sub_type)


class SetEdit(BaseModel):
    """Give a block that is still `was` another text. Without any text, it goes."""

    op: Literal["set"]
    block_id: str
    was: BlockText
    to: BlockText

    @property
    def edit(self) -> Edit:
        """As authoring takes it."""
        return SetBlock(BlockId(self.block_id), self.was.sent, self.to.sent)


class InsertEdit(BaseModel):
    """Put a new block behind another: at the beginning for null, at the end where that one is gone.

    block_id: 20 of the digits and letters of ASCII, chosen at random by the client.
    """

    op: Literal["insert"]
    block_id: str
    after_block_id: str | None
    to: BlockText

    @property
    def edit(self) -> Edit:
        """As authoring takes it."""
        return InsertBlock(BlockId(self.block_id), self.to.sent, _behind(self.after_block_id))


class DeleteEdit(BaseModel):
    """Take a block away that is still `was`."""

    op: Literal["delete"]
    block_id: str
    was: BlockText

    @property
    def edit(self) -> Edit:
        """As authoring takes it."""
        return DeleteBlock(BlockId(self.block_id), self.was.sent)


class MoveEdit(BaseModel):
    """Put a block behind another: to the beginning for null. Where that one is gone, the block stays where it is."""

    op: Literal["move"]
    block_id: str
    after_block_id: str | None

    @property
    def edit(self) -> Edit:
        """As authoring takes it."""
        return MoveBlock(BlockId(self.block_id), _behind(self.after_block_id))


BlockEdit = Annotated[SetEdit | InsertEdit | DeleteEdit | MoveEdit, Field(discriminator="op")]


class ChapterEdits(BaseModel):
    """Edits of blocks, done one after the other."""

    edits: Annotated[list[BlockEdit], FailFast(), at_most(MAX_EDITS, of_what="edits"), Field(min_length=1)]


class EditConflict(BaseModel):
    """An edit that wasn't done. index: among those that were sent.    block: what is there now; null for nothing."""

    index: int
    block_id: str
    block: ChapterBlock | None


class ChapterEdited(BaseModel):
    """What edits have led to. blocks: those that the edits were about, as far as they are there."""

    revision: int
    blocks: list[ChapterBlock]
    conflicts: list[EditConflict]


def _behind(block_id: str | None) -> BlockId | None:
    return None if block_id is None else BlockId(block_id)


def chapter_block(view: BlockView) -> ChapterBlock:
    """A block as it is sent."""
    return ChapterBlock(
        block_id=view.block_id,
        sub_type=view.sub_type,
        kind=view.kind,
        locked=view.locked,
        converted=view.converted,
        flaws=list(view.flaws),
        error=view.error,
        nodes=[EditedNode(text=text, voice_id=voice_id) for text, voice_id in view.nodes],
    )
