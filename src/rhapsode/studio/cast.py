"""A cast: who speaks in a project, with which voice, and which nodes are whose."""

from dataclasses import dataclass, field

from rhapsode.studio.ids import CharacterId, NodeId, VoiceId

SAID = "said"
"""The rule of a quotation whose speaker somebody has said."""


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in a book.

    aliases: all names that the book has for them, by which they are met again, their first one included.
    gender: `female` or `male`.    age: `young`, `middle_aged` or `old`.    accent: as labels of voices have it.
    voice_id: None where the narrator speaks for them.
    said: which of these somebody has said; nothing that is found changes them.
    """

    character_id: CharacterId
    name: str
    aliases: tuple[str, ...] = ()
    gender: str | None = None
    age: str | None = None
    accent: str | None = None
    voice_id: VoiceId | None = None
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CastLine:
    """Who speaks a node that is a quotation. character_id: None where the narrator does.

    rule: how that is known (text.cast.attribution.Rule), `model` where a language model said it, or `said`.
    confidence: how likely it is, 0 to 1.
    """

    node_id: NodeId
    character_id: CharacterId | None
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Cast:
    """characters: who speaks most first.    lines: by node."""

    characters: tuple[Character, ...] = ()
    lines: dict[NodeId, CastLine] = field(default_factory=dict)

    def voice_of(self, line: CastLine) -> VoiceId | None:
        """What a quotation is spoken with; None is the narrator's voice."""
        voices = {character.character_id: character.voice_id for character in self.characters}
        return None if line.character_id is None else voices.get(line.character_id)
