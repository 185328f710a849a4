"""What seems wrong with a project's audio, on the wire. All of it is ours."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from rhapsode.rendering.quality import SHOWN_CHARACTERS
from rhapsode.storage.flawed import FlawedPassage
from rhapsode.text.characters import beginning_of

Flaw = Literal["silent", "short", "repeated", "long", "clipped"]


class FlawedPassageModel(BaseModel):
    """A passage that is spoken at once, and what seems wrong with its sound.

    text: how it begins, as it stands there now.    flaws: `silent`, where nothing is heard; `short` or `long`, by
    far, for its text and its voice; `repeated`, where a stretch is said twice or a sound is held; `clipped`, where
    the sound is cut off at full scale.    take_id, take_created_at_unix: the rendering it is in, and since when.
    """

    chapter_id: str
    block_id: str
    node_id: str
    text: str
    flaws: list[Flaw]
    take_id: str
    take_created_at_unix: int


class Quality(BaseModel):
    """Passages that something seems wrong with, in reading order; none where all is well."""

    passages: list[FlawedPassageModel]


def quality_model(passages: Iterable[FlawedPassage]) -> Quality:
    """Passages as the wire has them."""
    return Quality.model_validate(
        {
            "passages": [
                {
                    "chapter_id": passage.chapter_id,
                    "block_id": passage.block_id,
                    "node_id": passage.node_id,
                    "text": beginning_of(passage.text, SHOWN_CHARACTERS),
                    "flaws": passage.flaws,
                    "take_id": passage.take_id,
                    "take_created_at_unix": passage.take_made_at_ms // 1_000,
                }
                for passage in passages
            ]
        }
    )
