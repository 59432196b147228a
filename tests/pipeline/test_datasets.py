"""Downloads: wrong answers are refused by name, nothing half-written is left, stand-ins say so."""

import gzip
import hashlib
import json
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import standins
from groundwork_harness.pipeline.config import load
from groundwork_harness.pipeline.datasets import Refused, Unavailable, fetch

CONTENT = b"x" * 4000


def entry(content=CONTENT, addresses=(), source="auto"):
    return {
        "addresses": list(addresses),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "from": source,
    }


def options(*mirrors):
    return {"mirrors": [str(m) for m in mirrors], "timeout": 2, "retries": 1}


def lay(mirror, content, dataset="mnist", file="data.bin"):
    (mirror / dataset).mkdir(parents=True)
    (mirror / dataset / file).write_bytes(content)
    return mirror


@pytest.fixture
def server(tmp_path):
    """A web server over a folder; yields (folder, address, paths asked for)."""
    folder, asked = tmp_path / "www", []
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path.startswith("/flaky/") and len(asked) == 1:
                self.send_error(503)
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()


def test_a_mirror_comes_before_the_network(tmp_path, server):
    folder, address, asked = server
    (folder / "data.bin").write_bytes(CONTENT)
    mirror = lay(tmp_path / "mirror", CONTENT)
    record = fetch(
        "mnist",
        "data.bin",
        entry(addresses=[f"{address}/data.bin"]),
        tmp_path / "out",
        options(mirror),
    )
    assert record["from"] == "mirror"
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert asked == []


def test_the_environment_adds_a_mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("GROUNDWORK_MIRROR", str(lay(tmp_path / "extra", CONTENT)))
    assert fetch("mnist", "data.bin", entry(), tmp_path / "out", options())["from"] == "mirror"


def test_the_network_is_asked_and_asked_again(tmp_path, server):
    folder, address, asked = server
    (folder / "flaky").mkdir()
    (folder / "flaky" / "data.bin").write_bytes(CONTENT)
    record = fetch(
        "mnist",
        "data.bin",
        entry(addresses=[f"{address}/flaky/data.bin"]),
        tmp_path / "out",
        options(),
    )
    assert record["from"] == "network"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (CONTENT[:-1], "3999 bytes instead of 4000"),
        (b"y" + CONTENT[1:], "SHA-256 differs"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"\n<html><body>404", "web page"),
        (b"", "0 bytes"),
    ],
)
@pytest.mark.parametrize("way", ["mirror", "network"])
def test_wrong_answers_are_refused_by_name(tmp_path, server, answer, word, way):
    folder, address, _ = server
    (folder / "data.bin").write_bytes(answer)
    mirrors = [lay(tmp_path / "mirror", answer)] if way == "mirror" else []
    addresses = [f"{address}/data.bin"] if way == "network" else []
    out = tmp_path / "results" / "out"
    with pytest.raises(Refused, match=word) as caught:
        fetch("mnist", "data.bin", entry(addresses=addresses), out, options(*mirrors))
    assert "mnist/data.bin" in str(caught.value)
    assert list(out.parent.iterdir()) == []


def test_a_wrong_mirror_does_not_hide_a_good_address(tmp_path, server):
    folder, address, _ = server
    (folder / "data.bin").write_bytes(CONTENT)
    mirror = lay(tmp_path / "mirror", b"broken")
    record = fetch(
        "mnist",
        "data.bin",
        entry(addresses=[f"{address}/data.bin"]),
        tmp_path / "out",
        options(mirror),
    )
    assert record["from"] == "network"


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "a/b", "..", ".hidden", ""])
def test_a_name_that_leaves_its_folder_is_refused(tmp_path, name):
    with pytest.raises(Refused, match="plain file name"):
        fetch("mnist", name, entry(), tmp_path / "out", options())
    with pytest.raises(Refused, match="plain file name"):
        fetch(name, "data.bin", entry(), tmp_path / "out", options())


def test_real_insists(tmp_path):
    dead = entry(addresses=["http://127.0.0.1:9/data.bin"], source="real")
    with pytest.raises(Unavailable, match="no mirror or address answered"):
        fetch("mnist", "data.bin", dead, tmp_path / "out", options())
    assert not (tmp_path / "out").exists()


def test_auto_falls_back_and_says_so(tmp_path):
    dead = entry(addresses=["http://127.0.0.1:9/data.bin"])
    record = fetch("mnist", "t10k-labels-idx1-ubyte.gz", dead, tmp_path / "out", options())
    assert record["from"] == "standin"
    assert len(gzip.decompress((tmp_path / "out").read_bytes())) > 8


def test_standin_never_asks(tmp_path, server):
    _, address, asked = server
    record = fetch(
        "tinyshakespeare",
        "input.txt",
        entry(addresses=[f"{address}/input.txt"], source="standin"),
        tmp_path / "out",
        options(lay(tmp_path / "mirror", CONTENT, "tinyshakespeare", "input.txt")),
    )
    assert (record["from"], asked) == ("standin", [])


def test_standins_have_the_published_format(tmp_path):
    import torch

    standins.make("mnist", "train-images-idx3-ubyte.gz", tmp_path / "images")
    raw = gzip.decompress((tmp_path / "images").read_bytes())
    assert np.frombuffer(raw[:16], dtype=">u4").tolist() == [0x803, 1500, 28, 28]
    assert len(raw) == 16 + 1500 * 28 * 28
    standins.make("resnet_cifar10", "resnet20-12fca82f.th", tmp_path / "weights")
    saved = torch.load(tmp_path / "weights", weights_only=True)
    assert 50 < saved["best_prec1"] <= 100
    assert saved["state_dict"]["module.layer3.0.conv1.weight"].shape == (64, 32, 3, 3)
    assert (
        len([k for k in saved["state_dict"] if k.endswith(("conv1.weight", "conv2.weight"))]) == 19
    )


def test_the_command_leaves_no_path_of_this_machine(tmp_path):
    mirror = lay(tmp_path / "mirror", CONTENT)
    out, source = tmp_path / "data.bin", tmp_path / "data.bin.source.json"
    command = [
        sys.executable, "-m", "groundwork_harness.pipeline.datasets",
        "--dataset", "mnist", "--file", "data.bin",
        "--entry", json.dumps(entry()), "--out", out, "--source", source,
    ]  # fmt: skip
    environment = {
        "GROUNDWORK_DATA": json.dumps(options(mirror)),
        "PYTHONPATH": str(ROOT / "src"),
        "PATH": "",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) not in source.read_text()
    (mirror / "mnist" / "data.bin").write_bytes(b"<html>")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_listed_file_has_addresses_size_checksum_licence_and_citation():
    listed = load(ROOT / "workflow" / "datasets.yaml")
    for name, body in listed.items():
        assert len(body["base"]) >= 2, f"{name} has one address only"
        assert body["licence"], name
        assert body["citation"], name
        for file, facts in body["files"].items():
            assert facts["bytes"] > 0
            assert len(facts["sha256"]) == 64, file
