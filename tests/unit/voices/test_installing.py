"""Voices that are files are installed whole, once, and under ids that never change."""

import json
import os
import threading
from dataclasses import replace

import pytest
from tests.loopback import answering
from tests.music_box import NAME, box
from tests.voice_graphs import piper_voice
from tests.voice_mirrors import listed, path_of, serving
from tests.voice_shelf import Shelf

from rhapsode.storage.records import ensure_workspace
from rhapsode.storage.voice_files import find_local_file
from rhapsode.storage.voices import insert_voice
from rhapsode.studio.errors import FetchRefused, InvalidInput, StorageFull, UnknownVoice, VoiceRefused
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.voices import installing
from rhapsode.voices.catalogue import engine_catalogue, read_catalogue
from rhapsode.voices.removing import remove_voices
from rhapsode.voices.wanted import InstallOrder

KEY = "en_US-tides-medium"
RACHEL = "21m00Tcm4TlvDq8ikWAM"


def nobody(*_: object) -> None:
    """Whoever doesn't want to know."""


def test_an_installed_voice_is_everybodys(shelf: Shelf) -> None:
    """Every workspace finds it, and its files under their digests."""
    installed = shelf.install_box("waltz")

    assert not installed.was_there
    voice = read_catalogue(shelf.records, WorkspaceId("other")).get("Waltz")
    assert (voice.voice_id, voice.engine, voice.version != "") == ("music_waltz_low", NAME, True)
    said = json.loads(find_local_file(shelf.blobs, voice.files["model"]).read_bytes())
    assert said["id"] == "waltz"


def test_installing_what_is_installed_says_so(shelf: Shelf) -> None:
    """Nothing is written a second time."""
    first = shelf.install_box("waltz")
    before = shelf.stored()
    second = shelf.install_box("waltz")

    assert second.was_there
    assert second.voices[0].voice_id == first.voices[0].voice_id
    assert shelf.stored() == before


def test_a_new_version_takes_the_place_of_the_old_one(shelf: Shelf) -> None:
    """Id and name stay, so nothing that it has read is out of date; who remembers voices sees the change."""
    old = shelf.install_box("waltz").voices[0]
    assert shelf.catalogue.get("Waltz").files == old.files
    new = shelf.install_box("waltz", speed=2).voices[0]

    assert (new.voice_id, new.name) == (old.voice_id, old.name)
    assert new.version != old.version
    assert shelf.catalogue.get("Waltz").files == new.files != old.files


def test_voices_of_one_file_are_installed_together(shelf: Shelf) -> None:
    """Each has a name of its own, although the file says one for all."""
    installed = shelf.install_box("choir", speakers=["alto", "bass"])

    assert [voice.name for voice in installed.voices] == ["Choir alto", "Choir bass"]
    assert [voice.speaker for voice in installed.voices] == ["alto", "bass"]
    assert shelf.blob_count() == 1


def test_a_voice_without_a_name_is_called_by_what_it_was_installed_by(shelf: Shelf) -> None:
    """With its speaker, where there are several."""
    installed = shelf.install_box("choir", name="", speakers=["alto", "bass"])

    assert [voice.name for voice in installed.voices] == ["choir alto", "choir bass"]


def test_nobody_takes_the_name_of_another_voice(shelf: Shelf) -> None:
    """A book that names Alder goes on with Alder."""
    installed = shelf.install_box("imitation", name="Alder")

    assert installed.voices[0].name == "Alder (imitation)"
    assert shelf.catalogue.get("Alder") == engine_catalogue().get("Alder")


def test_a_voice_of_unknown_licence_stands_for_nobody(shelf: Shelf) -> None:
    """Neither a premade id nor a default resolves to it, although it speaks English."""
    voice = shelf.install_box("waltz").voices[0]

    assert voice.commercial_use == "unknown"
    assert shelf.catalogue.get(RACHEL) == engine_catalogue().get(RACHEL)
    assert shelf.catalogue.voices[0] == engine_catalogue().voices[0]


def test_files_that_no_voice_is_made_of_leave_nothing(shelf: Shelf) -> None:
    """The engine says what is wrong with them."""
    path = shelf.folder / "noise.box"
    path.write_bytes(b"no JSON")

    with pytest.raises(VoiceRefused, match="no music box"):
        shelf.installing().install(InstallOrder("noise", NAME, {"model": str(path)}), nobody)
    with pytest.raises(VoiceRefused, match="There is no file"):
        shelf.installing().install(InstallOrder("gone", NAME, {"model": "/nowhere/a.box"}), nobody)

    assert shelf.stored() == []
    assert shelf.blob_count() == 0


def test_an_engine_that_cannot_have_files_is_told(shelf: Shelf) -> None:
    """Before anything is fetched; and so is one that has no voices which are files."""
    for engine, said in {"gramophone": "is not installed", "tone": "they come with it"}.items():
        with pytest.raises(VoiceRefused, match=said):
            shelf.installing().install(InstallOrder("waltz", engine, box(shelf.folder)), nobody)


def test_what_cannot_be_read_is_refused(shelf: Shelf) -> None:
    """In a sentence, whatever it is: a folder, a device that never ends, or a name too long for any file."""
    odd = shelf.folder / os.fsdecode(b"\xff.onnx")
    odd.write_bytes(b"")
    for path in (str(shelf.folder), "/dev/zero", "/x" + "y" * 5_000, "/nul\0", str(odd)):
        with pytest.raises(VoiceRefused, match=r"is no file\.|can't be read"):
            shelf.installing().install(InstallOrder("odd", NAME, {"model": path}), nobody)
        if path != str(shelf.folder):
            with pytest.raises(VoiceRefused):
                shelf.installing().install(InstallOrder(path), nobody)


