"""What publishing asks of a target, whatever it is: a branch of a git remote, or a folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

RECORD = "publication.json"  # says where a published site came from, and that it is ours
OWN = {RECORD, ".nojekyll", "CNAME"}  # what a published site holds besides the assembled one


class PublishError(RuntimeError):
    """Publishing cannot go on; the message says what to do. The last publication stands."""


@dataclass(frozen=True)
class Held:
    """What a target holds now: path → digest, and the record of the publication if it is ours."""

    files: dict[str, str]
    record: dict[str, Any] | None


class Target(Protocol):
    """Where a site goes."""

    label: str  # as people know it
    make_room: str  # what to do about files of others that lie there

    def tidy(self) -> None:
        """Clear away, or mend, what a publication that was killed left behind."""

    def held(self) -> Held | None:
        """What is there now, or None for nothing."""

    def digests(self, site: Path) -> dict[str, str]:
        """Path → digest of a local folder, comparable with what is held."""

    def send(self, site: Path, record: Mapping[str, Any], message: str) -> list[str]:
        """Put the site there, all of it or nothing; remarks on what was not as it should be."""


def files_of(folder: Path) -> list[str]:
    """Every file below a folder, by its path from there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def written(record: Mapping[str, Any]) -> str:
    """A record as the text of its file."""
    return json.dumps(record, indent=2) + "\n"


def read_record(text: str) -> dict[str, Any] | None:
    """The record in the text of its file, or None if it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
