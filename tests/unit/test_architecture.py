"""ARCHITECTURE.md tells the truth: what it names exists, and no room is missing from it."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

import rhapsode

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PACKAGE = Path(rhapsode.__file__).parent
ROOMS = sorted(
    path.stem
    for path in PACKAGE.iterdir()
    if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("__")
)
NAMES = sorted({name for name in re.findall(r"`([a-z_]+(?:\.\w+)+)`", TEXT) if name.split(".")[0] in ROOMS})


def resolve(name: str) -> object:
    """What a dotted name below the package stands for. Raises: AttributeError; ModuleNotFoundError."""
    parts = name.split(".")
    found: object = rhapsode
    for index, part in enumerate(parts, start=1):
        if not hasattr(found, part):
            importlib.import_module(".".join(["rhapsode", *parts[:index]]))
        found = getattr(found, part)
    return found


def test_every_room_has_a_line_and_every_line_a_room() -> None:
    """The table of rooms names each package and module at the top of the source, and nothing else."""
    assert sorted(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == ROOMS


def test_import_order_is_the_one_that_is_checked() -> None:
    """The order of imports in the text is the order that import-linter holds."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    written = re.search(r"(?:^    .*>.*\n)+", TEXT, re.MULTILINE)

    assert written is not None
    assert " ".join(written[0].split()) == " > ".join(contract["contracts"][0]["layers"])


def test_journeys_name_functions() -> None:
    """The text names enough of the code for the next test to mean something."""
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
def test_everything_named_exists(name: str) -> None:
    """Each dotted name in the text is a module, class, function or method of this version."""
    assert resolve(name) is not None


def test_links_lead_somewhere() -> None:
    """Each relative link of the documents at the top leads to a file."""
    for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text("utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / target).exists(), (document, target)