def test_no_name_means_no_voice(shelf: Shelf) -> None:
    """Though a voice of another package's engine was installed by none."""
    shelf.install_box("waltz")

    with pytest.raises(UnknownVoice):
        remove_voices(shelf.records, " ")
    assert [stored.is_removed for stored in shelf.stored()] == [False]


def test_a_list_without_end_is_refused_at_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't asked for again, as what breaks off is."""
    monkeypatch.setattr(installing, "MAX_VOICE_LIST_BYTES", 1_000)
    with answering(serving({"voices.json": b" " * 4_000})) as mirror:
        with pytest.raises(FetchRefused, match="longer than the 1,000 bytes"):
            shelf.installing(mirror.url).list_offers()
        assert len(mirror.asked) == 1


def test_a_removed_voice_is_named_to_those_who_miss_it(shelf: Shelf) -> None:
    """With what installs it again; then it is the same voice as before."""
    voice = shelf.install_box("waltz").voices[0]

    assert remove_voices(shelf.records, "waltz").names == ("Waltz",)
    with pytest.raises(UnknownVoice, match="The voice Waltz isn't installed any more"):
        shelf.catalogue.get(voice.voice_id)
    with pytest.raises(UnknownVoice, match="isn't installed any more"):
        remove_voices(shelf.records, "waltz")

    again = shelf.install_box("waltz")
    assert not again.was_there
    assert again.voices[0] == voice
    assert replace(shelf.catalogue.get("Waltz"), created_at_ms=None) == voice


def test_only_what_was_installed_is_removed(shelf: Shelf) -> None:
    """A voice that comes with its engine stays, and so does one that nobody knows."""
    with pytest.raises(InvalidInput, match="Alder comes with espeak"):
        remove_voices(shelf.records, "Alder")
    with pytest.raises(UnknownVoice, match="no voice 'Aldr'; did you mean Alder"):
        remove_voices(shelf.records, "Aldr")


def test_a_damaged_file_is_put_again(shelf: Shelf) -> None:
    """Installing mends what a check finds wrong, with the same size or another."""
    voice = shelf.install_box("waltz").voices[0]
    path = find_local_file(shelf.blobs, voice.files["model"])
    content = path.read_bytes()
    for damaged in (content[:-1] + b"!", content[:-1]):
        path.write_bytes(damaged)

        assert not shelf.install_box("waltz").was_there
        assert path.read_bytes() == content


def test_a_full_disk_is_told_before_anything_is_fetched(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much is needed, and how much there is."""
    monkeypatch.setattr(installing, "_SPARE_BYTES", 2**60)

    with pytest.raises(StorageFull, match=r"waltz needs .* MB, and .*downloads has .* MB left"):
        shelf.install_box("waltz")


def test_a_voice_of_a_mirror_is_fetched_once_however_many_want_it(shelf: Shelf) -> None:
    """Two at once: one fetches it, the other finds it; a third asks nobody, and nothing of it is left over."""
    graph = piper_voice()
    files = {
        "model": graph.model.read_bytes(),
        "config": graph.config.read_bytes(),
        "card": b"* License: CC BY-NC 4.0\n",
    }
    contents = {path_of(KEY, role): content for role, content in files.items()}
    contents["voices.json"] = json.dumps(listed(KEY, files)).encode()
    with answering(serving(contents)) as server:
        mine = shelf.installing(server.url)
        outcomes: list[bool] = []

        def install() -> None:
            (installed,) = mine.install(InstallOrder(KEY), nobody)
            outcomes.append(installed.was_there)

        threads = [threading.Thread(target=install) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asked = len(server.asked)
        with pytest.raises(UnknownVoice, match=f"did you mean {KEY}"):
            mine.install(InstallOrder("en_US-tide-medium"), nobody)

    assert sorted(outcomes) == [False, True]
    assert asked == len(contents)
    (offline,) = shelf.installing().install(InstallOrder(KEY), nobody)
    assert offline.was_there
    voice = shelf.catalogue.get("piper_en_us_tides_medium")
    assert (voice.license, voice.commercial_use) == ("CC BY-NC 4.0", "no")
    assert sorted(voice.files) == ["card", "config", "model"]
    assert list((shelf.folder / "downloads").iterdir()) == []


def test_what_can_be_installed_is_asked_of_the_mirror(shelf: Shelf) -> None:
    """Kokoro's files are beside those of Piper's list; nothing is kept of it."""
    contents = {"voices.json": json.dumps(listed(KEY, {"model": b"graph", "config": b"{}"})).encode()}
    with answering(serving(contents)) as server:
        offers = shelf.installing(server.url).list_offers()

    assert [offer.name for offer in offers] == ["kokoro", KEY]
    assert {file.url.rpartition("/")[0] for file in offers[0].files.values()} == {server.url}
    assert list((shelf.folder / "downloads").iterdir()) == []


def test_an_id_that_another_workspace_has_is_not_taken(shelf: Shelf) -> None:
    """Whoever has it first keeps it."""
    voice = shelf.install_box("waltz").voices[0]

    with shelf.records.write(WorkspaceId("other")) as tx:
        ensure_workspace(tx)
        with pytest.raises(InvalidInput, match="Another workspace has a voice"):
            insert_voice(tx, voice, {}, is_shared=False)
    assert shelf.catalogue.get(VoiceId("music_waltz_low")).name == "Waltz"
