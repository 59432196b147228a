"""The workflow context: what the Snakefile and its rules ask for, as plain functions of the configuration."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from groundwork.core import scales
from groundwork.core.atomic import PARTIAL
from groundwork.core.native import filename
from groundwork.core.provenance import ROOT
from groundwork.core.result import canonical, digest
from groundwork_harness.pipeline import (
    closure,
    forkserver,
    gpu_allocation,
    ledger,
    manifests,
    parent_watchdog,
    slurm,
    startup,
    syntax,
)
from groundwork_harness.pipeline.config import (
    Config,
    ConfigError,
    complete,
    downloads,
    load,
    resolve,
)
from groundwork_harness.pipeline.document_index import DocumentIndex
from groundwork_harness.pipeline.lock import RunLock

current: "Context | None" = None  # that of this process, if it runs Snakemake


class Context:
    """Paths, settings and code closures of one scale; the run's lock and its report of failures.

    `rooms` are those of `titles` whose rule file exists, in curriculum order; `limits` are
    the run's resources in Snakemake's words. Raises `ConfigError` when the configuration does not
    hold.
    """

    def __init__(
        self, overrides: Mapping[str, Any], titles: Mapping[str, str], limits: Any = None
    ) -> None:
        self.config: Config = complete(overrides)
        self.titles = dict(titles)
        self.rooms = [room for room in titles if (ROOT / "rules" / f"{room}.smk").is_file()]
        scale = self.config["scale"]
        self.results = f"results/{scale}"
        self.reports = scales.reports(scale)
        self.datasets = load(ROOT / "workflow" / "datasets.yaml")
        self.resolved = resolve(self.config, limits.get("gpu").value if limits else None)
        global current
        current = self
        self._lock = RunLock(ROOT / ".snakemake" / "groundwork" / "run.lock")
        self._export()
        startup.prepare(self.results)

    def _export(self) -> None:
        """What commands need and no result depends on travels by environment, not by params."""
        python = os.path.dirname(sys.executable)  # steps run under the Python that runs Snakemake
        os.environ["PATH"] = os.pathsep.join([python, os.environ.get("PATH", "")])
        os.environ[parent_watchdog.VARIABLE] = str(os.getpid())
        os.environ["GROUNDWORK_DATA"] = downloads(self.config)
        sources = str(ROOT / "src")
        others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        paths = [sources, *(path for path in others if path and path != sources)]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        os.environ.setdefault("PYTHONHASHSEED", "0")

    # -- paths -----------------------------------------------------------------------------

    def result(self, path: str) -> str:
        """`<room>/<step>.<suffix>` under this scale's results."""
        return f"{self.results}/{path}"

    def final(self, path: str) -> str:
        """A path under this scale's reports."""
        return f"{self.reports}/{path}"

    def log(self, path: str) -> str:
        """The log of `<room>/<step>`."""
        return f"{self.results}/logs/{path}.log"

    def bench(self, path: str) -> str:
        """The benchmark (wall time, memory) of `<room>/<step>`."""
        return f"{self.results}/benchmarks/{path}.tsv"

    def dataset(self, name: str, *files: str) -> list[str]:
        """Downloaded files of a data set, all of them if none is named."""
        if name not in self.datasets:
            raise ConfigError(f"workflow/datasets.yaml has no data set {name!r}")
        known = self.datasets[name]["files"]
        for file in files:
            if file not in known:
                raise ConfigError(f"workflow/datasets.yaml: {name} has no file {file!r}")
        return [f"results/data/{name}/{file}" for file in files or known]

    @staticmethod
    def native_sources(room: str) -> list[str]:
        """Every file that a room's library is built from, besides the top CMakeLists.txt."""
        code = (".cpp", ".hpp", ".h", ".cmake", ".txt")
        files = [p for name in (room, "common", "cmake") for p in Path("native", name).rglob("*")]
        return sorted(path.as_posix() for path in files if path.suffix in code)

    def native(self, room: str) -> str:
        """The shared library of a room's C++."""
        return f"results/native/{filename(room)}"

    # -- documents -------------------------------------------------------------------------

    @cached_property
    def index(self) -> DocumentIndex:
        """The documents of this scale."""
        return DocumentIndex(self.rooms, self.results, self.reports)

    @property
    def paper_source(self) -> str:
        """Suffix of what PDFs are set from: tex or typ."""
        return "tex" if self.resolved["pdf"] == "latex" else "typ"

    def site_settings(self) -> str:
        """The `site` block."""
        return canonical(self.config["site"])

    def house_settings(self) -> str:
        """The `site` block and the titles of all rooms, in curriculum order."""
        return json.dumps({"settings": self.config["site"], "rooms": self.titles})

    def ledger_settings(self) -> str:
        """What the ledger says of the run."""
        return canonical({"scale": self.config["scale"], "pdf_engine": self.resolved["pdf"]})

    # -- params ----------------------------------------------------------------------------

    def step(self, room: str, step: str, each: str = "") -> dict[str, Any]:
        """Params of a step's rule: script, its own settings block, digest of its code closure.

        `each`: the wildcard that gives a job one of the settings' seeds. The closure is read for the
        jobs of a run alone: one room's broken script stops no other's.
        """
        try:
            block = self.config[room][step]
        except KeyError:
            words = f"config.yaml has no block {room}.{step}, which a rule asks for"
            raise ConfigError(words) from None
        script = f"workflow/steps/{room}/{step}.py"
        one = lambda wildcards: canonical({**block, "seeds": [int(wildcards[each])]})  # noqa: E731
        return {
            "script": script,
            "settings": one if each else canonical(block),
            "code": lambda wildcards: self.code(script),  # noqa: ARG005
            "python": lambda wildcards: self.python(script),  # noqa: ARG005
        }

    @staticmethod
    def options(*files: Any) -> str:
        """A step's files as its options: `--name path …`, each by the name its rule gives it."""
        named = [pair for group in files for pair in group.items()]
        return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in named)

    def download(self, dataset: str, file: str) -> str:
        """What `datasets` needs to fetch one file, as JSON: addresses, size, checksum, source."""
        entry = self.datasets[dataset]
        addresses = [base + file for base in entry["base"]]
        return canonical(
            {**entry["files"][file], "addresses": addresses, "from": self.config["data"]["source"]}
        )

    def words(self) -> str:
        """A digest of every signature and docstring of the libraries, for the API reference."""
        sources = sorted((ROOT / "src" / "groundwork").rglob("*.py"))
        return digest({p.relative_to(ROOT).as_posix(): syntax.facts(p).words for p in sources})

    def code(self, script: str) -> str:
        """The closure digest of a script; its parts are kept so that `why` can name a change."""
        found = closure.of(ROOT / script)
        manifests.keep(found)
        return found.digest

    @staticmethod
    def python(script: str) -> str:
        """What a job starts its script with: a fork of an interpreter that has its libraries."""
        kind = "torch" if "torch" in closure.of(ROOT / script).packages else "plain"
        return f"{forkserver.COMMAND} {kind}"

    # -- resources -------------------------------------------------------------------------

    def gpu(self, room: str, step: str, *block: str) -> int:
        """How many GPUs a step's rule asks for: one if its settings (or a block of them) say cuda."""
        settings = self.config[room][step]
        for name in block:
            settings = settings[name]
        return int(settings["device"] == "cuda")

    @staticmethod
    def grow(amount: int) -> Callable[..., int]:
        """A resource that each retry asks for once more: memory or time that was too little."""
        return lambda wildcards, attempt: amount * attempt  # noqa: ARG005  (Snakemake's names)

    @staticmethod
    def asks(resources: Any, *names: str) -> bool:
        """Whether a rule's resources hold one of `names`: a number above 0, or a function."""
        found = [resources.get(name) for name in names]
        return any(one.is_evaluable() or one.value for one in found)

    # -- the run ---------------------------------------------------------------------------

    def invalidate(self, *, dry: bool) -> None:
        """Take back ledgers that list what is gone; `dry`: for the time of this run alone."""
        ledger.invalidate((ROOT / self.final(name) for name in ["all", *self.rooms]), dry=dry)

    def lock(self, *, away: bool = False) -> None:
        """Refuse a second live run in this tree, then sweep up what a killed one left half-written.

        `away`: this run sends jobs to other machines. The lock ends with this process. Raises
        `AlreadyRunning`, `OrphansLeft` or `Silent`.
        """
        self._lock.acquire()
        slurm.refuse_orphans()
        if away:
            slurm.MARK.touch()
            gpu_allocation.keep()
        for folder in ("results", "reports"):
            for path in (ROOT / folder).rglob(f"{PARTIAL}*"):
                path.unlink(missing_ok=True)
