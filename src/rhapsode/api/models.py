"""Models: list."""

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.language_names import language_name, primary_language
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.models import MODELS, Model
from rhapsode.voices.catalogue import read_catalogue

router = APIRouter(tags=["models"])

_DESCRIPTION = "Here the voice decides what speaks: each model's name stands for the engine of the voice."


class LanguageModel(BaseModel):
    """Source: schema LanguageResponseModel."""

    language_id: str
    name: str


class ModelRates(BaseModel):
    """Source: schema ModelRatesResponseModel. Nothing costs anything."""

    character_cost_multiplier: float = 0.0
    cost_discount_multiplier: float = 1.0


class ModelModel(BaseModel):
    """Source: schema ModelResponseModel."""

    model_id: str
    name: str
    can_be_finetuned: bool = False
    can_do_text_to_speech: bool = True
    can_do_voice_conversion: bool = False
    can_use_style: bool = False
    can_use_speaker_boost: bool = False
    serves_pro_voices: bool = False
    token_cost_factor: float = 0.0
    description: str = _DESCRIPTION
    requires_alpha_access: bool = False
    max_characters_request_free_user: int
    max_characters_request_subscribed_user: int
    maximum_text_length_per_request: int
    languages: list[LanguageModel]
    model_rates: ModelRates = ModelRates()
    concurrency_group: str = "standard"


@router.get("/v1/models", summary="List models")
def list_models(services: ServicesOf, workspace_id: WorkspaceOf) -> list[ModelModel]:
    """The names that clients may ask for. Source: operation get_models."""
    voices = read_catalogue(services.records, workspace_id).voices
    spoken = dict.fromkeys(primary_language(tag) for voice in voices for tag in voice.languages)
    languages = [
        LanguageModel(language_id=tag, name=language_name(tag)) for tag in spoken if tag != ANY_LANGUAGE
    ]
    return [_model(model, languages) for model in MODELS.values()]


def _model(model: Model, languages: list[LanguageModel]) -> ModelModel:
    english = [language for language in languages if language.language_id == "en"]
    return ModelModel(
        model_id=model.model_id,
        name=model.name,
        languages=english if model.is_english_only else languages,
        max_characters_request_free_user=model.max_characters,
        max_characters_request_subscribed_user=model.max_characters,
        maximum_text_length_per_request=model.max_characters,
    )
