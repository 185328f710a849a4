"""What a neural engine and its child say to each other."""

import pytest

from rhapsode.engines.frames import EndOfStreamError
from rhapsode.engines.neural.messages import (
    NeuralAnswer,
    NeuralRequest,
    pack_answer,
    pack_failure,
    pack_request,
    unpack_answer,
    unpack_request,
)
from rhapsode.studio.errors import EngineFailed, UnknownVoice
from rhapsode.studio.pronunciation import Pronunciation


def test_a_request_comes_back_whole() -> None:
    """All of its fields, with every kind of text; as it is asked for by what it is, it is the same."""
    request = NeuralRequest(
        "speak",
        (("model", "/a/ü"), ("config", "/b")),
        text="Ça 😀\n\u2028",
        language="fr",
        speaker="p1",
        speed=0.7,
        stability=1.0,
        seed=2,
        pronunciations=(Pronunciation(0, 2, "sa"),),
    )

    assert unpack_request(pack_request(request)) == request
    assert hash(unpack_request(pack_request(request))) == hash(request)


def test_an_answer_comes_back_whole() -> None:
    """Samples may be any bytes, line ends too."""
    answer = NeuralAnswer(22_050, (0, 1, 2), b"\n\n\x00\n")

    assert unpack_answer(pack_answer(answer)) == answer


def test_errors_come_back_as_what_they_are() -> None:
    """Ours by their class and sentence; others as a failure of the engine."""
    with pytest.raises(UnknownVoice, match=r"^gone$"):
        unpack_answer(pack_failure(UnknownVoice("gone")))
    with pytest.raises(EngineFailed, match=r"^OSError: disk$"):
        unpack_answer(pack_failure(OSError("disk")))


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"[]\n", b"{}\n", b'{"sample_rate_hz": 1, "boundaries": 1}\n', b"\xff"]
)
def test_what_is_no_answer_is_noticed(body: bytes) -> None:
    """It is as if the child had ended."""
    with pytest.raises(EndOfStreamError):
        unpack_answer(body)
