"""Speech by the original, over its API."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rhapsode.engines.elevenlabs.adapter import ElevenLabsEngine

__all__ = ["ElevenLabsEngine"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for."""
    if name == "ElevenLabsEngine":
        from rhapsode.engines.elevenlabs.adapter import ElevenLabsEngine

        return ElevenLabsEngine
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
