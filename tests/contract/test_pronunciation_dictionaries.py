"""Pronunciation dictionaries: made of rules and of files, changed, listed, downloaded, and heard."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs, PronunciationDictionaryVersionLocator, pronunciation_dictionaries
from elevenlabs.pronunciation_dictionaries.rules import PronunciationDictionaryRule_Alias as AliasToAdd
from tests.factories import need_espeak

from .journeys import error_of
from .running import LiveServer

# What the SDK calls the kinds of rules that a new dictionary is made of.
_ITEM = "BodyAddAPronunciationDictionaryV1PronunciationDictionariesAddFromRulesPostRulesItem"
NewAlias, NewPhoneme = (
    getattr(pronunciation_dictionaries, f"{_ITEM}_{kind}") for kind in ("Alias", "Phoneme")
)

PATH = "/v1/pronunciation-dictionaries"
ABSENT = "0MqR6cJ2nXw5b8TzK3vA"
LEXICON = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-GB">
  <lexeme><grapheme>quay</grapheme><grapheme>Quay</grapheme><phoneme>kiː</phoneme></lexeme>
  <lexeme><grapheme>lead</grapheme><phoneme alphabet="x-cmu-arpabet">L EH1 D</phoneme></lexeme>
  <lexeme><grapheme>Thames</grapheme><alias>Tems</alias></lexeme>
</lexicon>"""
RULES: list[dict[str, Any]] = [
    {"type": "alias", "string_to_replace": "Thames", "alias": "Tems"},
    {
        "type": "phoneme",
        "string_to_replace": "quay",
        "phoneme": "kiː",
        "alphabet": "ipa",
        "case_sensitive": False,
    },
    {"type": "alias", "string_to_replace": "东京", "alias": "Tokyo", "word_boundaries": False},
]


def alias(string: str, replacement: str) -> dict[str, Any]:
    return {"type": "alias", "string_to_replace": string, "alias": replacement}


def make(http: httpx.Client, *rules: dict[str, Any], name: str = "Rivers", **fields: Any) -> dict[str, Any]:
    """Make a dictionary; what is answered."""
    body = {"name": name, "rules": list(rules), **fields}
    made: dict[str, Any] = http.post(f"{PATH}/add-from-rules", json=body).raise_for_status().json()
    return made


def send_file(http: httpx.Client, content: bytes | str, name: str = "a.pls") -> httpx.Response:
    """Make a dictionary of a file."""
    return http.post(f"{PATH}/add-from-file", data={"name": "File"}, files={"file": (name, content)})


def rules_of(http: httpx.Client, dictionary_id: str) -> list[tuple[str, str]]:
    """The strings of a dictionary's rules, each with what is said for it."""
    rules = http.get(f"{PATH}/{dictionary_id}").raise_for_status().json()["rules"]
    return [(rule["string_to_replace"], rule.get("alias") or rule["phoneme"]) for rule in rules]


def test_a_dictionary_of_rules(client: ElevenLabs, server: LiveServer) -> None:
    """Made, read, renamed, given rules and downloaded through the SDK."""
    user_id = client.user.get().user_id
    made = client.pronunciation_dictionaries.create_from_rules(
        name="Rivers",
        description="Of a map.",
        rules=[
            NewAlias(string_to_replace="Thames", alias="Tems", case_sensitive=True, word_boundaries=True),
            NewPhoneme(
                string_to_replace="quay",
                phoneme="kiː",
                alphabet="ipa",
                case_sensitive=True,
                word_boundaries=True,
            ),
        ],
    )
    assert (made.name, made.description, made.version_rules_num) == ("Rivers", "Of a map.", 2)
    assert (made.created_by, made.permission_on_resource) == (user_id, "admin")

    added = client.pronunciation_dictionaries.rules.add(
        made.id,
        rules=[
            AliasToAdd(string_to_replace="Thames", alias="Temz", case_sensitive=True, word_boundaries=True)
        ],
    )
    assert (added.id, added.version_rules_num) == (made.id, 2)
    assert added.version_id != made.version_id

    found = client.pronunciation_dictionaries.get(made.id)
    assert (found.latest_version_id, found.creation_time_unix) == (added.version_id, made.creation_time_unix)
    assert [rule.string_to_replace for rule in found.rules] == ["Thames", "quay"]

    renamed = client.pronunciation_dictionaries.update(made.id, name="Thames")
    assert (renamed.name, renamed.latest_version_id) == ("Thames", added.version_id)
    removed = client.pronunciation_dictionaries.rules.remove(made.id, rule_strings=["quay", "nothing"])
    assert removed.version_rules_num == 1
    old = b"".join(client.pronunciation_dictionaries.download(made.id, made.version_id)).decode()
    assert "<alias>Tems</alias>" in old
    assert '<phoneme alphabet="ipa">kiː</phoneme>' in old


