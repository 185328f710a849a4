"""Large files come whole or not at all, from servers that break off, lie, change their mind and refuse."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from tests.loopback import Answer, Asked, Loopback, always, answering, reply
from tests.voice_mirrors import cut, serving

from rhapsode.net.fetcher import Fetcher
from rhapsode.studio.errors import FetchFailed, FetchRefused
from rhapsode.voices.downloads import Downloads, RemoteFile

CONTENT = bytes(range(256)) * 400
MD5 = ("md5", hashlib.md5(CONTENT).hexdigest())
WHOLE = serving({"model.onnx": CONTENT})


def downloads(folder: Path, *, silence_s: float = 5.0) -> Downloads:
    """Those of this test, which wait no longer than a moment."""
    fetcher = Fetcher([ip_network("127.0.0.0/8")])
    return Downloads(fetcher, folder / "downloads", waits_s=(0.0, 0.01), silence_s=silence_s)


def file_at(server: Loopback, *, size_bytes: int | None = len(CONTENT), checked: bool = True) -> RemoteFile:
    """The file of a server, as a list tells of it."""
    return RemoteFile(f"{server.url}/model.onnx", size_bytes, MD5 if checked else None)


def nobody(_: int) -> None:
    """Whoever doesn't want to know."""


def in_turn(*answers: Answer) -> Answer:
    """A server that answers each request in another way, and all that come later in the last one."""
    left: Iterator[Answer] = iter(answers)
    last: list[Answer] = []

    def answer(asked: Asked) -> Sequence[bytes]:
        last[:] = [next(left, last[0] if last else answers[-1])]
        return list(last[0](asked))

    return answer


def broken(after_bytes: int, *, tag: str = '"one"', content: bytes = CONTENT) -> Answer:
    """A server that closes the connection in the middle of its answer."""
    whole = serving({"model.onnx": content}, tag=tag)
    return lambda asked: [cut(b"".join(whole(asked)), after_bytes)]


def test_a_file_comes_whole_and_is_told_of_on_the_way(tmp_path: Path) -> None:
    """One request; who watches is told all of its size at the end."""
    told: list[int] = []
    with answering(WHOLE) as server:
        path = downloads(tmp_path).fetch(file_at(server), told.append)

    assert path is not None
    assert path.read_bytes() == CONTENT
    assert (len(server.asked), told[-1]) == (1, len(CONTENT))


def test_what_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """Each request asks for the rest of the same version, as long as something new comes."""
    with answering(in_turn(broken(30_000), broken(20_000), broken(20_000), broken(20_000), WHOLE)) as server:
        path = downloads(tmp_path).fetch(file_at(server), nobody)

    assert path is not None
    assert path.read_bytes() == CONTENT
    assert [asked.headers.get("range") for asked in server.asked] == [
        None,
        *(f"bytes={start}-" for start in (30_000, 50_000, 70_000, 90_000)),
    ]
    assert {asked.headers.get("if-range") for asked in server.asked[1:]} == {'"one"'}


def test_another_process_goes_on_where_one_was_killed(tmp_path: Path) -> None:
    """All it needs is in the folder."""

    class Killed(BaseException):
        pass

    def kill(size_bytes: int) -> None:
        if size_bytes:
            raise Killed

    def slowly(asked: Asked) -> Iterator[bytes]:
        content = b"".join(WHOLE(asked))
        yield content[:40_000]
        yield content[40_000:]

    with answering(slowly) as server:
        with pytest.raises(Killed):
            downloads(tmp_path).fetch(file_at(server), kill)
        path = downloads(tmp_path).fetch(file_at(server), nobody)

    assert path is not None
    assert path.read_bytes() == CONTENT
    assert "range" in server.asked[1].headers


