"""Fixtures shared by all tests."""

import pytest
from checkouts import fresh_checkout


@pytest.fixture
def checkout(tmp_path):
    """A fresh checkout for one test."""
    return fresh_checkout(tmp_path / "house")


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A checkout in which the whole smoke build was made from nothing; tests restore what they edit."""
    made = fresh_checkout(tmp_path_factory.mktemp("built") / "house")
    done = made.snakemake("reports/smoke/all", timeout=900)
    assert done.returncode == 0, done.stderr
    return made
