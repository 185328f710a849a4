"""Settings that can't be meant are refused in a sentence."""

import pytest
from pydantic import SecretStr, ValidationError

from rhapsode.settings import Settings, list_unknown


def problem_of(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> str:
    """What is told of the only setting that is wrong."""
    monkeypatch.setenv(name, given)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (problem,) = caught.value.errors()
    return problem["msg"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("http://10.0.0.1:8080/narration/", "http://10.0.0.1:8080/narration"),
        ("http://[::1]:8000/a/b.c", "http://[::1]:8000/a/b.c"),
        ("https://example.org/audio/v1", "https://example.org/audio/v1"),
    ],
)
def test_a_public_address_is_kept_without_a_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    """So that a path can be put behind it."""
    monkeypatch.setenv("RHAPSODE_PUBLIC_URL", given)
    assert Settings().public_url == kept


@pytest.mark.parametrize("given", ["ftp://example.org", "https://", "http://x y", "https://example.org/?a=1"])
def test_a_mirror_of_voices_is_an_address(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """And a path can be put behind it."""
    monkeypatch.setenv("RHAPSODE_VOICES_URL", "https://example.org/voices/")
    assert Settings().voices_url == "https://example.org/voices"
    monkeypatch.setenv("RHAPSODE_VOICES_URL", given)
    with pytest.raises(ValidationError, match="an address such as"):
        Settings()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("example.org", "an address such as"),
        ("ftp://example.org", "an address such as"),
        ("https:///narration", "an address such as"),
        ("https://someone:secret@example.org", "an address such as"),
        ("https://example.org/?a=1", "without a query"),
        ("https://example.org/#top", "an address such as"),
        ("https://example.org/a//b", "an address such as"),
        ("https://example.org/../x", "an address such as"),
        ("https://example.org/ä", "an address such as"),
        ("https://example.org/v1", "can't begin with /v1"),
        ("https://example.org/rhapsode/", "can't begin with /rhapsode"),
        ("https://example.org/docs/x", "can't begin with /docs"),
    ],
)
def test_what_can_not_be_a_public_address(monkeypatch: pytest.MonkeyPatch, given: str, why: str) -> None:
    """Is told what is wrong with it; a path of the server itself could be taken for another one."""
    assert why in problem_of(monkeypatch, "RHAPSODE_PUBLIC_URL", given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("s3://books", "s3://books"),
        ("s3://books/a/b/", "s3://books/a/b"),
        ("gs://books/rhapsode", "gs://books/rhapsode"),
        ("az://container/", "az://container"),
        ("file:///mnt/a%20disk/", "file:///mnt/a%20disk"),
    ],
)
def test_a_store_has_one_address(monkeypatch: pytest.MonkeyPatch, given: str, kept: str) -> None:
    """With a slash at its end it is the same store."""
    monkeypatch.setenv("RHAPSODE_BLOBS_URL", given)
    assert Settings().blobs_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "books",
        "s3:books",
        "s3://",
        "s3:///a",
        "s3://books//a",
        "s3://books?region=x",
        "https://x/y",
        "file://",
        "file:///",
    ],
)
def test_what_can_not_be_a_store(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """Is told what an address of a store looks like."""
    monkeypatch.setenv("RHAPSODE_BLOBS_URL", given)
    with pytest.raises(ValidationError, match="an address such as s3://bucket/prefix"):
        Settings()


def test_a_proxy_that_says_who_people_are_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one, nobody's word could count; and a proxy that is named is not believed that by itself."""
    monkeypatch.setenv("RHAPSODE_TRUST_REMOTE_USER", "true")
    with pytest.raises(ValidationError, match="name the proxy in RHAPSODE_TRUSTED_PROXIES"):
        Settings()
    monkeypatch.setenv("RHAPSODE_TRUSTED_PROXIES", "10.0.0.2")
    assert Settings().trust_remote_user
    monkeypatch.delenv("RHAPSODE_TRUST_REMOTE_USER")
    assert not Settings().trust_remote_user


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("mysql://u:secret@h/db", "an address such as"),
        ("postgresql://u:secret@h:abc/db", "can't be read"),
        ("postgresql://u:sec@ret@h/db", "is written as %40"),
    ],
)
def test_what_can_not_be_a_database(monkeypatch: pytest.MonkeyPatch, given: str, why: str) -> None:
    """Is told what is wrong with it, without the password."""
    problem = problem_of(monkeypatch, "RHAPSODE_DATABASE_URL", given)
    assert why in problem
    assert "sec" not in problem


@pytest.mark.parametrize("given", ["postgresql://u:a%40b@h:5432/db", "postgres:///db?application_name=a@b@c"])
def test_what_can_be_a_database(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """An @ that is written as %40, or is part of what is asked for."""
    monkeypatch.setenv("RHAPSODE_DATABASE_URL", given)
    assert Settings().database_url == SecretStr(given)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "RHAPSODE_DATABSE_URL",
            "Nothing reads the variable RHAPSODE_DATABSE_URL. Is RHAPSODE_DATABASE_URL meant?",
        ),
        ("RHAPSODE_BELLS", "Nothing reads the variable RHAPSODE_BELLS."),
        ("RHAPSODE_BELLS_CHARACTER_MS", None),
        ("RHAPSODE_LOUD_BELLS_CHARACTER_MS", None),
        ("RHAPSODE_DATABASE_URL", None),
        ("RHAPSODE_database_url", None),
        ("RHAPSODE_LIMIT_MAX_BLOCKS", None),
        ("RHAPSODE_ENGINE_STATE", None),
        ("DATABASE_URL", None),
    ],
)
def test_a_variable_that_nothing_reads_is_told(name: str, said: str | None) -> None:
    """With the one that may be meant; what begins with an engine's name is the engine's."""
    assert list(list_unknown({name: "1"}, lambda: ["bells", "loud-bells"])) == ([said] if said else [])


def test_what_kubernetes_tells_of_a_service_is_no_mistake() -> None:
    """A service called rhapsode has seven variables in each container of its namespace; 8000 is somebody's own."""
    of_service = {
        "RHAPSODE_SERVICE_HOST": "10.0.0.1",
        "RHAPSODE_SERVICE_PORT": "8000",
        "RHAPSODE_SERVICE_PORT_HTTP": "8000",
        "RHAPSODE_PORT": "tcp://10.0.0.1:8000",
        "RHAPSODE_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "RHAPSODE_PORT_8000_TCP_ADDR": "10.0.0.1",
        "RHAPSODE_PORT_8000_TCP_PROTO": "tcp",
    }
    assert list(list_unknown(of_service, list)) == []
    assert list(list_unknown({"RHAPSODE_PORT": "8000"}, list))
