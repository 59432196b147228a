"""`groundwork new room|step|post`: the files that something new begins with, ready to build.

Their texts are workflow/templates/, small and whole: a room computes something, checks it, draws it
and shows it, so that each part can be replaced in a tree that builds.
"""

import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from string import Template

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import schemas
from groundwork_harness.pipeline.config import ConfigError

TEMPLATES = Path("workflow/templates")
NAME = re.compile(r"[a-z][a-z0-9_]*")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# A template → the file that it becomes; config.yaml is appended to.
ROOM = {
    "init.py": "src/groundwork/$room/__init__.py",
    "library.py": "src/groundwork/$room/means.py",
    "test.py": "tests/$room/test_means.py",
    "step.py": "workflow/steps/$room/means.py",
    "figure.py": "workflow/figures/$room/means.py",
    "rules.smk": "rules/$room.smk",
    "config.yaml": "config.yaml",
    "smoke.yaml": "workflow/scales/smoke/$room.yaml",
    "page.qmd": "src/documents/rooms/$room.qmd",
    "coverage.yaml": "src/documents/coverage/$room.yaml",
}


def room(name: str, title: str = "") -> list[str]:
    """Write a room's files; what was written, as "new"/"edited" and the file's path."""
    _refuse_name(name)
    words = {"room": name, **_titled(title or name.replace("_", " ").capitalize())}
    texts = {Template(file).substitute(words): _text("room", part, words)
             for part, file in ROOM.items() if part != "config.yaml"}  # fmt: skip
    _refuse_existing(texts)
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    if re.search(rf"^{name}:", config, re.MULTILINE):
        raise ConfigError(f"config.yaml has a block {name} already")
    block = _text("room", "config.yaml", words)
    return _write(texts, {"config.yaml": config.rstrip("\n") + "\n" + block}, name)


def step(room: str, name: str) -> list[str]:
    """Write a step's script, its rule and its block of settings; as `room`."""
    rules, block = f"rules/{room}.smk", re.compile(rf"^{room}:.*\n(?:(?: .*)?\n)*", re.MULTILINE)
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    found = block.search(config)
    if not (ROOT / rules).is_file() or found is None:
        raise ConfigError(f"there is no room {room}; to make one: groundwork new room {room}")
    _refuse_word(name)
    words = {"room": room, "step": name}
    script = f"workflow/steps/{room}/{name}.py"
    _refuse_existing([script])
    if re.search(rf"^  {name}:", found[0], re.MULTILINE):
        raise ConfigError(f"config.yaml has a block {room}.{name} already")
    end = found.start() + len(found[0].rstrip("\n")) + 1
    return _write(
        {script: _text("step", "step.py", words)},
        {
            rules: (ROOT / rules).read_text(encoding="utf-8").rstrip("\n")
            + "\n"
            + _text("step", "rules.smk", words),
            "config.yaml": config[:end] + _text("step", "config.yaml", words) + config[end:],
        },
        room,
    )


def post(slug: str, title: str = "", room: str = "") -> list[str]:
    """Write a post's page, as a draft that only the preview shows; as `room`."""
    if not SLUG.fullmatch(slug):
        raise ConfigError(f"{slug!r} is no address; write small letters, digits and single hyphens")
    if room and not (ROOT / "rules" / f"{room}.smk").is_file():
        raise ConfigError(f"there is no room {room}; to make one: groundwork new room {room}")
    page = f"src/documents/posts/{slug}/index.qmd"
    _refuse_existing([page])
    belongs = f"room: {room}\ndraft: true" if room else "draft: true"
    words = {**_titled(title or slug.replace("-", " ").capitalize()), "belongs": belongs,
             "category": room.replace("_", " ") or "notes"}  # fmt: skip
    return _write({page: _text("post", "page.qmd", words)}, {})


def _titled(title: str) -> dict[str, str]:
    if not title.isprintable() or "\\" in title or '"""' in title:
        raise ConfigError(f"{title!r} is no title; write one line of text")
    return {"title": title, "quoted": title.replace('"', '\\"')}


def _text(kind: str, part: str, words: Mapping[str, str]) -> str:
    text = (ROOT / TEMPLATES / kind / f"{part}.txt").read_text(encoding="utf-8")
    made = Template(text).substitute(words, today=date.today().isoformat())
    # Where the room's own import stands among the others depends on its name.
    return re.sub(r"(?:^from groundwork.*\n)+", _sorted, made, flags=re.MULTILINE)


def _sorted(lines: re.Match[str]) -> str:
    return "".join(sorted(lines[0].splitlines(keepends=True)))


def _refuse_name(name: str) -> None:
    _refuse_word(name)
    known = {path.parent.name for path in (ROOT / "src" / "groundwork").glob("*/__init__.py")}
    known |= {path.stem for path in (ROOT / "rules").glob("*.smk")}
    if name in known:
        raise ConfigError(f"{name} is taken, as a part of the library or of rules/")


def _refuse_word(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise ConfigError(
            f"{name!r} is no name; write small letters, digits and _, a letter first, and no word "
            "or module of Python"
        )


def _refuse_existing(files: Iterable[str]) -> None:
    for file in files:
        if (ROOT / file).exists():
            raise ConfigError(f"{file} is there already; nothing was written")


def _write(new: Mapping[str, str], edited: Mapping[str, str], room: str = "") -> list[str]:
    for file, text in {**new, **edited}.items():
        write_text(ROOT / file, text)
    derived = [path.relative_to(ROOT).as_posix() for path in schemas.write(room)] if room else []
    lines = [f"new     {file}" for file in new]
    lines += [f"edited  {file}" for file in edited]
    return lines + [f"made    {file}" for file in derived]
