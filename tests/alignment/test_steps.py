"""The steps on room 4.2's network at smoke scale, in one chain; a training killed and resumed."""

import csv
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from groundwork.alignment.io import open_adapters
from groundwork.core.claims import claim
from groundwork.core.files import read_table, write_table
from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import canonical, write
from groundwork.transformer.io import save
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.tokenizers import CharTokenizer
from groundwork_harness.documents.characters import unprintable
from groundwork_harness.pipeline import settings as builder
from groundwork_harness.pipeline import standins
from groundwork_harness.pipeline.config import complete

STEPS = ROOT / "workflow" / "steps" / "alignment"
LETTERS = "\n abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,?!'"


@pytest.fixture(scope="module")
def knobs() -> dict[str, Any]:
    found: dict[str, Any] = complete({"scale": "smoke"})["alignment"]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network of room 4.2, untrained, and the corpus's stand-in."""
    place = tmp_path_factory.mktemp("alignment")
    torch.manual_seed(0)
    words = CharTokenizer(LETTERS)
    sizes = GPTConfig(vocabulary=len(words), context=64, layers=2, heads=2, width=32, hidden=48)
    save(place / "train.safetensors", GPT(sizes), words)
    for name in ("wikipedia", "stack-exchange"):
        standins.make("politeness", f"{name}.annotated.csv", place / f"{name}.csv")
    return place


def module(step: str) -> ModuleType:
    """A step's script, imported."""
    sys.path.insert(0, str(STEPS))
    try:
        spec = importlib.util.spec_from_file_location(
            f"alignment_step_{step}", STEPS / f"{step}.py"
        )
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = made
        spec.loader.exec_module(made)
        return made
    finally:
        sys.path.remove(str(STEPS))


@pytest.fixture(scope="module")
def claims(folder: Path, knobs: dict[str, Any]) -> dict[str, Any]:
    """The claims of every step, run in turn."""

    def run(step: str, **paths: Any) -> dict[str, Any]:
        script = module(step)
        values = builder.build(script.Settings, canonical(knobs[step]))
        return dict(script.main(values, **paths))

    network = {"weights": [folder / "train.safetensors"]}
    base = {"base": folder / "base.safetensors"}
    pairs, judge = {"pairs": folder / "pairs.csv"}, {"judge": folder / "judge.npz"}
    reference = {"reference": folder / "reference.npz"}
    found = {
        "judge": run(
            "judge",
            wikipedia=folder / "wikipedia.csv",
            stack_exchange=folder / "stack-exchange.csv",
            table=folder / "judge.csv",
            **judge,
        ),
        "pairs": run("pairs", **network, **pairs),
        "base": run("base", adapters=base["base"], curve=folder / "base.csv", **network, **pairs),
        "reference": run("reference", log_probs=reference["reference"], **network, **base, **pairs),
    }
    shared = {**network, **base, **pairs, **reference}
    adapters = folder / "dpo.safetensors"
    found["dpo"] = run("dpo", adapters=adapters, curve=folder / "dpo.csv", **shared)
    found["evaluate"] = run(
        "evaluate",
        adapters=adapters,
        table=folder / "evaluate.csv",
        answers=folder / "answers.csv",
        failures=folder / "failures.csv",
        **network,
        **base,
        **judge,
    )
    found["reuse"] = run("reuse", table=folder / "reuse.csv", **shared)
    found["memory"] = run("memory", table=folder / "memory.csv", **shared)
    found["checks"] = run("checks", table=folder / "checks.csv", **network, **pairs)
    return found


def value(claims: dict[str, Any], name: str) -> Any:
    step, _, key = name.partition(".")
    return claims[step][key]["value"]


def test_the_chain_says_that_the_stand_in_was_used(claims: dict[str, Any]) -> None:
    assert value(claims, "base.model") == "the network of room 4.2"


def test_the_first_loss_of_every_run_is_ln_2(claims: dict[str, Any]) -> None:
    assert value(claims, "dpo.first_loss_error") <= 1e-6
    assert value(claims, "dpo.runs") == 2


