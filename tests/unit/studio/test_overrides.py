"""Limits that can be set: what may be said, who hears of it, and that all of them are documented."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.limits_table import limits_table

from rhapsode.studio import limits
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.overrides import SETTABLE, check_limits, settable

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_limit_is_documented() -> None:
    """The page has the table that is made of the code; `python -m tests.limits_table` prints it anew."""
    assert limits_table() in PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "value"), [("5", 5), (" 100000 ", 100_000), ("", 100), ("0", 100), ("5.5", 100), ("many", 100)]
)
def test_a_limit_is_what_it_is_set_to(given: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole number in its range; anything else leaves the default, and is refused at the start."""
    monkeypatch.delitem(SETTABLE, "MAX_APPLES", raising=False)
    environment = {"RHAPSODE_LIMIT_MAX_APPLES": given}

    assert settable("MAX_APPLES", 100, environment=environment) == value
    try:
        is_refused = bool(given) and value == 100
        if is_refused:
            with pytest.raises(InvalidInput, match="MAX_APPLES: a whole number from 1 to 100000 is needed"):
                check_limits(environment)
        else:
            check_limits(environment)
    finally:
        del SETTABLE["MAX_APPLES"]


def test_what_is_no_limit_is_told() -> None:
    """A slip of the pen isn't taken for a limit, and all problems are told at once."""
    environment = {"RHAPSODE_LIMIT_MAX_CHAPTER": "1", "RHAPSODE_LIMIT_BLOCK_BYTES": "1", "PATH": "x"}

    with pytest.raises(InvalidInput) as refused:
        check_limits(environment)
    assert str(refused.value).count("there is no such limit") == 2


def test_a_process_has_what_its_environment_says() -> None:
    """What is derived from a limit follows it; children have the environment of their parent."""
    code = (
        "from rhapsode.studio import limits\n"
        "print(limits.MAX_CHAPTERS, limits.MAX_FORM_BODY_BYTES - limits.MAX_JSON_BODY_BYTES)\n"
    )
    environment = os.environ | {
        "RHAPSODE_LIMIT_MAX_CHAPTERS": "7",
        "RHAPSODE_LIMIT_MAX_DOCUMENT_BYTES": "1000",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["7", "1000"]
    assert limits.MAX_CHAPTERS == 2_000


def test_a_wrong_limit_ends_a_command_with_a_sentence() -> None:
    """Before it does anything."""
    done = subprocess.run(
        [sys.executable, "-m", "rhapsode", "voices"],
        env=os.environ | {"RHAPSODE_LIMIT_MAX_CHAPTERS": "all"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "RHAPSODE_LIMIT_MAX_CHAPTERS: a whole number from 1 to 2000000 is needed." in done.stderr
    assert "Traceback" not in done.stderr
