"""Packages that bring engines, put where Python finds them as an installer would have put them."""

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

_GROUP = "rhapsode.engines"


def add_package(folder: Path, name: str, engines: Mapping[str, str], source: str = "") -> None:
    """Put a package with entry points into a folder of PYTHONPATH.

    engines: "module:attribute" by name.    source: of a module that is called as the package is, dashes apart.
    """
    module = name.replace("-", "_")
    if source:
        (folder / f"{module}.py").write_text(source, "utf-8")
    described = folder / f"{module}-1.0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = "".join(f"{engine} = {place}\n" for engine, place in engines.items())
    (described / "entry_points.txt").write_text(f"[{_GROUP}]\n{lines}", "utf-8")


def install(project: Path, folder: Path) -> None:
    """Install a project of single modules, as its pyproject.toml describes it, into a folder of PYTHONPATH."""
    described = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    wheel = described["tool"]["hatch"]["build"]["targets"]["wheel"]
    for module in wheel["only-include"]:
        shutil.copyfile(project / module, folder / module)
    add_package(folder, described["project"]["name"], described["project"]["entry-points"][_GROUP])