def test_a_dictionary_of_a_file(client: ElevenLabs, http: httpx.Client) -> None:
    """Whatever the file is called, each grapheme is a rule; what is downloaded makes the same dictionary again."""
    for file in (
        LEXICON.encode(),
        ("words.pls", LEXICON.encode(), "audio/x-scpls"),
        io.BytesIO(LEXICON.encode()),
    ):
        made = client.pronunciation_dictionaries.create_from_file(name="File", file=file)
        assert made.version_rules_num == 4
    expected = [("quay", "kiː"), ("Quay", "kiː"), ("lead", "L EH1 D"), ("Thames", "Tems")]
    assert rules_of(http, made.id) == expected

    downloaded = b"".join(client.pronunciation_dictionaries.download(made.id, made.version_id))
    again = client.pronunciation_dictionaries.create_from_file(name="Again", file=downloaded)

    assert http.get(f"{PATH}/{again.id}").json()["rules"] == http.get(f"{PATH}/{made.id}").json()["rules"]


def test_rules_are_told_as_they_are(http: httpx.Client) -> None:
    """Each with its type, case and boundaries, also by way of a file."""
    made = make(http, *RULES)
    expected = [{"case_sensitive": True, "word_boundaries": True, **rule} for rule in RULES]
    assert http.get(f"{PATH}/{made['id']}").json()["rules"] == expected

    file = http.get(f"{PATH}/{made['id']}/{made['version_id']}/download")

    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.headers["content-disposition"].startswith('attachment; filename="Rivers.pls"')
    again = send_file(http, file.content).json()
    assert http.get(f"{PATH}/{again['id']}").json()["rules"] == expected


def test_without_a_file_there_are_no_rules(http: httpx.Client) -> None:
    """A form with a name alone makes an empty dictionary."""
    made = http.post(f"{PATH}/add-from-file", files={"name": (None, "Empty")}).raise_for_status().json()
    assert (made["name"], made["version_rules_num"]) == ("Empty", 0)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (LEXICON.replace("</phoneme>", "", 1), "invalid_file_type", "line 3, column"),
        (
            LEXICON.replace("<lexicon", "<!DOCTYPE x [<!ENTITY e 'e'>]><lexicon"),
            "invalid_file_type",
            "entities",
        ),
        (LEXICON.replace('"ipa"', '"x-sampa"'), "invalid_file_type", "Line 3"),
        ("<html/>", "invalid_file_type", "isn't a pronunciation lexicon"),
        ("", "invalid_file_type", "is empty"),
        (LEXICON.replace("Tems", "T" * 501), "invalid_parameters", "alias of rule 4"),
    ],
)
def test_a_file_that_is_refused(http: httpx.Client, content: str, code: str, words: str) -> None:
    """With 400 and a sentence that says where, and nothing is kept."""
    answer = send_file(http, content)

    assert error_of(answer) == (400, code)
    assert words in answer.json()["detail"]["message"]
    assert http.get(PATH).json()["pronunciation_dictionaries"] == []


def test_real_lexicons(http: httpx.Client, corpus: Callable[[str], Path]) -> None:
    """What people use comes in whole."""
    content = corpus("pls/Characters-Locations-Polly.pls").read_bytes()
    assert send_file(http, content).json()["version_rules_num"] == 237


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "a"}, 422),
        ({"rules": []}, 422),
        ({"name": "a", "rules": [{"type": "song", "string_to_replace": "a", "alias": "b"}]}, 422),
        ({"name": "a", "rules": [{"type": "phoneme", "string_to_replace": "a", "phoneme": "b"}]}, 422),
        ({"name": "a", "rules": [], "workspace_access": "owner"}, 422),
        ({"name": " ", "rules": []}, 400),
        ({"name": "a", "rules": [alias("", "b")]}, 400),
        ({"name": "a", "rules": [RULES[1] | {"alphabet": "x-sampa"}]}, 400),
        ({"name": "a", "rules": [alias("a", "b")] * 20_001}, 400),
    ],
)
def test_rules_that_are_refused(http: httpx.Client, body: dict[str, Any], status: int) -> None:
    """422 for what doesn't fit the schema, 400 for what makes no sense."""
    answer = http.post(f"{PATH}/add-from-rules", json=body)
    assert answer.status_code == status
    assert http.get(PATH).json()["pronunciation_dictionaries"] == []


