"""What the Studio page says is there in every language, and what it repeats of the server is what the server has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from rhapsode.access.permissions import PERMISSIONS

SOURCES = ROOT / "frontend" / "src"
MESSAGES = SOURCES / "messages"
SCREENS = sorted(path.name for path in (MESSAGES / "en").glob("*.json"))


def messages(language: str, screen: str) -> dict[str, Any]:
    """The texts of a screen."""
    read: dict[str, Any] = json.loads((MESSAGES / language / screen).read_text("utf-8"))
    return read


def places(text: object) -> set[str]:
    """What is put into a text, whatever its forms."""
    return set(re.findall(r"\{(\w+)\}", json.dumps(text)))


@pytest.mark.parametrize("screen", SCREENS)
def test_german_says_all_that_english_says(screen: str) -> None:
    """The same messages, in which the same things are put in."""
    english, german = messages("en", screen), messages("de", screen)
    assert german.keys() == english.keys()
    for name, text in english.items():
        assert places(german[name]) == places(text), name


def test_every_message_is_said_somewhere() -> None:
    """What no component asks for is gone. Some put a message's name together, as in `voices.${name}Hint`."""
    sources = "".join(
        path.read_text("utf-8") for path in SOURCES.rglob("*") if path.suffix in (".svelte", ".ts")
    )
    together = [
        re.sub(r"\\\$\\{.*?\\}", ".+", re.escape(each))
        for each in re.findall(r"`(\w+\.[^`\s]*\$[^`\s]*)`", sources)
    ]
    keys = [f"{Path(screen).stem}.{name}" for screen in SCREENS for name in messages("en", screen)]
    unsaid = [
        key
        for key in keys
        if f'"{key}"' not in sources and not any(re.fullmatch(pattern, key) for pattern in together)
    ]
    assert unsaid == []


def test_keys_are_offered_the_permissions_that_there_are() -> None:
    """The page's list of them is the server's."""
    listed = re.findall(r'"(\w+)"', (SOURCES / "screens" / "settings" / "permissions.ts").read_text("utf-8"))
    assert listed == list(PERMISSIONS)
