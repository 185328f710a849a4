import pytest

from rhapsode.text.tags import find_tags


@pytest.mark.parametrize(
    "tag",
    [
        "[laughs]",
        "[WHISPERS]",
        "[long pause]",
        "[strong French accent]",
        "[sings, quietly]",
        "[it's her]",
        "[half-asleep]",
        "[lacht müde]",
        "[笑]",
    ],
)
def test_words_in_brackets_are_a_tag(tag: str) -> None:
    """In any language."""
    text = f"Well, {tag} yes."
    found = [text[start:end] for start, end in find_tags(text)]
    assert found == [tag]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[ ]",
        "[1]",
        "[p. 12]",
        "[laughs",
        "laughs]",
        "(laughs)",
        "[two\nlines]",
        f"[{'long ' * 20}]",
        "[a_b]",
    ],
)
def test_anything_else_is_text(text: str) -> None:
    """Notes, numbers and brackets that never close are read by every model."""
    assert find_tags(text) == []


def test_tags_stand_apart() -> None:
    """Also where nothing is between them."""
    assert find_tags("[sighs][laughs] Oh.") == [(0, 7), (7, 15)]
