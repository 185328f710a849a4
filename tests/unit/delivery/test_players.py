"""What a player's settings may be: nothing that could end a rule of a style sheet or of a policy."""

import pytest

from rhapsode.delivery.players import checked_settings, find_origin, page_of
from rhapsode.storage.players import PlayerSettings
from rhapsode.studio.errors import InvalidInput


@pytest.mark.parametrize(
    "color", ["#fff", "#FFFFFF", "#12345678", "red", "rgba(1, 2, 3, 0.5)", "hsl(1deg 5% 5%)"]
)
def test_colors(color: str) -> None:
    """As people write them."""
    assert checked_settings(PlayerSettings(), text_color=f" {color} ").text_color == color


@pytest.mark.parametrize(
    "color", ["#ff", "#ggg", "red;", "rgb(1,2,3);}", "url(x)", "var(--x)", "rgb(1,2,3)\n}", "é"]
)
def test_what_is_no_color(color: str) -> None:
    """Is refused."""
    with pytest.raises(InvalidInput, match="colour"):
        checked_settings(PlayerSettings(), background_color=color)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://pictures.example/a.jpg?b=1", "https://pictures.example"),
        ("http://Pictures.example:8080/a.jpg", "http://pictures.example:8080"),
        ("https://bücher.example/a.jpg", "https://xn--bcher-kva.example"),
        ("http://[::1]:8000/a", "http://[::1]:8000"),
        ("https://x.example;script-src *", None),
        ("https://x.example%3b%20script-src/", None),
        ("//x.example/a.jpg", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://x.example:99999999/", None),
    ],
)
def test_origins(url: str, origin: str | None) -> None:
    """Are words of a policy; what would be more than one is none."""
    assert find_origin(url) == origin


def test_pages_are_known_again() -> None:
    """Whatever place on them is named."""
    assert page_of(" https://x.example/a?b=1#c ") == "https://x.example/a?b=1"
