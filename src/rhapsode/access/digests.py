"""What is kept of secrets."""

import hashlib


def digest_of(secret: str) -> bytes:
    """SHA-256 of a secret that nobody can guess, by which it is known again; also of what only claims to be one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