def test_the_four_strategies_have_the_same_losses_but_for_the_packed_stand_in(
    claims: dict[str, Any],
) -> None:
    for name in ("two_networks", "adapter_off"):
        assert value(claims, f"memory.{name}_loss_difference") <= 1e-5
    assert value(claims, "memory.quantised_loss_difference") <= 1e-2
    assert value(claims, "memory.two_networks_predicted") > value(
        claims, "memory.quantised_predicted"
    )


def test_kept_states_give_equal_gradients(claims: dict[str, Any]) -> None:
    assert value(claims, "reuse.gradient_error") <= 1e-5


def test_the_oracles_errors_are_those_of_rounding(claims: dict[str, Any]) -> None:
    assert value(claims, "checks.blocks_error") <= 1e-6
    assert value(claims, "checks.loss_error") <= 1e-14
    assert value(claims, "checks.log_probs_error") <= 1e-3
    assert value(claims, "checks.merged_error") <= 1e-5
    assert value(claims, "checks.half_split_loss") != value(claims, "checks.neutral_loss")
    assert value(claims, "checks.other_base_loss") != value(claims, "checks.neutral_loss")


def test_tables_hold_every_point_and_the_first_questions(
    claims: dict[str, Any], folder: Path, knobs: dict[str, Any]
) -> None:
    assert value(claims, "evaluate.answers") == 6
    with open(folder / "evaluate.csv", newline="") as file:
        points = [row["point"] for row in csv.DictReader(file)]
    assert points == ["base", *knobs["evaluate"]["points"]]
    with open(folder / "answers.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == knobs["evaluate"]["shown"]
    with open(folder / "failures.csv", newline="") as file:
        worst = [
            (row["phrases"] == "polite", float(row["log_odds"])) for row in csv.DictReader(file)
        ]
    assert worst == sorted(worst)
    assert len(worst) == knobs["evaluate"]["failures"]


def test_an_answer_is_printed_in_characters_that_every_pdf_can_set() -> None:
    evaluate = module("evaluate")
    assert evaluate._line("A café\nis “kn\ufffdvable” 😀.") == "A café is “kn□vable” □."
    assert not list(unprintable(evaluate._line("\ufffd 日本 ω")))


def base_command(folder: Path, target: Path, knobs: dict[str, Any]) -> list[str]:
    words = [sys.executable, str(STEPS / "base.py"), "--settings", canonical(knobs)]
    words += ["--weights", str(folder / "train.safetensors"), "--pairs", str(folder / "pairs.csv")]
    words += ["--adapters", str(target / "base.safetensors"), "--curve", str(target / "base.csv")]
    return [*words, "--json", str(target / "base.json")]


@pytest.mark.usefixtures("claims")
def test_a_training_killed_by_signal_9_and_started_again_equals_an_uninterrupted_one(
    folder: Path, tmp_path: Path, knobs: dict[str, Any]
) -> None:
    longer = json.loads(canonical(knobs["base"]))
    longer["loop"]["iterations"] = 60
    longer["save_every"] = 2
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    whole = base_command(folder, tmp_path / "whole", longer)
    subprocess.run(whole, check=True, capture_output=True, env=environment)
    again = base_command(folder, tmp_path / "killed", longer)
    state = tmp_path / "killed" / "base.scratch" / "state.pt"
    with subprocess.Popen(again, stdout=subprocess.DEVNULL, env=environment) as process:
        while not state.is_file() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert state.is_file(), "the training ended before it could be killed"
    done = subprocess.run(again, check=True, capture_output=True, text=True, env=environment)
    assert "going on after update" in done.stdout
    for name in ("base.safetensors", "base.csv"):
        assert sha256(tmp_path / "whole" / name) == sha256(tmp_path / "killed" / name)


def test_the_recorder_keeps_the_headline_alone(
    folder: Path, claims: dict[str, Any], knobs: dict[str, Any], tmp_path: Path
) -> None:
    """All points' adapters are too large for a repository; a result that was changed is refused."""
    headline, made = knobs["evaluate"]["headline"], tmp_path / "alignment"
    made.mkdir()
    for name in ("dpo.safetensors", "evaluate.csv"):
        shutil.copy(folder / name, made)
    how = {"rule": "alignment_evaluate", "settings": knobs["evaluate"]}
    write(made / "evaluate.json", claims["evaluate"], how, [made / "evaluate.csv"])
    script = str(ROOT / "workflow" / "record" / "alignment.py")
    words = [sys.executable, script, str(made), "--device", "CPU", "--recorded", str(tmp_path)]
    subprocess.run(words, check=True, capture_output=True)
    kept = open_adapters(tmp_path / "cpu" / "alignment" / "headline.safetensors")
    assert list(kept) == [headline]
    for name, tensor in open_adapters(folder / "dpo.safetensors")[headline].items():
        torch.testing.assert_close(kept[headline][name], tensor, rtol=0, atol=0)
    assert (tmp_path / "cpu" / "alignment" / "evaluate.csv").is_file()
    (made / "evaluate.csv").write_text("point\n")
    assert subprocess.run(words, capture_output=True).returncode == 1


def test_the_longer_run_is_shown_by_what_its_runs_stand_for(tmp_path: Path) -> None:
    """Seeds of one setting are one line; without a record the tables say so."""
    recorded = module("recorded")
    here, there = tmp_path / "alignment", tmp_path / "recorded" / "some-cpu" / "alignment"
    for place in (here, there):
        place.mkdir(parents=True)
        runs = [
            {"name": f"{name}_s{seed}", "beta": beta, "anchor": anchor, "upper": upper}
            for name, beta, anchor, upper in (("low", 0.03, 0, 1), ("sft", 0.3, 1, 2))
            for seed in (0, 1)
        ]
        how = {"rule": "r", "script": "", "settings": {"runs": runs}, "time": "2026-11-30T00:00:00"}
        write(place / "dpo.json", {}, how, [])
        rise = {"headline_kl": claim(2.0, "nats", n=60, spread=(1.5, 2.5))}
        write(place / "evaluate.json", rise, how, [])
        rows = [{"point": "base"}, *({"point": f"{run['name']}@12"} for run in runs)]
        write_table(
            place / "evaluate.csv",
            [{**row, "phrases": 60 + 10 * at, "judged": 50, "kl": 2 * at, "perplexity": 20}
             for at, row in enumerate(rows)],
        )  # fmt: skip

    def tables(*places: Path) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[str, Any]]:
        outputs = {"table": tmp_path / "all.csv", "means": tmp_path / "means.csv"}
        inputs = {"records": [p / "evaluate.json" for p in places],
                  "runs": [p / "dpo.json" for p in places]}  # fmt: skip
        found = recorded.main(recorded.Settings(), **inputs, **outputs)
        return read_table(outputs["table"]), read_table(outputs["means"]), found

    every, means, found = tables(here)
    assert found["headline_kl"]["value"] == "none recorded"
    assert [row["point"] for row in every] == ["none recorded"]
    assert [row["variant"] for row in means] == ["none recorded"]
    every, means, found = tables(here, there)
    kept = found["headline_kl"]
    assert (kept["value"], kept["unit"], kept["kind"], kept["n"]) == (2.0, "nats", "recorded", 60)
    points = ["base", "low_s0@12", "low_s1@12", "sft_s0@12", "sft_s1@12"]
    assert [row["point"] for row in every] == points
    assert [(row["variant"], row["update"], row["seeds"]) for row in means] == [
        ("base", "", "1"), ("β = 0.03", "12", "2"), ("β = 0.3, anchor 1, 2 layers", "12", "2")]  # fmt: skip
    assert [row["phrases"] for row in means] == ["60", "75 (70–80)", "95 (90–100)"]
    assert [row["kl"] for row in means] == ["0.00", "3.00 (2.00–4.00)", "7.00 (6.00–8.00)"]
