"""What a server that has begun to listen shows of its link."""

import io

import pytest

from rhapsode.cli import sign_in
from rhapsode.cli.console import PlainConsole

LINK = "http://127.0.0.1:8000/#sign-in=token"


@pytest.mark.parametrize(
    ("link", "is_terminal", "shown"),
    [
        (LINK, True, f"Open it within ten minutes, in one browser: {LINK}\n"),
        ("http://127.0.0.1:8000/", True, "Open it: http://127.0.0.1:8000/\n"),
        (LINK, False, ""),
    ],
)
def test_links_are_shown_to_people_alone(
    monkeypatch: pytest.MonkeyPatch, link: str, is_terminal: bool, shown: str
) -> None:
    """The log of a service has none, and a narrow terminal breaks none."""
    screen = io.StringIO()
    monkeypatch.setattr(
        sign_in,
        "results",
        PlainConsole(file=screen, force_terminal=is_terminal, color_system=None, width=30),
    )

    sign_in.show_link(link, opens=False)

    assert screen.getvalue() == shown
