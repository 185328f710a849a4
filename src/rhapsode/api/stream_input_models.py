"""What is said on a WebSocket that takes a text while it is spoken, by both sides.

Sources: types InitializeConnection, SendText, GenerationConfig, AudioOutput and FinalOutput of the official SDKs.
"""

import base64
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, Field

from rhapsode.api.text_to_speech_models import DictionaryLocator, VoiceSettingsBody
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.rendering.live_pieces import LivePiece
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.text.pauses import is_pause

DEFAULT_INACTIVITY_S, MAX_INACTIVITY_S = 20, 180
"""How long a client may say nothing (the original's default and limit)."""


class StreamInputQuery(BaseModel):
    """How the text is to be spoken.

    inactivity_timeout: seconds.    auto_mode: each message is spoken as soon as it comes.
    Accepted, and without effect: `enable_ssml_parsing`, because pauses are always heard; `sync_alignment`, because
    every piece has its alignment; `seed`, `optimize_streaming_latency`.
    """

    model_id: str = DEFAULT_MODEL_ID
    language_code: str | None = None
    enable_logging: bool = True
    enable_ssml_parsing: bool = False
    output_format: str = "mp3_44100_128"
    inactivity_timeout: Annotated[int, Field(ge=1, le=MAX_INACTIVITY_S)] = DEFAULT_INACTIVITY_S
    sync_alignment: bool = False
    auto_mode: bool = False
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"
    seed: int | None = None


class GenerationConfig(BaseModel):
    """How many characters have to be there before each stretch is spoken; each is brought into 50 to 500."""

    chunk_length_schedule: list[float] | None = None


class StreamInputMessage(BaseModel):
    """One message of a client. An empty text is the end.

    All but `text`, `flush` and `try_trigger_generation` is heeded in the first one alone.
    """

    text: str
    flush: bool | None = None
    try_trigger_generation: bool | None = None
    voice_settings: VoiceSettingsBody | None = None
    # The SDKs have it by both names.
    generation_config: Annotated[
        GenerationConfig | None,
        Field(validation_alias=AliasChoices("generation_config", "generator_config")),
    ] = None
    pronunciation_dictionary_locators: list[DictionaryLocator] | None = None
    xi_api_key: Annotated[
        str | None, Field(validation_alias=AliasChoices("xi_api_key", "xi-api-key"), repr=False)
    ] = None
    authorization: Annotated[str | None, Field(repr=False)] = None

    @property
    def key(self) -> str | None:
        """The API key, where a browser sends it, which can't send headers."""
        return self.xi_api_key or (self.authorization or "").removeprefix("Bearer ").strip() or None

    @property
    def schedule(self) -> list[float]:
        """Characters before each stretch; nothing for the default."""
        return (self.generation_config and self.generation_config.chunk_length_schedule) or []


class PieceAlignment(BaseModel):
    """When each character is heard, in milliseconds from the beginning of its own piece."""

    charStartTimesMs: list[int]  # noqa: N815 -- as the wire has it
    charDurationsMs: list[int]  # noqa: N815
    chars: list[str]


class StreamInputAnswer(BaseModel):
    """A piece of audio, in Base64, or that there is no more."""

    audio: str | None
    isFinal: Literal[True] | None  # noqa: N815
    normalizedAlignment: PieceAlignment | None  # noqa: N815
    alignment: PieceAlignment | None


FINAL = StreamInputAnswer(
    audio=None, isFinal=True, normalizedAlignment=None, alignment=None
).model_dump_json()
"""The last message of a server."""


def piece_message(piece: LivePiece) -> str:
    """The message with a piece of audio."""
    return StreamInputAnswer(
        audio=base64.b64encode(piece.audio).decode(),
        isFinal=None,
        normalizedAlignment=_alignment(_timed(piece.spoken_alignment, is_spoken=True)),
        alignment=_alignment(_timed(piece.alignment, is_spoken=False)),
    ).model_dump_json()


def _timed(aligned: AlignedText, *, is_spoken: bool) -> Iterable[tuple[str, int, int]]:
    """Characters, with the milliseconds where each begins and ends. Pauses are no characters of spoken text."""
    for character, (start, end) in zip(aligned.text, pairwise(aligned.boundaries), strict=True):
        if not (is_spoken and is_pause(character)):
            yield character, _milliseconds(start), _milliseconds(end)


def _alignment(timed: Iterable[tuple[str, int, int]]) -> PieceAlignment:
    characters = list(timed)
    return PieceAlignment(
        charStartTimesMs=[start for _, start, _ in characters],
        # From rounded ends, so that they add up to the time of the next beginning.
        charDurationsMs=[end - start for _, start, end in characters],
        chars=[character for character, _, _ in characters],
    )


def _milliseconds(sample: int) -> int:
    return (2_000 * sample + SAMPLE_RATE_HZ) // (2 * SAMPLE_RATE_HZ)