def test_null_is_the_default(http: httpx.Client) -> None:
    """What a client leaves undefined comes as null."""
    made = make(http, RULES[0] | {"case_sensitive": None, "word_boundaries": None}, description=None)
    (rule,) = http.get(f"{PATH}/{made['id']}").json()["rules"]
    assert (rule["case_sensitive"], rule["word_boundaries"]) == (True, True)


def test_changing_rules(http: httpx.Client) -> None:
    """Set replaces all; add replaces a rule in its place; each answer is a new version, and old ones stay."""
    made = make(http, alias("a", "one"), alias("b", "two"))
    path = f"{PATH}/{made['id']}"

    added = http.post(f"{path}/add-rules", json={"rules": [alias("c", "three"), alias("a", "uno")]}).json()
    assert rules_of(http, made["id"]) == [("a", "uno"), ("b", "two"), ("c", "three")]
    removed = http.post(f"{path}/remove-rules", json={"rule_strings": ["b", "x"]}).json()
    assert rules_of(http, made["id"]) == [("a", "uno"), ("c", "three")]
    last = http.post(f"{path}/set-rules", json={"rules": [alias("z", "zed")]}).json()

    assert [v["version_rules_num"] for v in (made, added, removed, last)] == [2, 3, 2, 1]
    assert len({v["version_id"] for v in (made, added, removed, last)}) == 4
    assert rules_of(http, made["id"]) == [("z", "zed")]
    assert "<alias>uno</alias>" in http.get(f"{path}/{added['version_id']}/download").text


def test_archiving(http: httpx.Client) -> None:
    """An archived dictionary is still told of, says since when, and comes back; a body may be left out."""
    made = make(http)
    path = f"{PATH}/{made['id']}"
    assert http.patch(path).json()["archived_time_unix"] is None

    archived = http.patch(path, json={"archived": True}).json()

    assert archived["archived_time_unix"] >= made["creation_time_unix"]
    assert http.get(path).json()["archived_time_unix"] == archived["archived_time_unix"]
    assert http.get(PATH, params={"include_archived": False}).json()["pronunciation_dictionaries"] == []
    assert len(http.get(PATH).json()["pronunciation_dictionaries"]) == 1
    assert http.patch(path, json={"archived": False}).json()["archived_time_unix"] is None
    assert error_of(http.patch(path, json={"name": ""})) == (400, "invalid_parameters")


def test_listing(client: ElevenLabs, http: httpx.Client) -> None:
    """By time, the newest first, or by name; each way round, in pages that join to the whole."""
    made = [make(http, name=name)["id"] for name in ("b", "a", "ö", "a")]
    by_name = [made[1], made[3], made[0], made[2]]

    def listed(**query: Any) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = client.pronunciation_dictionaries.list(cursor=cursor, page_size=1, **query)
            found += [dictionary.id for dictionary in page.pronunciation_dictionaries]
            cursor = page.next_cursor
            assert page.has_more == (cursor is not None)
            if cursor is None:
                return found

    assert listed() == made[::-1]
    assert (
        listed(sort_direction="asc") == listed(sort="creation_time_unix", sort_direction="ASCENDING") == made
    )
    assert listed(sort="name", sort_direction="ascending") == by_name
    assert listed(sort="name") == listed(sort="name", sort_direction="Desc") == by_name[::-1]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"page_size": 0}, 400, "invalid_page_size"),
        ({"page_size": 101}, 400, "invalid_page_size"),
        ({"cursor": "nothing"}, 400, "invalid_cursor"),
        ({"cursor": ABSENT + "é"}, 400, "invalid_cursor"),
        ({"cursor": ABSENT + "_w"}, 400, "invalid_cursor"),
        ({"sort_direction": "sideways"}, 400, "invalid_parameters"),
        ({"sort": "size"}, 422, None),
        ({"page_size": "many"}, 422, None),
    ],
)
def test_lists_that_are_refused(
    http: httpx.Client, query: dict[str, Any], status: int, code: str | None
) -> None:
    """With a status that isn't worth another attempt."""
    answer = http.get(PATH, params=query)
    assert answer.status_code == status
    assert code is None or error_of(answer) == (status, code)


