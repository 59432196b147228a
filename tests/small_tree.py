"""A small tree of one room, for tests of what its one step's closure holds."""

from pathlib import Path

from groundwork_harness.pipeline import closure, syntax

FILES = {
    "requirements.lock": "numpy==2.4.6\nscikit-learn==1.9.1\n",
    "src/groundwork/__init__.py": "",
    "src/groundwork/core/__init__.py": '"""Hall."""\n',
    "src/groundwork/core/seeds.py": "def stream(seed):\n    return seed\n",
    "src/groundwork_harness/__init__.py": "",
    "src/groundwork_harness/pipeline/__init__.py": "",
    "src/groundwork_harness/pipeline/step.py": "import argparse\ndef run(main):\n    main()\n",
    "src/groundwork/room/__init__.py": (
        '"""Room."""\n\nfrom groundwork.room.one import first\n'
        "from groundwork.room.two import second\n\n__all__ = ['first', 'second']\n"
    ),
    "src/groundwork/room/one.py": (
        "from groundwork.room.deep import helper\n\n\ndef first(x):\n"
        '    """First."""\n    return helper(x)  # why\n'
    ),
    "src/groundwork/room/two.py": "import sklearn\n\ndef second(x):\n    return sklearn, x\n",
    "src/groundwork/room/deep.py": "import numpy as np\n\ndef helper(x):\n    return np.sum(x)\n",
    "src/groundwork/annex/__init__.py": "",
    "src/groundwork/annex/sub.py": "K = 1\n",
    "src/groundwork/room/unused.py": "def nobody():\n    return 0\n",
    "workflow/steps/room/step.py": (
        "from groundwork.annex.sub import K\n"
        "from groundwork.core.seeds import stream\nfrom groundwork_harness.pipeline import step\n"
        "from groundwork.room import first\nimport beside\n\n\ndef main():\n"
        "    return first(stream(beside.K))\n\n\nstep.run(main)\n"
    ),
    "workflow/steps/room/beside.py": "K = 3\n",
}


def grown(folder: Path, monkeypatch):
    """The tree, in the place of this checkout: the body of a fixture."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(closure, "ROOT", folder)
    monkeypatch.setattr(closure, "SOURCES", folder / "src")
    monkeypatch.setattr(syntax, "ROOT", folder)
    monkeypatch.setattr(syntax, "CACHE", folder / "cache.json")
    yield folder
    closure.forget()


def read(tree: Path) -> closure.Closure:
    """The closure of the step, read anew."""
    closure.forget()
    return closure.of(tree / "workflow/steps/room/step.py")


def edit(tree: Path, name: str, old: str, new: str) -> None:
    """Replace a part of a file, which must be there."""
    path = tree / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
