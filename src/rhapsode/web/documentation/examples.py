"""One request in three ways: curl, the Python SDK and the JavaScript SDK."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from rhapsode.api.operation_names import NAMES
from rhapsode.web.documentation.samples import BODIES, OWN_BODIES, VALUES, WHOLE_BODIES, SampleFile

_LINES = ("stream", "stream_with_timestamps")
_PARAMETER = re.compile(r"\{(\w+)\}")
_WIDTH = 60
_INDENT = " " * 4


class Request(NamedTuple):
    """What an example asks for. answers_bytes: the answer is a file."""

    method: str
    path: str
    body: Mapping[str, Any]
    answers_bytes: bool

    @property
    def sdk(self) -> str | None:
        """The method of the SDKs; None for what is ours alone."""
        names = NAMES.get(f"{self.method} {self.path}")
        return names and names.sdk

    @property
    def path_values(self) -> list[str]:
        """What the parameters of the path are in the example."""
        return [_value(name) for name in _PARAMETER.findall(self.path)]


def sample_body(method: str, path: str) -> Mapping[str, Any]:
    """What the examples of an operation send; nothing, for most that take no body."""
    names = NAMES.get(f"{method} {path}")
    return OWN_BODIES.get(f"{method} {path}", {}) if names is None else BODIES.get(names.sdk, {})


def curl(request: Request) -> str:
    """The request as a command of a shell."""
    url = '"$ELEVENLABS_BASE_URL' + _PARAMETER.sub(lambda match: _value(match[1]), request.path) + '"'
    parts = ["curl" if request.method == "GET" else f"curl -X {request.method}", url]
    lines = [" ".join(parts), '-H "xi-api-key: $ELEVENLABS_API_KEY"', *_curl_body(request.body)]
    if request.answers_bytes:
        lines.append(f"-o {_filename(request)}")
    return " \\\n  ".join(lines)


def python(request: Request) -> str:
    """The request with the Python SDK, which finds the key in the environment."""
    arguments = [*map(json.dumps, request.path_values), *_python_arguments(request)]
    call = _call(f"client.{request.sdk}", arguments)
    head = 'from elevenlabs import ElevenLabs\n\nclient = ElevenLabs(base_url="http://127.0.0.1:8000")\n'
    if request.answers_bytes:
        kept = f'with open("{_filename(request)}", "wb") as file:\n{_INDENT}file.writelines(audio)'
        return f"{head}audio = {call}\n{kept}"
    if _last(request) in _LINES:
        return f"{head}for part in {call}:\n{_INDENT}print(part)"
    return f"{head}answer = {call}\nprint(answer)"


def javascript(request: Request) -> str:
    """The request with the JavaScript SDK."""
    path = ".".join(map(_camel, str(request.sdk).split(".")))
    fields = [f"{_camel(name)}: {_javascript_value(value)}" for name, value in request.body.items()]
    arguments = [*map(json.dumps, request.path_values), *([_object(fields)] if fields else [])]
    uses_files = any(isinstance(value, SampleFile) for value in request.body.values())
    lines = ['import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";']
    if uses_files:
        lines.append('import { createReadStream } from "node:fs";')
    if request.answers_bytes:
        lines.append('import { writeFile } from "node:fs/promises";')
    lines += ["", 'const client = new ElevenLabsClient({ baseUrl: "http://127.0.0.1:8000" });']
    call = f"await client.{path}({', '.join(arguments)})"
    if request.answers_bytes:
        return "\n".join(
            [*lines, f"const audio = {call};", f'await writeFile("{_filename(request)}", audio);']
        )
    if _last(request) in _LINES:
        return "\n".join([*lines, f"for await (const part of {call}) {{", "  console.log(part);", "}"])
    return "\n".join([*lines, f"const answer = {call};", "console.log(answer);"])


def _value(name: str) -> str:
    return VALUES.get(name, f"<{name}>")


def _last(request: Request) -> str:
    return str(request.sdk).rpartition(".")[2]


def _filename(request: Request) -> str:
    if request.path.endswith("/archive"):
        return "book.zip"
    return "rules.pls" if "pronunciation" in request.path else "audio.mp3"


def _curl_body(body: Mapping[str, Any]) -> list[str]:
    if any(isinstance(value, SampleFile) for value in body.values()):
        return [f"-F {shlex.quote(f'{name}={_form_value(value)}')}" for name, value in body.items()]
    if not body:
        return []
    return ['-H "content-type: application/json"', f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"]


def _form_value(value: Any) -> str:
    if isinstance(value, SampleFile):
        return f"@{value.name}"
    return value if isinstance(value, str) else json.dumps(value)


def _python_arguments(request: Request) -> list[str]:
    whole = WHOLE_BODIES.get(str(request.sdk))
    if whole is not None:
        return [f"{whole}={_python_value(request.body)}"]
    return [f"{name}={_python_value(value)}" for name, value in request.body.items()]


def _python_value(value: Any) -> str:
    return f'open("{value.name}", "rb")' if isinstance(value, SampleFile) else _literal(value)


def _literal(value: Any) -> str:
    """A value as Python has it, with the quotes of the rest."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(name)}: {_literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        return repr(value) if '"' in value else json.dumps(value, ensure_ascii=False)
    return repr(value)


def _call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{function}(", *(f"{_INDENT}{argument}," for argument in arguments), ")"])


def _javascript_value(value: Any) -> str:
    if isinstance(value, SampleFile):
        return f'createReadStream("{value.name}")'
    if isinstance(value, Mapping):
        return _object([f"{_camel(name)}: {_javascript_value(each)}" for name, each in value.items()])
    if isinstance(value, list):
        return "[" + ", ".join(map(_javascript_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _object(fields: list[str]) -> str:
    line = "{ " + ", ".join(fields) + " }"
    return line if len(line) <= _WIDTH else "{\n" + "".join(f"  {field},\n" for field in fields) + "}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
