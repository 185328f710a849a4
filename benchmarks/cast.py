"""How often the rules are right about who speaks, on passages that people have annotated.

The annotations name each quotation by its book, chapter, paragraph and place in that, with a digest of its text, so
that no text is kept here; where the digest doesn't fit, the book is another edition and nothing is told. Rules and
weights were made with what they get wrong of one half in sight; what counts is the other, `held out`, after whose
table two faults were mended. `explicit`: a name stands beside the quotation; `pronoun`: a pronoun, or "her father";
`implicit`: neither. Beside the rules, in the same run: whoever was named last before or behind a quotation, and
whoever is named most.

    python -m benchmarks.cast ../shared/corpus/epub/pride-and-prejudice.epub ../shared/corpus/epub/time-machine.epub
"""

import argparse
import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rhapsode.authoring.cast.characters import LEAST_CONFIDENCE
from rhapsode.documents.parsing import parse_document
from rhapsode.text.cast.book import BookCast, Said, find_cast
from rhapsode.text.cast.mentions import NameIndex

ANNOTATIONS = Path(__file__).with_name("cast_annotations.tsv")
KINDS = ("explicit", "pronoun", "implicit")
SHOWN = 15


@dataclass(frozen=True, slots=True)
class Annotation:
    """A quotation and who speaks it.

    ordinal: within its paragraph, from 1.    digest: the first 8 hex digits of its SHA-256.
    """

    book: str
    half: str
    chapter: int
    paragraph: int
    ordinal: int
    digest: str
    kind: str
    speaker: str


Answer = Callable[[Annotation], str | None]
"""A way to tell who speaks; None for nobody."""


def annotations() -> list[Annotation]:
    """All of them."""
    rows = (line.split("\t") for line in ANNOTATIONS.read_text().splitlines()[1:])
    return [
        Annotation(b, half, int(c), int(p), int(o), digest, k, s) for b, half, c, p, o, digest, k, s in rows
    ]


def chapters_of(book: Path) -> list[list[str]]:
    """The paragraphs of each chapter; of those that aren't narrated none."""
    document = parse_document(book.read_bytes(), filename=book.name)
    return [[b.text for b in chapter.blocks] if chapter.narrated else [] for chapter in document.chapters]


class Book:
    """A book with its cast. Raises: SystemExit, when it isn't the edition that was annotated."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.chapters = chapters_of(path)
        begun = time.process_time()
        self.cast: BookCast = find_cast(self.chapters)
        self.cpu_s = time.process_time() - begun
        self.annotations = [each for each in annotations() if each.book == self.name]
        self._index = NameIndex(self.cast.people)
        for each in self.annotations:
            text = self.quotation(each)
            if hashlib.sha256(text.encode()).hexdigest()[:8] != each.digest:
                raise SystemExit(f"{path} is another edition: {each} isn't there.")

    def said(self, one: Annotation) -> Said:
        """What the rules say of a quotation."""
        return self.cast.said[one.chapter][one.paragraph][one.ordinal - 1]

    def quotation(self, one: Annotation) -> str:
        """Its text."""
        quotation = self.said(one).quotation
        return self.chapters[one.chapter][one.paragraph][quotation.start : quotation.end]

    def by_rules(self, one: Annotation) -> str | None:
        """Whoever is likeliest by the rules."""
        return self._name(self.said(one).attribution.person, one)

    def by_sure_rules(self, one: Annotation) -> str | None:
        """The same, and the narrator where they aren't sure, as the product has it."""
        is_sure = self.said(one).attribution.confidence >= LEAST_CONFIDENCE
        return self.by_rules(one) if is_sure else None

    def by_nearest_name(self, one: Annotation) -> str | None:
        """Whoever the narrator names behind the quotation in its paragraph, else last before it."""
        told = self._narration(one)
        return self._name(told, one)

    def by_most(self, one: Annotation) -> str | None:
        """Whoever is named most in the book."""
        return self._name(0, one)

    def _name(self, person: int | None, one: Annotation) -> str | None:
        """What the annotations call a person, where it is the one they mean; else what the book does."""
        if person is None:
            return None
        names = self.cast.people[person].names
        return one.speaker if one.speaker in names else names[0]

    def _narration(self, one: Annotation) -> int | None:
        texts = self.chapters[one.chapter]
        end = self.said(one).quotation.end
        behind = self._index.find(texts[one.paragraph][end : end + 60])
        before = (self._index.find(text) for text in reversed(texts[: one.paragraph]))
        return behind[0].person if behind else next((found[-1].person for found in before if found), None)


def accuracy(of: Sequence[Annotation], answer: Answer) -> str:
    """How many are right."""
    right = sum(answer(one) == one.speaker for one in of)
    return f"{right:>4}/{len(of):<4} {right / max(1, len(of)):6.1%}"


def tables(book: Book) -> Iterator[str]:
    """What is printed of a book."""
    yield f"{book.name}: {len(book.annotations)} quotations annotated, {book.cpu_s:.2f} s of processor for the book"
    ways: dict[str, Answer] = {
        "rules": book.by_rules,
        "rules, sure": book.by_sure_rules,
        "nearest name": book.by_nearest_name,
        "named most": book.by_most,
    }
    for half in sorted({one.half for one in book.annotations}):
        of = [one for one in book.annotations if one.half == half]
        for kind in ("all", *KINDS):
            chosen = [one for one in of if kind in ("all", one.kind)]
            yield f"  {half:<9} {kind:<9}" + "".join(
                f"  {name}: {accuracy(chosen, way)}" for name, way in ways.items()
            )
        yield from _wrong_voices(of, book)
        yield from _confusions(of, book)


def _wrong_voices(of: Sequence[Annotation], book: Book) -> Iterator[str]:
    wrong = sum(book.by_sure_rules(one) not in (None, one.speaker) for one in of)
    silent = sum(book.by_sure_rules(one) is None for one in of)
    yield f"  {of[0].half}: {wrong} in another's voice, {silent} left to the narrator"


def _confusions(of: Sequence[Annotation], book: Book) -> Iterator[str]:
    """Who speaks, and who is taken for it, where that isn't the same."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in of:
        table[one.speaker][book.by_rules(one) or "nobody"] += 1
    columns = sorted({taken for row in table.values() for taken in row} | set(table))[:SHOWN]
    yield "  who speaks, in rows; who is taken for it, in columns:"
    yield " " * 24 + "".join(f"{column[:11]:>12}" for column in columns)
    for speaker in sorted(table):
        yield f"  {speaker[:20]:<22}" + "".join(f"{table[speaker][column] or '.':>12}" for column in columns)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", type=Path, nargs="+")
    for path in parser.parse_args().books:
        for line in tables(Book(path)):
            print(line)


if __name__ == "__main__":
    main()
