"""The certificate that a server shows, and how the commands of its data directory know it again."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from rhapsode.studio.errors import InvalidInput

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_NO_CHECK_TIME = 0x20_0000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for which Python has no name."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server speaks TLS with. own: the PEM text of its own certificate, without those that vouch for it."""

    context: ssl.SSLContext
    own: str


def find_certificate(certificate: Path | None, key: Path | None) -> Certificate | None:
    """Load what the options name; None where they name nothing. Raises: InvalidInput."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        msg = "--tls-cert and --tls-key belong together: a certificate, and the key that goes with it."
        raise InvalidInput(msg)
    own = _find(certificate, _CERTIFICATE, "certificate")
    _find(key, _KEY, "private key")
    return Certificate(_server_context(certificate, key), own)


def trusting_only(certificate: str) -> ssl.SSLContext:
    """For clients of one server: nothing but its certificate is trusted, whatever name and dates that has.

    certificate: PEM text, from a place that only its owner can write to.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=certificate)
    # It may be one that somebody else has signed, who isn't asked here.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


def _find(path: Path, pattern: re.Pattern[str], what: str) -> str:
    """The first of what a PEM file should hold. Raises: InvalidInput."""
    try:
        found = pattern.search(path.read_text("utf-8", errors="replace"))
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}."
        raise InvalidInput(msg) from error
    if found is None:
        msg = f"{path} has no {what} in PEM form."
        raise InvalidInput(msg)
    return found[0]


def _server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Tickets come while a client sends its first request. One that reads and sends in two threads, as the official
    # SDK's WebSocket does, may lose that to them, and wait for ever.
    context.num_tickets = 0

    def refuse_password() -> str:
        msg = f"{key} is encrypted, and nobody is there to be asked for its password. Write it without one."
        raise InvalidInput(msg)

    try:
        context.load_cert_chain(certificate, key, refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            msg = f"{key} isn't the key of the certificate in {certificate}."
        else:
            msg = f"{certificate} and {key} can't be used for TLS: {error.reason or error}."
        raise InvalidInput(msg) from error
    return context
