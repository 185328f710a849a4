"""Servers that have files of voices, whole or not."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tests.loopback import Answer, Asked, reply

_NAMES = {"model": "{}.onnx", "config": "{}.onnx.json", "card": "MODEL_CARD"}


def path_of(key: str, role: str) -> str:
    """Where a list says that a file of a voice is."""
    code, name, quality = key.split("-")
    return f"{code.split('_')[0]}/{code}/{name}/{quality}/{_NAMES[role].format(key)}"


def listed(key: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The list of a home that has this voice alone."""
    code, name, quality = key.split("-")
    described = {
        path_of(key, role): {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
        for role, content in files.items()
    }
    sample = {"en/samples/speaker_0.mp3": {"size_bytes": 1, "md5_digest": "0" * 32}}
    language = {"code": code, "name_english": "English", "country_english": "United States"}
    return {
        key: {
            "key": key,
            "name": name,
            "language": language,
            "quality": quality,
            "num_speakers": 1,
            "speaker_id_map": {},
            "files": described | sample,
            "aliases": [key.replace("_", "-").lower()],
        }
    }


def serving(contents: Mapping[str, bytes], *, tag: str = '"one"') -> Answer:
    """A server that has these files at their paths, and gives ranges of them."""

    def answer(asked: Asked) -> list[bytes]:
        content = contents.get(asked.target.lstrip("/").partition("?")[0])
        if content is None:
            return [reply(status=404)]
        wanted = asked.headers.get("range", "")
        if not wanted or asked.headers.get("if-range", tag) != tag:
            return [reply(content, ETag=tag)]
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            return [reply(status=416)]
        told = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return [reply(content[start:], status=206, ETag=tag, Content_Range=told)]

    return answer


def cut(response: bytes, body_bytes: int) -> bytes:
    """A response that breaks off after so many bytes of its body."""
    head, _, body = response.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + body[:body_bytes]
