"""How a voice did that was tried out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trial:
    """How a voice did. Times in seconds; what came after an error is None.

    loaded_s: until its first short text was spoken.    memory_bytes: the most that the processes which speak have had
    each, together; None where the system doesn't tell.    timed_characters: of the text, with a time of their own.
    error: why it stopped there.
    """

    loaded_s: float | None = None
    spoken_s: float | None = None
    audio_s: float | None = None
    rms_db: float | None = None
    peak_db: float | None = None
    flaws: tuple[str, ...] = ()
    timed_characters: int = 0
    memory_bytes: int | None = None
    error: str | None = None
