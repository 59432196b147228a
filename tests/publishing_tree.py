"""A small tree with an assembled site and its ledger, made up in a folder, and ways to publish it."""

import json
import subprocess
import sys
from pathlib import Path

from groundwork.core.provenance import ROOT, sha256
from groundwork_harness.pipeline.config import complete
from groundwork_harness.pipeline.publish import publish
from groundwork_harness.pipeline.publish_checks import Allowed

PAGES = {
    "index.html": "<p>the first page</p>",
    "posts/one/index.html": "<p>a post</p>",
    "posts/index.html": "<p>all posts</p>",
    "figures/alpha/a b.svg": "<svg/>",
    "old.html": "<p>soon gone</p>",
}
LATER = {k: v for k, v in PAGES.items() if k != "old.html"} | {
    "index.html": "<p>the first page, again</p>",
    "new.html": "<p>new</p>",
}


def git(folder: Path, *words: str) -> str:
    """The output of a git command in `folder`."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Tree:
    """The tree, what a publication of it said, and the targets."""

    def __init__(self, folder: Path) -> None:
        self.root, self.remote, self.folder = folder / "tree", folder / "remote.git", folder / "www"
        self.site = self.root / "reports" / "site"
        self.said: list[str] = []
        (self.root / "src" / "documents").mkdir(parents=True)
        (self.root / "src" / "documents" / "index.qmd").write_text("---\ntitle: T\n---\n\nWords.\n")
        (self.root / ".gitignore").write_text("/reports/\n/results/\n/.snakemake/\n")
        git(folder, "init", "-q", "--bare", str(self.remote))
        git(self.root, "init", "-q", "-b", "main")
        git(self.root, "config", "user.name", "A Writer")
        git(self.root, "config", "user.email", "writer@example.org")
        self.commit()
        self.build(PAGES)

    def commit(self) -> None:
        """Commit everything that is not ignored."""
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "work")

    def build(self, pages: dict[str, str], **ledger: object) -> None:
        """The site with these pages, and a ledger that fits it."""
        for path in sorted(self.site.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        for name, text in pages.items():
            (self.site / name).parent.mkdir(parents=True, exist_ok=True)
            (self.site / name).write_text(text)
        files = [path for path in sorted(self.site.rglob("*")) if path.is_file()]
        entries = [
            {"path": p.relative_to(self.root).as_posix(), "sha256": sha256(p)} for p in files
        ]
        record = {"scale": "laptop", "standins": [], "deliverables": entries, **ledger}
        (self.root / "reports" / "all").write_text(json.dumps(record))

    def config(self, to: str = "branch", **more: object) -> dict:
        """config.yaml with this tree's targets."""
        target = {"target": to, "remote": str(self.remote), "folder": str(self.folder), **more}
        return complete({"publish": target})

    def publish(self, to: str = "branch", *, jobs=(), config=None, **options) -> int:
        """Publish; what is said is kept in `said`."""
        self.said = []
        allowed = Allowed(options.pop("standins", False), options.pop("dirty", False))
        return publish(
            config or self.config(to), root=self.root, allowed=allowed, say=self.said.append,
            outdated=lambda _scale: list(jobs), **options,
        )  # fmt: skip

    @property
    def words(self) -> str:
        """All that the last publication said."""
        return "\n".join(self.said)

    def held(self, to: str) -> dict[str, str]:
        """Path → text of what the target holds, without what publishing itself adds."""
        if to == "folder":
            paths = (p for p in self.folder.rglob("*") if p.is_file())
            found = {p.relative_to(self.folder).as_posix(): p.read_text() for p in paths}
        else:
            names = git(self.remote, "ls-tree", "-r", "-z", "--name-only", "gh-pages").split("\0")
            found = {n: git(self.remote, "show", f"gh-pages:{n}") for n in names if n}
        return {n: t for n, t in found.items() if n not in ("publication.json", ".nojekyll")}


DRIVER = """
import json, os, signal, sys
from pathlib import Path
import importlib
from groundwork_harness.pipeline import publish
module, name, after, root, config = sys.argv[1:]
owner = importlib.import_module(module)
*holder, last = name.split(".")
for part in holder:
    owner = getattr(owner, part)
real, calls = getattr(owner, last), []
def fatal(*words, **more):
    calls.append(1)
    if after == "its end":
        real(*words, **more)
    if after == "its end" or len(calls) > int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **more)
setattr(owner, last, fatal)
publish.publish(json.loads(config), root=Path(root), outdated=lambda scale: [])
"""


def killed_at(tree: Tree, to: str, module: str, name: str, after: str) -> int:
    """Publish in a process that kills itself after so many calls of a function; its exit code."""
    words = [module, name, after, str(tree.root), json.dumps(tree.config(to))]
    command = [sys.executable, "-c", DRIVER, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True).returncode
