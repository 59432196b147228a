"""The scheduler's tests need its library: the built one, or one built here once."""

import subprocess
from pathlib import Path

import pytest

from groundwork.core import native

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        native.library("scheduler")
    except FileNotFoundError:
        folder = tmp_path_factory.mktemp("native")
        options = ["-DGROUNDWORK_ROOM=scheduler", "-DGROUNDWORK_TESTS=OFF"]
        configure = ["cmake", "-S", str(ROOT / "native"), "-B", str(folder), *options]
        subprocess.run(configure, check=True, capture_output=True)
        subprocess.run(["cmake", "--build", str(folder)], check=True, capture_output=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GROUNDWORK_NATIVE", str(folder))
            native.library("scheduler")  # cached: stays loaded when the variable is gone
