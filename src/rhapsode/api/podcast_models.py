"""The request that makes a podcast. Source: schema Body_Create_podcast_v1_studio_podcasts_post."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rhapsode.api.project_models import ProjectModel
from rhapsode.authoring.checks import checked_words
from rhapsode.authoring.podcasts import PodcastOrder, PodcastSource
from rhapsode.authoring.scripts.brief import DurationScale, ScriptBrief
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_HIGHLIGHTS
from rhapsode.studio.models import get_model
from rhapsode.studio.project import QualityPreset

_MAX_FRAME, _MAX_INSTRUCTIONS = 1_500, 3_000


class Conversation(BaseModel):
    """Source: schema PodcastConversationModeData."""

    host_voice_id: str
    guest_voice_id: str


class ConversationMode(BaseModel):
    """Source: schema PodcastConversationMode."""

    type: Literal["conversation"]
    conversation: Conversation


class Bulletin(BaseModel):
    """Source: schema PodcastBulletinModeData."""

    host_voice_id: str


class BulletinMode(BaseModel):
    """Source: schema PodcastBulletinMode."""

    type: Literal["bulletin"]
    bulletin: Bulletin


class TextSource(BaseModel):
    """Source: schema PodcastTextSource."""

    type: Literal["text"]
    text: str


class UrlSource(BaseModel):
    """Source: schema PodcastURLSource."""

    type: Literal["url"]
    url: str


Mode = Annotated[ConversationMode | BulletinMode, Field(discriminator="type")]
Source = Annotated[TextSource | UrlSource, Field(discriminator="type")]
Frame = Annotated[str, Field(max_length=_MAX_FRAME)]
Highlight = Annotated[str, Field(min_length=10, max_length=70)]


class NewPodcast(BaseModel):
    """What a podcast is to be."""

    model_id: str
    mode: Mode
    source: Source | list[Source]
    quality_preset: QualityPreset = QualityPreset.STANDARD
    duration_scale: DurationScale = "default"
    language: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    intro: Frame | None = None
    outro: Frame | None = None
    instructions_prompt: Annotated[str, Field(max_length=_MAX_INSTRUCTIONS)] | None = None
    highlights: Annotated[list[Highlight], Field(max_length=MAX_HIGHLIGHTS)] | None = None
    callback_url: str | None = None
    apply_text_normalization: Literal["auto", "on", "off", "apply_english"] | None = None

    @property
    def order(self) -> PodcastOrder:
        """The same as the server takes it. Raises: UnknownModel; InvalidInput."""
        host, guest = _voices(self.mode)
        return PodcastOrder(
            brief=self._brief,
            sources=tuple(_source(source) for source in self._sources),
            host_voice_id=host,
            guest_voice_id=guest,
            model_id=get_model(self.model_id).model_id,
            quality_preset=self.quality_preset,
            callback_url=self.callback_url or None,
            apply_text_normalization=self.apply_text_normalization or "auto",
        )

    @property
    def _brief(self) -> ScriptBrief:
        return ScriptBrief(
            mode=self.mode.type,
            duration_scale=self.duration_scale,
            language=self.language and self.language.lower(),
            intro=checked_words(self.intro, what="The intro", limit=_MAX_FRAME),
            outro=checked_words(self.outro, what="The outro", limit=_MAX_FRAME),
            instructions=self.instructions_prompt,
            highlights=tuple(filter(None, map(_checked_highlight, self.highlights or ()))),
        )

    @property
    def _sources(self) -> list[TextSource | UrlSource]:
        return self.source if isinstance(self.source, list) else [self.source]


class CreatedPodcast(BaseModel):
    """Source: schema PodcastProjectResponseModel."""

    project: ProjectModel


def _checked_highlight(text: str) -> str | None:
    return checked_words(text, what="A highlight")


def _voices(mode: ConversationMode | BulletinMode) -> tuple[VoiceId, VoiceId | None]:
    if isinstance(mode, ConversationMode):
        return VoiceId(mode.conversation.host_voice_id), VoiceId(mode.conversation.guest_voice_id)
    return VoiceId(mode.bulletin.host_voice_id), None


def _source(source: TextSource | UrlSource) -> PodcastSource:
    if isinstance(source, TextSource):
        return PodcastSource("text", source.text)
    return PodcastSource("url", source.url)
