"""Where each character is in the sound."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Alignment:
    """Character i of a text of n code points is heard in the samples [boundaries[i], boundaries[i + 1]).

    boundaries: n + 1 whole samples, never decreasing; an empty text has one.
    Source: schema CharacterAlignmentResponseModel, with samples in place of seconds.
    """

    boundaries: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.boundaries or any(later < earlier for earlier, later in pairwise(self.boundaries)):
            msg = "an alignment has n + 1 boundaries that never decrease"
            raise ValueError(msg)

    @property
    def character_count(self) -> int:
        """Code points of the aligned text."""
        return len(self.boundaries) - 1


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A stretch of a text, as written or as spoken; character i is heard from boundaries[i] to boundaries[i + 1].

    boundaries: samples at 44.1 kHz from the beginning of the audio the alignment was asked for.
    """

    text: str
    boundaries: tuple[int, ...]
