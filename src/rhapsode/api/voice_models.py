"""What voices say on the wire. Sources: the schemas that each model names.

Nothing here is shared, fine-tuned or verified, and nobody keeps samples, so what the schemas say of that is always
null.
"""

from collections.abc import Mapping

from pydantic import BaseModel

from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.voice import CommercialUse, VoiceCategory


class VoiceSettingsModel(BaseModel):
    """Source: schema VoiceSettingsResponseModel."""

    stability: float = 0.5
    use_speaker_boost: bool = True
    similarity_boost: float = 0.75
    style: float = 0.0
    speed: float = 1.0


class VerifiedLanguage(BaseModel):
    """A language a voice speaks. locale: its tag, where that says a region too.

    Source: schema VerifiedVoiceLanguageResponseModel.
    """

    language: str
    model_id: str = DEFAULT_MODEL_ID
    accent: str | None = None
    locale: str | None = None
    preview_url: None = None


class VoiceModel(BaseModel):
    """Source: schema VoiceResponseModel.

    engine, license, commercial_use: ours. Of a premade voice they are those of the one that answers it.
    """

    voice_id: str
    name: str
    samples: None = None
    category: VoiceCategory = "premade"
    fine_tuning: None = None
    labels: Mapping[str, str]
    description: str | None
    preview_url: str | None = None
    available_for_tiers: list[str] = []
    settings: VoiceSettingsModel = VoiceSettingsModel()
    sharing: None = None
    high_quality_base_model_ids: list[str] = [DEFAULT_MODEL_ID]
    verified_languages: tuple[VerifiedLanguage, ...]
    collection_ids: None = None
    safety_control: None = None
    voice_verification: None = None
    permission_on_resource: None = None
    is_owner: bool = False
    is_legacy: bool = False
    is_mixed: bool = False
    favorited_at_unix: None = None
    created_at_unix: int | None = None
    is_bookmarked: bool = False
    recording_quality: None = None
    labelling_status: None = None
    recording_quality_reason: None = None
    engine: str
    license: str
    commercial_use: CommercialUse


class VoicesModel(BaseModel):
    """Source: schema GetVoicesResponseModel."""

    voices: list[VoiceModel]


class VoicePageModel(BaseModel):
    """Source: schema GetVoicesV2ResponseModel."""

    voices: list[VoiceModel]
    has_more: bool
    total_count: int
    next_page_token: str | None
