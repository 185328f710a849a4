"""A chat endpoint is asked through the protocol that all of them speak."""

import pytest
from tests.contract.chatting import serving_model

from rhapsode.net.chat import Chat, Message
from rhapsode.studio.errors import ScriptFailed

pytestmark = pytest.mark.slow

ASKED = [Message("user", "Why does the tide turn?")]


def test_an_answer_is_put_together() -> None:
    """Of all its pieces, from the model that is named, with the key."""
    with serving_model("Because of the moon, which is far away from here.") as model:
        assert Chat(model.url, model="m1", key="k1").answer(ASKED) == model.answers[0]
    assert model.asked[0]["model"] == "m1"
    assert model.said_to(0) == "Why does the tide turn?"
    assert model.keys == ["Bearer k1"]


@pytest.mark.parametrize(
    ("status", "garbage", "pause_s", "sentence"),
    [
        (500, b"oops", 0.0, "status 500"),
        (401, b"{}", 0.0, "status 401"),
        (200, b"data: {half a\n\n", 0.0, "something else"),
        (200, b'data: {"choices": 5}\n\n', 0.0, "something else"),
        (200, None, 0.5, "too long"),
    ],
)
def test_misbehaviour_is_told_in_a_sentence(
    status: int, garbage: bytes | None, pause_s: float, sentence: str
) -> None:
    """Without the endpoint's address, which is its owner's affair."""
    with serving_model("late") as model:
        model.status, model.garbage, model.pause_s = status, garbage, pause_s
        with pytest.raises(ScriptFailed, match=sentence) as failed:
            Chat(model.url, model="m", key=None, silence_s=0.2).answer(ASKED)
        assert model.url not in str(failed.value)


def test_nobody_there() -> None:
    """Is told too."""
    with serving_model("x") as model:
        gone = model.url
    with pytest.raises(ScriptFailed, match="couldn't be reached"):
        Chat(gone, model="m", key=None).answer(ASKED)


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, whatever is still to come."""
    monkeypatch.setattr("rhapsode.net.chat.MAX_CHAT_ANSWER_CHARACTERS", 100)
    with serving_model("x" * 5_000) as model:
        assert Chat(model.url, model="m", key=None).answer(ASKED) == "x" * 100
