"""`rhapsode serve` with a certificate."""

import socket
import ssl

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.certificates import CertificateFiles, make_certificate

from .program import Rhapsode
from .server import Server, serving

GIVEN_KEY = "a-key-that-somebody-has-chosen"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    # For another name than that of this machine, as that of a server in a network is.
    return make_certificate(tmp_path_factory.mktemp("tls"), host="books.example.org")


@pytest.mark.slow
# The SDK asks for the reason by a name that its library has given up.
@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
def test_the_official_sdk_speaks_over_tls(
    rhapsode: Rhapsode, files: CertificateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that it still writes, the history, and what a command adds to it, on one server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    options = ("--tls-cert", files.certificate, "--tls-key", files.key)
    with serving(rhapsode, *options, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        assert server.url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=files.certificate)
        assert_no_tickets_are_given(server, trusted)
        with httpx.Client(verify=trusted, trust_env=False, timeout=60) as connections:
            client = ElevenLabs(base_url=server.url, api_key=GIVEN_KEY, httpx_client=connections)
            words = ("The lamps are lit at dusk. " * 4).split()
            sound = b"".join(
                client.text_to_speech.convert_realtime("tone_low", text=(f"{word} " for word in words))
            )
            (item,) = client.history.list().history
            assert item.text is not None
            assert item.text.split() == words
        assert len(sound) > 10_000
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/health", trust_env=False)

        listed = rhapsode.run("keys", "list")
        assert (listed.exit_status, listed.errors) == (0, "")
        narrated = rhapsode.narrate(rhapsode.write("tale.md", "# One\n\nThe boat came in at six.\n"))
        assert narrated.startswith("tale.zip: 1 chapter")
        assert server.stop().exit_status == 0


def assert_no_tickets_are_given(server: Server, trusted: ssl.SSLContext) -> None:
    """They come beside the first request, where clients of two threads may lose it."""
    with (
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as plain,
        trusted.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: books\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert connection.session is not None
        assert not connection.session.has_ticket


def test_a_certificate_needs_its_key(rhapsode: Rhapsode, files: CertificateFiles) -> None:
    """It is said before anything starts: there is no data directory yet."""
    error = rhapsode.run("serve", "--tls-cert", files.certificate).error

    assert error.startswith("--tls-cert and --tls-key belong together")
    assert not rhapsode.data.exists()