def test_what_is_not_there(http: httpx.Client, other_http: httpx.Client) -> None:
    """An unknown dictionary, a wrong version and another workspace's are the same 404; none can be deleted."""
    made, other = make(http, *RULES), make(http)
    wrong = [(http, ABSENT, ABSENT), (http, made["id"], other["version_id"])]
    for client, dictionary_id, version_id in [*wrong, (other_http, made["id"], made["version_id"])]:
        path = f"{PATH}/{dictionary_id}"
        answers = [client.get(f"{path}/{version_id}/download")]
        if client is other_http or dictionary_id == ABSENT:
            answers += [
                client.get(path),
                client.patch(path, json={"name": "Mine"}),
                client.post(f"{path}/set-rules", json={"rules": []}),
                client.post(f"{path}/add-rules", json={"rules": []}),
                client.post(f"{path}/remove-rules", json={"rule_strings": []}),
            ]
        for answer in answers:
            assert error_of(answer) == (404, "pronunciation_dictionary_not_found")
    assert other_http.get(PATH).json()["pronunciation_dictionaries"] == []
    assert http.delete(f"{PATH}/{made['id']}").status_code == 405


def speak(http: httpx.Client, text: str, *locators: dict[str, Any], voice_id: str = "tone_low") -> Any:
    """A text with its timestamps."""
    body = {"text": text, "pronunciation_dictionary_locators": list(locators)}
    return http.post(f"/v1/text-to-speech/{voice_id}/with-timestamps", json=body)


def locator(made: dict[str, Any], version_id: str | None = None) -> dict[str, Any]:
    return {"pronunciation_dictionary_id": made["id"], "version_id": version_id}


def test_an_alias_is_heard(http: httpx.Client) -> None:
    """The audio is that of the alias, while the alignment has the characters that were sent."""
    made = make(http, alias("Thames", "Tems"), alias("quay", "key"))
    text = "The Thames at the quay."

    plain, heard = speak(http, text).json(), speak(http, text, locator(made)).json()

    assert heard["audio_base64"] == speak(http, "The Tems at the key.").json()["audio_base64"]
    assert heard["audio_base64"] != plain["audio_base64"]
    assert "".join(heard["alignment"]["characters"]) == text
    assert (
        heard["alignment"]["character_end_times_seconds"][-1]
        < plain["alignment"]["character_end_times_seconds"][-1]
    )


def test_a_phoneme_is_heard(http: httpx.Client) -> None:
    """By espeak, in IPA and in CMU's alphabet alike; a tone goes on as it did."""
    need_espeak()
    for alphabet, phoneme in (("ipa", "/tɹiː/"), ("cmu-arpabet", "T R IY1")):
        rule = {"type": "phoneme", "string_to_replace": "Rhea", "phoneme": phoneme, "alphabet": alphabet}
        made = make(http, rule)
        for voice_id, is_heard in (("espeak_birch", True), ("tone_low", False)):
            plain = speak(http, "Call me Rhea.", voice_id=voice_id).json()
            heard = speak(http, "Call me Rhea.", locator(made), voice_id=voice_id).json()
            assert (heard["audio_base64"] != plain["audio_base64"]) == is_heard
            assert heard["alignment"]["characters"] == list("Call me Rhea.")


def test_which_version_is_heard(client: ElevenLabs, http: httpx.Client) -> None:
    """The one that is named, or the latest; of several dictionaries, the first whose rule fits."""
    first, second = make(http, alias("sea", "one")), make(http, alias("sea", "three"))
    http.post(f"{PATH}/{first['id']}/set-rules", json={"rules": [alias("sea", "eleven")]})

    def heard(*locators: dict[str, Any]) -> str:
        answer: str = speak(http, "The sea.", *locators).json()["audio_base64"]
        return answer

    def said(word: str) -> str:
        answer: str = speak(http, f"The {word}.").json()["audio_base64"]
        return answer

    assert heard(locator(first)) == said("eleven")
    assert heard({"pronunciation_dictionary_id": first["id"]}) == said("eleven")
    assert heard(locator(first, first["version_id"])) == said("one")
    assert heard(locator(second), locator(first)) == said("three")
    spoken = client.text_to_speech.convert_with_timestamps(
        "tone_low",
        text="The sea.",
        pronunciation_dictionary_locators=[
            PronunciationDictionaryVersionLocator(pronunciation_dictionary_id=second["id"])
        ],
    )
    assert spoken.audio_base_64 == said("three")


def test_what_can_not_be_spoken_with(http: httpx.Client, other_http: httpx.Client) -> None:
    """An archived dictionary, an unknown one, a wrong version and another workspace's are 404."""
    made = make(http, *RULES)
    assert error_of(speak(http, "Hello.", locator(made, ABSENT))) == (
        404,
        "pronunciation_dictionary_not_found",
    )
    assert error_of(speak(other_http, "Hello.", locator(made)))[0] == 404
    assert speak(http, "Hello.", locator(made)).status_code == 200
    http.patch(f"{PATH}/{made['id']}", json={"archived": True})
    assert error_of(speak(http, "Hello.", locator(made))) == (404, "pronunciation_dictionary_not_found")
