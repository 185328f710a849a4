"""Neural voices of Piper: local, on the processor or a GPU, with exact times.

piper-tts is GPL, as the espeak-ng in it is: both are loaded only in the child process (`rhapsode.engines.neural`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rhapsode.engines.piper.adapter import PiperEngine

__all__ = ["PiperEngine"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for: the speaking child doesn't need it, nor what reads settings."""
    if name == "PiperEngine":
        from rhapsode.engines.piper.adapter import PiperEngine

        return PiperEngine
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
