"""Speech by espeak-ng: needs nothing but pip, real timings, a tested list of languages.

The library is GPL and is loaded only inside the child process `rhapsode.engines.espeak.server`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rhapsode.engines.espeak.adapter import EspeakEngine

__all__ = ["EspeakEngine"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for: the speaking child must not pay for numpy."""
    if name == "EspeakEngine":
        from rhapsode.engines.espeak.adapter import EspeakEngine

        return EspeakEngine
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
