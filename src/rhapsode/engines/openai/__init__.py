"""Speech by any server that has OpenAI's `/v1/audio/speech`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rhapsode.engines.openai.adapter import OpenAiEngine

__all__ = ["OpenAiEngine"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for."""
    if name == "OpenAiEngine":
        from rhapsode.engines.openai.adapter import OpenAiEngine

        return OpenAiEngine
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
