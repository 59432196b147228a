"""Fixtures shared by all tests."""

import pytest
from checkouts import SMALL_ROOM, fresh_checkout


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
    """A checkout in which the whole smoke build was made from nothing; tests restore what they edit."""
    made = fresh_checkout(tmp_path_factory.mktemp("built") / "house")
    done = made.snakemake("reports/smoke/all", timeout=900)
    assert done.returncode == 0, done.stderr
    return made
