"""This tree, as results are compared with it: the code and the settings it would make them with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import closure
from groundwork_harness.pipeline.config import Config, complete


@dataclass(frozen=True)
class Tree:
    """The scripts of this checkout and one scale's configuration."""

    config: Config

    @classmethod
    def at(cls, scale: str) -> "Tree":
        """This tree at a scale."""
        return cls(complete({"scale": scale}))

    def code(self, script: str) -> str:
        """The digest of a script's closure; empty where there is no such script."""
        path = ROOT / script
        return closure.of(path).digest if path.is_file() else ""

    def settings(self, script: str) -> Any:
        """The settings block of a step's script."""
        path = Path(script)
        return self.config.get(path.parent.name, {}).get(path.stem)
