"""A text that arrives bit by bit, and how much of it may be spoken already."""

from collections.abc import Sequence

from rhapsode.studio.errors import TextTooLong
from rhapsode.text.sentences import last_sentence_end, split_segments
from rhapsode.text.spoken import speakable

LEAST_CHARACTERS, MOST_CHARACTERS = 50, 500
"""What a schedule may ask for (the original's limits): fewer make no sentence, and more keep a listener waiting."""

DEFAULT_SCHEDULE = (120, 160, 250, 290)
"""Characters that have to be there before each stretch, the last for all that follow (the original's)."""

_PATIENCE_CHARACTERS = 120
"""How much longer the end of a sentence is waited for: the rest of a long one."""


class ArrivingText:
    """What has come and isn't spoken yet. Not thread-safe.

    A stretch ends with a sentence where it can. One that must be taken earlier ends at a clause or between two words.
    """

    def __init__(
        self, *, language: str, max_characters: int, schedule: Sequence[float] = (), at_once: bool = False
    ) -> None:
        """Nothing has come yet.

        max_characters: of all that may come.    schedule: each number is brought into its range; () for the default.
        at_once: whatever comes is due, as with `flush`.
        """
        self._language = language
        self._max_characters = max_characters
        self._schedule = [_in_range(number) for number in schedule] or DEFAULT_SCHEDULE
        self._at_once = at_once
        self._waiting = ""
        self._due_characters = 0
        self._is_early = False
        self._taken_count = 0
        self._came_characters = 0
        self.is_ended = False

    @property
    def is_over(self) -> bool:
        """Whether all has come, and all of it was taken."""
        return self.is_ended and not self._due_characters

    def add(self, text: str, *, flush: bool = False, early: bool = False) -> None:
        """Take in what has come.

        flush: all that is there is due.    early: a stretch is due as soon as it has the fewest characters.
        Raises: TextTooLong.
        """
        self._came_characters += len(text)
        if self._came_characters > self._max_characters:
            msg = (
                f"One connection takes {self._max_characters} characters. Send what follows through another."
            )
            raise TextTooLong(msg)
        # Space alone keeps a connection open, and must not become a text.
        if self._waiting or not text.isspace():
            self._waiting += text
        self._is_early |= early
        if flush or self._at_once:
            self._due_characters = len(self._waiting)

    def end(self) -> None:
        """Nothing else will come, and all that is there is due."""
        self.is_ended = True
        self._due_characters = len(self._waiting)

    def take(self) -> str | None:
        """The next stretch to be spoken, 1 to MOST_CHARACTERS code points, if one is due.

        What has no sound is left out where it would be a stretch of its own.
        """
        while end := self._due_end() if self._due_characters else self._scheduled_end():
            stretch, self._waiting = self._waiting[:end], self._waiting[end:]
            self._due_characters = max(0, self._due_characters - end)
            if speakable(stretch)[0].strip():
                self._taken_count += 1
                self._is_early = False
                return stretch
        return None

    def _due_end(self) -> int:
        return self._cut(min(self._due_characters, 2 * MOST_CHARACTERS), MOST_CHARACTERS)

    def _scheduled_end(self) -> int:
        """Where the stretch ends that the schedule asks for; 0 while there is too little of it."""
        wanted = self._schedule[min(self._taken_count, len(self._schedule) - 1)]
        wanted = LEAST_CHARACTERS if self._is_early else wanted
        if len(self._waiting) < wanted:
            return 0
        end = last_sentence_end(self._waiting[:MOST_CHARACTERS], language=self._language)
        if end or len(self._waiting) < wanted + _PATIENCE_CHARACTERS:
            return end
        return self._cut(2 * MOST_CHARACTERS, min(len(self._waiting) - 1, MOST_CHARACTERS))

    def _cut(self, seen_characters: int, max_characters: int) -> int:
        """The end of the first range of what waits."""
        seen = self._waiting[:seen_characters]
        return split_segments(seen, language=self._language, max_characters=max_characters)[0][1]


def _in_range(number: float) -> int:
    # In this order, NaN becomes the highest: no comparison with it is true.
    return round(max(LEAST_CHARACTERS, min(MOST_CHARACTERS, number)))
