import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
from tests.certificates import CertificateFiles, make_certificate

from rhapsode.cli.tls import find_certificate, trusting_only
from rhapsode.studio.errors import InvalidInput


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return make_certificate(tmp_path)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Raises: ssl.SSLError, where the client doesn't trust the server."""
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with ours:
            client.wrap_socket(ours, server_hostname="203.0.113.7").close()
    finally:
        thread.join(timeout=10)


def test_commands_trust_their_server_alone(tmp_path: Path, files: CertificateFiles) -> None:
    """Whatever address it is reached at; another certificate for the same name is somebody else's."""
    own = find_certificate(files.certificate, files.key)
    other = make_certificate(tmp_path, "other")
    another = find_certificate(other.certificate, other.key)
    assert own is not None
    assert another is not None

    handshake(own.context, trusting_only(own.own))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(another.context, trusting_only(own.own))


def test_a_chain_begins_with_the_servers_own(tmp_path: Path, files: CertificateFiles) -> None:
    """Those that vouch for it are sent along, and not trusted."""
    other = make_certificate(tmp_path, "other")
    chain = tmp_path / "chain.pem"
    chain.write_text(files.certificate.read_text() + other.certificate.read_text())
    found = find_certificate(chain, files.key)

    assert found is not None
    assert found.own == files.certificate.read_text()


def test_without_options_there_is_none() -> None:
    """And the server speaks HTTP."""
    assert find_certificate(None, None) is None


def test_both_are_needed(files: CertificateFiles) -> None:
    """One without the other is of no use."""
    for certificate, key in ((files.certificate, None), (None, files.key)):
        with pytest.raises(InvalidInput, match="belong together"):
            find_certificate(certificate, key)


def test_files_that_are_no_use_are_named(tmp_path: Path, files: CertificateFiles) -> None:
    """In one sentence, before anything starts."""
    other = make_certificate(tmp_path, "other")
    absent, broken, encrypted = (tmp_path / name for name in ("absent", "broken", "encrypted"))
    broken.write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", files.key, "-out", encrypted, "-passout", "pass:secret"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    for certificate, key, said in (
        (absent, files.key, "absent can't be read: No such file or directory."),
        (tmp_path, files.key, "can't be read: Is a directory."),
        (files.key, files.key, "server.key has no certificate in PEM form."),
        (files.certificate, files.certificate, "server.pem has no private key in PEM form."),
        (files.certificate, other.key, "other.key isn't the key of the certificate in "),
        (files.certificate, broken, "can't be used for TLS: "),
        (files.certificate, encrypted, "encrypted is encrypted, and nobody is there"),
    ):
        with pytest.raises(InvalidInput) as refused:
            find_certificate(certificate, key)
        assert said in str(refused.value)
