"""docs/engines.md says what examples/bells does, and what the contract has."""

import re
from dataclasses import fields
from pathlib import Path

from rhapsode.engines import engine
from rhapsode.rendering.calibration_texts import _TEXTS, calibration_paragraphs
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.studio import errors
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS, MIN_ENGINE_CHARACTERS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "engines.md").read_text("utf-8")
BELLS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "examples" / "bells").glob("*.[pt]*")))


def rows(heading: str) -> list[list[str]]:
    """The names in the first column of the table with this heading."""
    table = GUIDE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]


def test_every_piece_of_code_is_the_examples() -> None:
    """Line for line, so that what is read is what is tested."""
    pieces = re.findall(r"^```(?:python|toml)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)

    assert len(pieces) == 6
    for piece in pieces:
        assert piece in BELLS


def test_every_trait_is_told() -> None:
    """Each field of EngineTraits but the name has a row, in their order."""
    told = [name for (name,) in rows("trait")]
    known = [field.name for field in fields(engine.EngineTraits)]

    assert sorted(told) == sorted(set(known) - {"name"})


def test_every_name_of_the_contract_exists() -> None:
    """Errors and the additions for engines that can more."""
    assert all(hasattr(errors, name) for names in rows("error") for name in names)
    assert all(hasattr(engine, name) for name in re.findall(r"`(\w+(?:Engine|Speech))`", GUIDE))


def test_its_numbers_are_those_of_the_product() -> None:
    """And every voice can be measured: no paragraph that is said for it is longer than what any engine takes."""
    assert f"| {MIN_ENGINE_CHARACTERS} or more" in GUIDE
    assert f"{MAX_SEGMENT_CHARACTERS:,}" in GUIDE
    assert f"{SENTENCE_MS} ms" in GUIDE
    longest = max(len(text) for language in _TEXTS for text in calibration_paragraphs(language))
    assert longest <= MIN_ENGINE_CHARACTERS
