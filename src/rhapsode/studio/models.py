"""Names of models. A client says one with every text; here each stands for the engine of the voice that speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rhapsode.studio.errors import UnknownModel


@dataclass(frozen=True, slots=True)
class Model:
    """A model that clients ask for by name.

    max_characters: code points of one request with timestamps, as the original has it. Plain speech may have
      MAX_SPEAK_CHARACTERS whatever model is named: the voice decides what speaks.
    is_english_only: the original's, so that its list says so too.
    has_audio_tags: the original's takes `[laughs]` and the like for directions, so no voice may read them aloud here.
    """

    model_id: str
    name: str
    max_characters: int = 10_000
    is_english_only: bool = False
    has_audio_tags: bool = False


DEFAULT_MODEL_ID = "eleven_multilingual_v2"
DIALOGUE_MODEL_ID = "eleven_v3"
"""What a dialogue is spoken with where nobody says. Its tags are directions."""

# What the original offers or offered for text-to-speech, and what its SDK knows by name.
_MODELS = (
    Model(DEFAULT_MODEL_ID, "Eleven Multilingual v2"),
    Model(DIALOGUE_MODEL_ID, "Eleven v3", 5_000, has_audio_tags=True),
    Model("eleven_flash_v2_5", "Eleven Flash v2.5", 40_000),
    Model("eleven_turbo_v2_5", "Eleven Turbo v2.5", 40_000),
    Model("eleven_flash_v2", "Eleven Flash v2", 30_000, is_english_only=True),
    Model("eleven_turbo_v2", "Eleven Turbo v2", 30_000, is_english_only=True),
    Model("eleven_multilingual_v1", "Eleven Multilingual v1"),
    Model("eleven_monolingual_v1", "Eleven English v1", is_english_only=True),
    Model("eleven_v3_conversational", "Eleven v3 Conversational", 5_000, has_audio_tags=True),
    Model("eleven_v4", "Eleven v4"),
    Model("eleven_v4_turbo", "Eleven v4 Turbo"),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.model_id: model for model in _MODELS})
"""Every model by its name, the default first."""


def get_model(name: str) -> Model:
    """Return the model of this name. Raises: UnknownModel."""
    model = MODELS.get(name)
    if model is None:
        msg = f"There is no model {name!r}; there are {', '.join(MODELS)}."
        raise UnknownModel(msg)
    return model
