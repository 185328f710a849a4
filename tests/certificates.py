"""Certificates for servers of tests."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lacking import lack


@dataclass(frozen=True)
class CertificateFiles:
    """A certificate that has signed itself, and its key, as PEM files."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, name: str = "server", *, host: str = "localhost") -> CertificateFiles:
    """A certificate for `host` and 127.0.0.1; skips the test where there is no openssl, which fails in CI."""
    if shutil.which("openssl") is None:
        lack("the program openssl is not installed")
    files = CertificateFiles(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-days", "2", "-subj", f"/CN={host}"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1"),
            *("-out", files.certificate, "-keyout", files.key),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return files
