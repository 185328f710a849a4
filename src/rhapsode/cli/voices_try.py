"""`rhapsode voices try`: a self-test that says what failed and what to do about it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from rhapsode.cli.console import results, working
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.rendering.voice_trials import TrialStep, VoiceTrial


def try_out(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `rhapsode voices` lists it.")],
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="In place of a paragraph in the voice's language.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the steps as JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Try a voice out.

    Looks at its engine, files, model, speed, memory, sound and times, says what failed and what to do about it, and
    has the exit status 1 when anything did.
    """
    with (
        open_installation(data_directory(data), command="voices try") as installation,
        working(f"Trying {name} …"),
    ):
        trial = installation.try_voice(name, text)
    if as_json:
        said = {
            "voice_id": trial.voice.voice_id,
            "passed": trial.passed,
            "steps": [asdict(s) for s in trial.steps],
        }
        results.print(json.dumps(said), markup=False, soft_wrap=True)
    else:
        _print(trial)
    if not trial.passed:
        raise typer.Exit(1)


def _print(trial: VoiceTrial) -> None:
    voice = trial.voice
    results.print(f"{voice.name} ({voice.engine}, {voice.language})", markup=False, soft_wrap=True)
    for step in trial.steps:
        # Libraries say things in several lines.
        said = " ".join(step.said.split())
        results.print(f"  {_verdict(step)}  {step.name:<8}  {said}", markup=False, soft_wrap=True)
        if not step.passed:
            results.print(f"                  {step.advice}", markup=False, soft_wrap=True)


def _verdict(step: TrialStep) -> str:
    return "ok  " if step.passed else "FAIL"
