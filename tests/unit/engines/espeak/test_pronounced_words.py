"""What is heard of words with a pronunciation, by the phonemes that espeak says it speaks."""

import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).parent / "phoneme_child.py"


def heard(lines: list[str]) -> list[str]:
    """The phonemes of each line, see the child."""
    done = subprocess.run(
        [sys.executable, str(CHILD)],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def rows(data: Path) -> list[list[str]]:
    """Voice, word, pronunciation, the phonemes of the word as it is spelled, and as it is pronounced."""
    return [line.split("\t") for line in (data / "pronounced_words.tsv").read_text().splitlines()]


def test_words_are_heard_as_their_pronunciations_say(data: Path) -> None:
    """In six languages; the phonemes were checked by hand against the IPA."""
    words = rows(data)

    assert heard(["\t".join(row[:3]) for row in words]) == [row[4] for row in words]


def test_without_a_pronunciation_words_are_heard_as_they_are_spelled(data: Path) -> None:
    """Most of them sound different then, which is what the rules are for."""
    words = rows(data)

    assert heard(["\t".join([*row[:2], ""]) for row in words]) == [row[3] for row in words]
    assert sum(row[3] != row[4] for row in words) > 25


def test_a_pronunciation_late_in_a_long_clause_is_heard() -> None:
    """Wherever espeak would end the clause for its length."""
    lines = [f"en-us\t{'the old boat ' * count}|quay|\tkwˈeɪ" for count in range(50, 64)]

    assert all(line.endswith("k w 'eI") for line in heard(lines))


def test_what_is_no_sound_leaves_the_word_as_it_is_spelled() -> None:
    """A pronunciation of signs alone is as good as none."""
    spelled, pronounced = heard(["en-us\tharbour\t", "en-us\tharbour\t/?!/ 42"])

    assert spelled == pronounced
