"""Voices that lie on this machine as files: found by their names, as their makers call them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rhapsode.studio.errors import VoiceRefused
from rhapsode.voices.offers import CARD

_WHOLE = (
    "A voice of Piper is a file .onnx with its .onnx.json beside it; voices of Kokoro are kokoro*.onnx with "
    "voices*.bin beside it."
)


@dataclass(frozen=True, slots=True)
class FoundVoice:
    """Files that make voices together, by what each is to the engine. name: what people call them."""

    name: str
    engine: str
    files: dict[str, Path]


def find_voices_in(path: Path) -> Sequence[FoundVoice]:
    """The voices of a folder, or the one that a file is of. Raises: VoiceRefused, when there is none."""
    models = sorted(path.rglob("*.onnx")) if path.is_dir() else [path]
    found = [voice for model in models for voice in _voice_of(model)]
    if not found:
        msg = f"{path} has no voice in it. {_WHOLE}" if path.is_dir() else f"{path} is no voice. {_WHOLE}"
        raise VoiceRefused(msg)
    return found


def _voice_of(model: Path) -> Iterator[FoundVoice]:
    if model.suffix != ".onnx" or not model.is_file():
        return
    config = model.with_name(f"{model.name}.json")
    if config.is_file():
        yield FoundVoice(model.stem, "piper", {"model": model, "config": config} | _card_of(model))
    elif model.name.startswith("kokoro"):
        for styles in sorted(model.parent.glob("voices*.bin"))[-1:]:
            yield FoundVoice("kokoro", "kokoro", {"model": model, "styles": styles})


def _card_of(model: Path) -> dict[str, Path]:
    card = model.with_name("MODEL_CARD")
    # All cards have this name: where several voices lie together, nobody knows whose licence it tells.
    is_its_own = card.is_file() and len(list(model.parent.glob("*.onnx"))) == 1
    return {CARD: card} if is_its_own else {}
