"""Casts on the wire. All of it is ours: the contract tells only that voices can be assigned by themselves."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rhapsode.authoring.cast.casts import CastQuotation, CastView, CharacterChanges
from rhapsode.studio.cast import Character
from rhapsode.studio.ids import CharacterId, VoiceId
from rhapsode.studio.limits import MAX_NAME_CHARACTERS

Gender = Literal["female", "male"]
Age = Literal["young", "middle_aged", "old"]


class CharacterModel(BaseModel):
    """Somebody in a book.

    aliases: all names that the book has for them.    voice_id: null where the narrator speaks for them.
    said: which of these their owner has said.    share: of the text of the project, 0 to 1.
    """

    character_id: str
    name: str
    aliases: list[str]
    gender: str | None
    age: str | None
    accent: str | None
    voice_id: str | None
    said: list[str]
    quotations: int
    share: float


class CastModel(BaseModel):
    """Who speaks in a project, who speaks most first.

    unassigned_quotations: those that the narrator reads, because nobody knows who speaks them.
    is_being_made: whether a language model is being asked; the project is `creating` meanwhile.
    """

    characters: list[CharacterModel]
    unassigned_quotations: int
    is_being_made: bool


class NewCast(BaseModel):
    """use_language_model: have the server's language model say who speaks; else rules do."""

    use_language_model: bool = False


class CharacterUpdate(BaseModel):
    """What is changed; what isn't sent stays.

    gender, age, accent: another one chooses another voice, unless you have said one; null is unknown.
    voice_id: null lets the narrator speak.    merge_into: the character that this one is, too.
    """

    name: str | None = None
    gender: Gender | None = None
    age: Age | None = None
    accent: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] | None = None
    voice_id: str | None = None
    merge_into: str | None = None

    @property
    def changes(self) -> CharacterChanges:
        """As the cast is changed by it."""
        return CharacterChanges(
            said=frozenset(self.model_fields_set - {"merge_into"}),
            name=self.name,
            gender=self.gender,
            age=self.age,
            accent=self.accent,
            voice_id=None if self.voice_id is None else VoiceId(self.voice_id),
            merge_into=None if self.merge_into is None else CharacterId(self.merge_into),
        )


class QuotationModel(BaseModel):
    """A quotation, which is a node of its own.

    rule: how it is known who speaks: name, pronoun, relation, continued, beat, turns, nearby; model, where a language
    model has said it; said, where you have.    confidence: how likely it is, 0 to 1.
    """

    node_id: str
    block_id: str
    text: str
    character_id: str | None
    rule: str
    confidence: float


class QuotationList(BaseModel):
    """The quotations of a chapter, in order."""

    quotations: list[QuotationModel]


class QuotationUpdate(BaseModel):
    """character_id: who speaks it; null lets the narrator."""

    character_id: str | None


def cast_model(view: CastView, *, is_being_made: bool) -> CastModel:
    """A cast as clients see it."""
    total = sum(share.characters for share in view.shares.values())
    unassigned = view.shares.get(None)
    return CastModel(
        characters=[_character_model(character, view, total) for character in view.cast.characters],
        unassigned_quotations=0 if unassigned is None else unassigned.quotations,
        is_being_made=is_being_made,
    )


def _character_model(character: Character, view: CastView, total: int) -> CharacterModel:
    share = view.shares.get(character.character_id)
    return CharacterModel(
        character_id=character.character_id,
        name=character.name,
        aliases=list(character.aliases),
        gender=character.gender,
        age=character.age,
        accent=character.accent,
        voice_id=character.voice_id,
        said=sorted(character.said - {"aliases"}),
        quotations=0 if share is None else share.quotations,
        share=0.0 if share is None else round(share.characters / total, 6),
    )


def quotation_model(quotation: CastQuotation) -> QuotationModel:
    """A quotation as clients see it."""
    return QuotationModel(
        node_id=quotation.node.node_id,
        block_id=quotation.block_id,
        text=quotation.node.text,
        character_id=quotation.line.character_id,
        rule=quotation.line.rule,
        confidence=quotation.line.confidence,
    )
