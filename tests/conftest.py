"""Fixtures shared by all tests."""

import inspect
import signal
import sys
from types import ModuleType

import pytest
from browsing import axe, browser  # noqa: F401  (fixtures of the page tests)
from checkouts import SMALL_ROOM, can_unplug, fresh_checkout, unplugged, without_optional_commands

# Tests that a shell started in the background ignore Ctrl-C, and all that they start would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def checkout(tmp_path):
    """A fresh checkout for one test."""
    return fresh_checkout(tmp_path / "house")


@pytest.fixture(scope="session")
def small_house(tmp_path_factory):
    """A checkout with one small room built; tests leave it built and unedited."""
    made = fresh_checkout(tmp_path_factory.mktemp("small") / "house")
    done = made.snakemake(f"reports/smoke/{SMALL_ROOM}", timeout=300)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A checkout with the whole smoke build, made from nothing; tests restore what they edit.

    No LaTeX, Quarto or valgrind is on its PATH, as on a bare machine. After `snakemake fetch` the build
    runs without a network, where the system allows taking it away.
    """
    made = fresh_checkout(tmp_path_factory.mktemp("built") / "house")
    made.path = without_optional_commands(tmp_path_factory.mktemp("bare"))
    done = made.snakemake("fetch", timeout=300)
    assert done.returncode == 0, done.stderr
    build = made.command("reports/smoke/all")
    made.offline = can_unplug()
    done = made.run(unplugged(build) if made.offline else build, timeout=2400)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def mutant():
    """`mutant(module, old, new)`: the module rebuilt with `old`, which must occur once, replaced.

    A bug planted on purpose: the check that guards against it must go red.
    """

    def plant(module, old, new):
        source = inspect.getsource(module)
        assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times in {module}"
        planted = ModuleType(module.__name__ + "_mutant")
        sys.modules[planted.__name__] = planted  # dataclasses look their module up by name
        exec(compile(source.replace(old, new), str(module.__file__), "exec"), planted.__dict__)
        return planted

    return plant


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """Tests that share a built checkout, or Slurm, run on one worker."""
    for item in items:
        for name in ("house", "small_house", "plugin"):
            if name in item.fixturenames:
                item.add_marker(pytest.mark.xdist_group(name))
                break
