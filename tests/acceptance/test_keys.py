"""API keys made where no server runs."""

import pytest

from rhapsode.access.keys import find_owner
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records

from .program import Rhapsode

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow


def opens(rhapsode: Rhapsode, secret: str) -> bool:
    """Whether a key leads to the workspace of the commands."""
    records = Records.open_sqlite(rhapsode.data / "records.sqlite3")
    try:
        owner = find_owner(records, secret)
        return owner is not None and owner.workspace_id == DEFAULT_WORKSPACE_ID
    finally:
        records.close()


def test_keys_are_made_listed_and_revoked(rhapsode: Rhapsode) -> None:
    """Each is printed once, as the line that the SDKs want; what is listed afterwards opens nothing."""
    made = rhapsode.run("keys", "create", "la[b]top")
    secret = made.output.splitlines()[-1].removeprefix("export ELEVENLABS_API_KEY=")
    assert secret.startswith("sk_")
    assert opens(rhapsode, secret)
    assert rhapsode.run("keys", "create", "guest", "--characters", "12500").exit_status == 0

    listed = rhapsode.run("keys", "list").output
    assert secret not in listed
    assert_use_is_told(listed)
    (line,) = (line for line in listed.splitlines() if "la[b]top" in line)
    key_id, _, hint, *_ = line.split()
    assert secret.endswith(hint)
    assert line.count("UTC") == 1

    assert rhapsode.run("keys", "revoke", key_id).output == f"The key {key_id} opens nothing any more.\n"
    assert not opens(rhapsode, secret)
    (line,) = (line for line in rhapsode.run("keys", "list").output.splitlines() if "la[b]top" in line)
    assert line.count("UTC") == 2


def assert_use_is_told(listed: str) -> None:
    """What each key has had spoken this month, and how much it may; without a limit, nothing of that."""
    lines = listed.splitlines()
    assert lines[0].split()[-4:] == ["Expires", "May", "Used", "Limit"]
    ends = {line.split()[1]: line.split()[6:] for line in lines[1:]}
    assert ends == {"guest": ["0", "12,500"], "la[b]top": ["0"]}


def test_an_unknown_key_is_refused_by_its_id(rhapsode: Rhapsode) -> None:
    """A misspelled id changes nothing and says so."""
    assert rhapsode.run("keys", "create").exit_status == 0
    assert rhapsode.run("keys", "revoke", "nobody").error == "There is no key nobody."


def test_a_key_has_terms(rhapsode: Rhapsode) -> None:
    """What it may do, how often and until when is listed."""
    terms = ("--permission", "text_to_speech", "--requests-per-minute", "30", "--concurrent", "2")
    made = rhapsode.run("keys", "create", "guest", "--expires", "2999-12-31", *terms)
    assert made.exit_status == 0
    (line,) = (line for line in rhapsode.run("keys", "list").output.splitlines() if "guest" in line)
    for told in ("2999-12-31 00:00 UTC", "text_to_speech; 30/min;", "2 at once"):
        assert told in line
