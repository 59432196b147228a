"""The matmul tests need the room's library: the built one, or one built here once."""

import subprocess
from pathlib import Path

import pytest

from groundwork.core import native

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        native.library("matmul")
    except FileNotFoundError:
        folder = tmp_path_factory.mktemp("native")
        options = ["-DGROUNDWORK_ROOM=matmul", "-DGROUNDWORK_TESTS=OFF"]
        configure = ["cmake", "-S", str(ROOT / "native"), "-B", str(folder), *options]
        subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", str(folder), "--parallel", "2"], check=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GROUNDWORK_NATIVE", str(folder))
            native.library("matmul")  # cached: stays loaded when the variable is gone


@pytest.fixture(params=["avx512", "avx2", "neon", "scalar"])
def instruction_set(request: pytest.FixtureRequest):
    """Each instruction set in turn; those that this processor lacks are shown as skipped."""
    from groundwork.matmul import isa, isas, use_isa

    if request.param not in isas():
        pytest.skip(f"this build and processor have no {request.param}")
    before = isa()
    use_isa(request.param)
    yield request.param
    use_isa(before)
