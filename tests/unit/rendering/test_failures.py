"""Which text a conversion has failed at."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.factories import (
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)
from tests.waiting import wait_until

from rhapsode.engines.tone import ToneEngine
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.jobs.dbos_runner import DbosRunner
from rhapsode.jobs.thread_runner import ThreadRunner
from rhapsode.rendering import plan as plans
from rhapsode.rendering.block_views import view_blocks
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.failures import find_source
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.plan import thaw_chapter
from rhapsode.storage import conversions, projects, states
from rhapsode.storage.conversions import Conversion
from rhapsode.studio.errors import EngineUnavailable, TextRefused

pytestmark = pytest.mark.slow

BOOK = make_document(
    make_document_chapter("It rained.", "It was dark.", "It rained.", "Never!", "A boat came.", name="Rain"),
    make_document_chapter("It rained.", "Nobody came.", name="Sea"),
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def refuse(monkeypatch: pytest.MonkeyPatch, *refused: str, error: type[Exception] = TextRefused) -> None:
    """Let the engine refuse texts, and say which."""
    synthesize = ToneEngine.synthesize

    def speak(tone: ToneEngine, text: str, **rest: Any) -> Any:
        if text in refused:
            raise error(f"Not {text}")
        return synthesize(tone, text, **rest)

    monkeypatch.setattr(ToneEngine, "synthesize", speak)


def told(studio: Studio, requested: RequestedConversion) -> list[list[int]]:
    """The places of the blocks at which something is told, of each chapter."""
    project_id = conversion_of(studio, requested).project_id
    with studio.records.read(WORKSPACE) as tx:
        project = projects.get_project(tx, project_id)
        chapters = [c.chapter_id for c in projects.list_chapters(tx, project_id) if c.narrated]
        views = [view_blocks(tx, project, chapter_id) for chapter_id in chapters]
    return [[place for place, block in enumerate(blocks) if block.error] for blocks in views]


def conversion_of(studio: Studio, requested: RequestedConversion) -> Conversion:
    return studio.rendering.get_conversion(WORKSPACE, requested.conversion_id)


def test_each_segment_belongs_to_a_source(studio: Studio) -> None:
    """To that of the first text that is spoken anew with it; a pause belongs to none."""
    requested = studio.request(BOOK)
    with studio.records.read(WORKSPACE) as tx:
        frozen = conversions.get_conversion_chapter(tx, requested.conversion_id, 0).plan
    assert frozen is not None
    plan = thaw_chapter(frozen)
    sources = {node_id: take.source_key for node_id, take in plan.takes}
    spoken = [part for part in plan.parts if part.speech_key is not None]
    first = {part.segment_key: sources[part.node_id] for part in reversed(spoken) if part.node_id}

    assert (len(first), len(spoken), len(plan.takes)) == (4, 5, 5)
    assert {*first.values()} == {*sources.values()}
    assert {key: find_source(plan, key) for key in first} == first
    assert {find_source(plan, p.segment_key) for p in plan.parts if p.speech_key is None} == {None}
    assert all(find_source(replace(plan, takes=()), key) is None for key in first)


@pytest.mark.parametrize("runner", ["none", "threads", "dbos"])
def test_a_text_in_the_middle_of_a_slice_is_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    """Whoever runs the conversion, and though what is before it in its slice, and other slices, are made."""
    refuse(monkeypatch, "Never!")
    requested = studio.request(BOOK)
    if runner == "none":
        convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    else:
        running = ThreadRunner(slots=2) if runner == "threads" else DbosRunner(studio.root / "jobs", slots=2)
        running.start(studio.rendering, [(WORKSPACE, requested.conversion_id)])
        wait_until(lambda: conversion_of(studio, requested).finished_at_ms)
        running.stop()

    assert conversion_of(studio, requested).error == "Not Never!"
    assert told(studio, requested) == [[3], []]


def test_a_refused_text_is_told_wherever_it_stands(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is spoken once for all of them."""
    refuse(monkeypatch, "It rained.")
    requested = studio.request(BOOK)
    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    assert told(studio, requested) == [[0, 2], [0]]


def test_nothing_is_told_while_it_is_tried_again(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while that waits nor when it has succeeded; when it was cancelled, all is as before."""
    refuse(monkeypatch, "Never!")
    first = studio.request(BOOK)
    convert_at_once(studio.rendering, WORKSPACE, first.conversion_id)
    cancelled = studio.request(BOOK)
    assert told(studio, first) == [[], []]
    studio.rendering.cancel_conversion(WORKSPACE, cancelled.conversion_id)
    assert told(studio, first) == [[3], []]

    monkeypatch.undo()
    studio.convert(BOOK)
    assert told(studio, first) == [[], []]


def test_words_and_text_are_of_the_same_failure(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several slices that fail, the runner may tell another one's words than those of the text that is kept."""
    refuse(monkeypatch, "It was dark.", "Never!")
    monkeypatch.setattr(plans, "SLICE_COST_CHARACTERS", 1)
    requested = studio.request(BOOK)
    _, first, last, *_ = studio.rendering.list_slices(WORKSPACE, requested.conversion_id)
    messages = []
    for piece in (first, last):
        with pytest.raises(TextRefused) as refused:
            studio.rendering.render_slice(WORKSPACE, requested.conversion_id, piece.ordinal)
        messages.append(str(refused.value))
    studio.rendering.fail(WORKSPACE, requested.conversion_id, messages[0])

    noted = conversion_of(studio, requested).error
    assert noted in messages
    assert told(studio, requested) == [[[1], [3]][messages.index(noted)], []]


def test_what_was_made_after_all_is_no_failure(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noted before a kill, and made by who went on: neither an end that is good nor another failure tells of it."""
    refuse(monkeypatch, "Never!")
    first = studio.request(BOOK)
    render = partial(studio.rendering.render_slice, WORKSPACE, first.conversion_id)
    with pytest.raises(TextRefused):
        render(0)
    assert conversion_of(studio, first).error == "Not Never!"
    monkeypatch.undo()
    render(0)
    studio.rendering.fail(WORKSPACE, first.conversion_id, "No room.")
    assert (conversion_of(studio, first).error, told(studio, first)) == ("No room.", [[], []])

    refuse(monkeypatch, "Or so they say.")
    second = studio.request(make_document(make_document_chapter("Or so they say.")))
    with pytest.raises(TextRefused):
        studio.rendering.render_slice(WORKSPACE, second.conversion_id, 0)
    monkeypatch.undo()
    convert_at_once(studio.rendering, WORKSPACE, second.conversion_id)
    ended = conversion_of(studio, second)
    assert (ended.state, ended.error, told(studio, second)) == ("succeeded", None, [[]])


def test_an_engine_that_is_away_is_no_texts_fault(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have said any."""
    refuse(monkeypatch, "Never!", error=EngineUnavailable)
    studio.rendering = Rendering(studio.records, studio.blobs, ThisProcess(1), engine_patience_s=0)
    requested = studio.request(BOOK)
    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    with studio.records.read(WORKSPACE) as tx:
        (_, failure), *_ = states.find_last_ends(tx, conversion_of(studio, requested).project_id).values()
    assert failure is not None
    assert failure.source_key is None
    assert told(studio, requested) == [[], []]
