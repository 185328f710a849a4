"""The text between two block boundaries, while it is collected."""

from rhapsode.documents.cleaning import DROP_CAP, LINE_BREAK, NOTE_MARK
from rhapsode.documents.flow import Place


class Paragraph:
    """Pieces of inline text, and what has to be known about them once the paragraph ends."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._languages: set[str | None] = set()
        self._anchors: list[tuple[str, int]] = []
        self._solid = 0  # pieces with something to read
        self._formulas = 0
        self._places: list[Place] = []

    def add(self, text: str, language: str | None, place: Place | None = None) -> None:
        """Append characters of one language. place: where they stand, where somebody wants to know."""
        self._pieces.append(text)
        if place is not None:
            self._places.append(place)
        if not text.isspace():
            self._languages.add(language)
            self._solid += 1

    def add_formula(self, text: str, language: str | None, place: Place | None = None) -> None:
        """Append a formula's words."""
        self.add(text, language, place)
        self._formulas += 1

    def add_line_break(self) -> None:
        """Append a `<br>`."""
        self._pieces.append(LINE_BREAK)

    def add_note_mark(self) -> None:
        """Remember that a note reference was left out here."""
        self._pieces.append(NOTE_MARK)

    def end_drop_cap(self) -> None:
        """Remember that an enlarged letter ends here."""
        self._pieces.append(DROP_CAP)

    def add_anchor(self, name: str) -> None:
        """Remember that links to `name` lead here."""
        self._anchors.append((name, self._solid))

    @property
    def empty(self) -> bool:
        """Whether nothing readable was added."""
        return self._solid == 0

    @property
    def only_formula(self) -> bool:
        """Whether it holds formulas and nothing else."""
        return 0 < self._formulas == self._solid

    @property
    def last_character(self) -> str:
        """The character in front of what comes next."""
        return next((piece[-1] for piece in reversed(self._pieces) if piece), "")

    @property
    def raw(self) -> str:
        """The characters as they were added."""
        return "".join(self._pieces)

    @property
    def languages(self) -> set[str | None]:
        """The languages of what is readable in it."""
        return self._languages

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its text stands, as far as anybody said."""
        return tuple(self._places)

    def anchors_from(self, block_index: int) -> list[tuple[str, int]]:
        """Each anchor with the block it leads to: this one, or the next if nothing follows it here."""
        return [
            (name, block_index + 1 if 0 < self._solid == before else block_index)
            for name, before in self._anchors
        ]