def test_a_file_that_changes_meanwhile_is_fetched_anew(tmp_path: Path) -> None:
    """The server says by its tag that it is another one; no halves of two are joined."""
    old = broken(30_000, tag='"old"', content=CONTENT[::-1])
    with answering(in_turn(old, WHOLE)) as server:
        path = downloads(tmp_path).fetch(file_at(server), nobody)

    assert path is not None
    assert path.read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_halves_of_two_versions_are_found_by_their_checksum(tmp_path: Path) -> None:
    """Where no server says which version it sends, what was joined wrongly is fetched once more."""

    def untagged(content: bytes, end: int | None) -> Answer:
        def answer(asked: Asked) -> list[bytes]:
            start = int(asked.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            told = {"Content_Range": f"bytes {start}-"} if start else {}
            whole = reply(content[start:], status=206 if start else 200, **told)
            return [whole if end is None else cut(whole, end)]

        return answer

    with answering(in_turn(untagged(CONTENT[::-1], 30_000), untagged(CONTENT, None))) as server:
        path = downloads(tmp_path).fetch(file_at(server), nobody)

    assert path is not None
    assert path.read_bytes() == CONTENT
    assert [asked.headers.get("range") for asked in server.asked] == [None, "bytes=30000-", None]


def test_a_server_that_gives_no_ranges_is_asked_for_all_of_it_again(tmp_path: Path) -> None:
    """It answers 200 to the request for the rest."""
    with answering(in_turn(broken(30_000), always(reply(CONTENT)))) as server:
        path = downloads(tmp_path).fetch(file_at(server, checked=False), nobody)

    assert path is not None
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (always(reply(CONTENT[:-1] + b"!")), "its checksum differs"),
        (always(reply(CONTENT + b"!")), "has 102,401 bytes, and the list of voices says 102,400"),
        (always(reply(CONTENT[:9])), "has 9 bytes"),
        (always(b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT + b"!"), "is longer than the 102,400 bytes"),
        (always(reply(status=404)), "was answered with status 404"),
        (always(reply(status=403)), "was answered with status 403"),
        (always(reply(status=503)), "was answered with status 503"),
        (always(reply(CONTENT, Content_Encoding="gzip")), "came in an encoding that wasn't asked for"),
        (always(b""), "can't be reached"),
        (always(reply(status=302, Location="/model.onnx")), "redirects too often"),
    ],
)
def test_what_a_server_gets_wrong_is_said_in_a_sentence(tmp_path: Path, answer: Answer, words: str) -> None:
    """The address and what is wrong; nothing of it is left that a later attempt would take for the file."""
    with answering(answer) as server:
        mine = downloads(tmp_path)
        with pytest.raises((FetchFailed, FetchRefused), match=words) as refused:
            mine.fetch(file_at(server), nobody)

    assert str(refused.value).startswith(server.url)
    assert mine.missing_bytes(file_at(server)) == len(CONTENT)


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    """What had come by then is kept."""
    heard_enough = threading.Event()

    def silent(asked: Asked) -> Iterator[bytes]:
        yield cut(reply(CONTENT), 10_000)
        if not asked.headers.get("range"):
            heard_enough.wait(5)

    with answering(silent) as server:
        mine = downloads(tmp_path, silence_s=0.2)
        with pytest.raises(FetchFailed):
            mine.fetch(file_at(server), nobody)
        heard_enough.set()

    assert mine.missing_bytes(file_at(server)) == len(CONTENT) - 10_000


def test_an_address_that_may_not_be_reached_is_refused(tmp_path: Path) -> None:
    """One that isn't public, with the setting that allows it; nothing is connected to."""
    with answering(WHOLE) as server:
        mine = Downloads(Fetcher(), tmp_path / "downloads")
        with pytest.raises(FetchRefused, match="RHAPSODE_ALLOWED_NETWORKS"):
            mine.fetch(file_at(server), nobody)

    assert server.connections == 0


def test_an_optional_file_may_be_missing(tmp_path: Path) -> None:
    """Others that the same server has come."""
    with answering(WHOLE) as server:
        card = RemoteFile(f"{server.url}/MODEL_CARD", is_optional=True)

        assert downloads(tmp_path).fetch(card, nobody) is None
