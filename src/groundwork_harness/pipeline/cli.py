"""The `groundwork` command: why, claims, doctor, adopt, new, settings, schemas, script, publish."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.core import extras
from groundwork.core.provenance import ROOT
from groundwork.core.scales import overlay, reports

if TYPE_CHECKING:
    from groundwork_harness.pipeline.config import Config


def main(words: list[str] | None = None) -> None:
    """Run one command; exits 0 when all is well, 1 on findings, 2 on a wrong call."""
    arguments = _parser().parse_args(words)
    try:
        _refuse_another_checkout()
        status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, `| head` say, has enough; Python's own flush at the end would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except ModuleNotFoundError as problem:
        sys.exit(f"groundwork: {extras.remedy(problem)}")
    except (OSError, RuntimeError) as problem:
        sys.exit(f"groundwork: {problem}")
    except ValueError as problem:
        from groundwork_harness.pipeline.config import ConfigError  # needs the extra `build`

        if not isinstance(problem, ConfigError):
            raise
        sys.exit(f"groundwork: {problem}")
    sys.exit(status)


def _refuse_another_checkout() -> None:
    """Every command acts on the checkout that this code lies in; one stands in that, or in none."""
    mark = Path(__file__).relative_to(ROOT)
    here = Path.cwd().resolve()
    there = next((p for p in (here, *here.parents) if (p / mark).is_file()), ROOT)
    if there != ROOT:
        raise RuntimeError(
            f"this environment belongs to the checkout {ROOT}; run `make setup` in {there}"
        )


def _config(arguments: argparse.Namespace) -> "Config":
    from groundwork_harness.pipeline.config import complete

    return complete({"scale": arguments.scale} if arguments.scale else {})


def _why(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import why

    target = why.relative(arguments.target)
    # The path says of which scale a file is, so that nobody has to.
    named = next((s for s in ("smoke", "full") if f"/{s}/" in f"/{target}"), None)
    scale = named or arguments.scale
    print(why.explain(target, overlay(scale or "laptop"), whole=arguments.all))
    return 0


def _claims(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import prose_lint

    config = _config(arguments)
    results = ROOT / "results" / config["scale"]
    # A build that is not finished holds half of the claims: it is no fault of the documents.
    built = (ROOT / reports(config["scale"]) / "all").is_file() and results.is_dir()
    found = prose_lint.check(prose_lint.DOCUMENTS, results if built else None, config)
    faults = [finding for finding in found if not finding.warns]
    unused = [finding for finding in found if finding.warns]
    for finding in [*faults, *(unused if arguments.unused else [])]:
        print(f"{'warning' if finding.warns else 'fault'}: {finding}")
    count = len(list(prose_lint.DOCUMENTS.rglob("*.qmd")))
    spare = f"; {len(unused)} claims that no document shows: --unused names them" if unused else ""
    print(f"{count} documents: {len(faults)} faults{'' if arguments.unused else spare}")
    if not built:
        print(f"claims were NOT checked against results: {results.relative_to(ROOT)} is not built")
    return 1 if faults else 0


def _doctor(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import doctor, slurm

    if arguments.cancel_orphans:
        left = slurm.orphans()
        slurm.cancel(left)
        print(
            "\n".join(f"cancelled  {orphan}" for orphan in left) or "no job of a dead run is left"
        )
        return 0
    print(doctor.report(_config(arguments)))
    return 0


def _adopt(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import import_results

    found = import_results.adopt(arguments.folder, _config(arguments), force=arguments.force)
    for candidate in found:
        print(f"refused  {candidate.name}: {candidate.refusal}" if candidate.refusal
              else f"taken    {candidate.name} ({len(candidate.files)} files)")  # fmt: skip
    refused = sum(bool(candidate.refusal) for candidate in found)
    print(f"{len(found) - refused} taken, {refused} refused")
    return 1 if refused else 0


def _settings(arguments: argparse.Namespace) -> int:
    from groundwork.core.result import canonical
    from groundwork_harness.pipeline.config import ConfigError

    room, _, step = arguments.step.partition(".")
    try:
        print(canonical(_config(arguments)[room][step]))
    except KeyError:
        raise ConfigError(f"config.yaml has no block {arguments.step}") from None
    return 0


def _schemas(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import schemas

    del arguments  # it has none
    print(
        "\n".join(f"written  {path.relative_to(ROOT)}" for path in schemas.write())
        or "all is current"
    )
    return 0


def _script(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import script, why

    words, scale = arguments.words, overlay(arguments.scale or "laptop")
    first = next((place for place, word in enumerate(words) if word[:1] == "-"), len(words))
    targets = [why.relative(word) for word in words[:first]]
    print(script.script(targets, [*scale, *words[first:]], _config(arguments)), end="")
    return 0


def _new(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import new

    if arguments.kind == "room":
        written = new.room(arguments.name, arguments.title)
        then = f"snakemake --cores all reports/{arguments.name}"
    elif arguments.kind == "step":
        written = new.step(arguments.room, arguments.name)
        then = f"snakemake --cores all results/laptop/{arguments.room}/{arguments.name}.json"
    else:
        written = new.post(arguments.name, arguments.title, arguments.room)
        then = "make preview"
    print("\n".join(written), f"then    {then}", sep="\n")
    return 0


def _new_options(commands: Any) -> None:
    kinds = commands.add_parser("new", help="the files that a room, a step or a post begins with")
    kinds = kinds.add_subparsers(dest="kind", required=True, metavar="room|step|post")
    room = kinds.add_parser("room", help="a library, test, step, rule, figure and page that build")
    room.add_argument("name", help="one word, e.g. demo")
    step = kinds.add_parser("step", help="a script with its rule and its settings")
    step.add_argument("room", help="the room that it belongs to")
    step.add_argument("name", help="one word, e.g. speed")
    post = kinds.add_parser("post", help="a page, a draft at first")
    post.add_argument("name", help="its address, e.g. the-mean-of-a-sample")
    post.add_argument("--room", default="", help="the room that it belongs to, if to any")
    for kind in (room, post):
        kind.add_argument("--title", default="", help="default: from the name")
    for kind in (room, step, post):
        kind.set_defaults(run=_new)


def _publish(arguments: argparse.Namespace) -> int:
    from groundwork_harness.pipeline import publish
    from groundwork_harness.pipeline.publish_checks import Allowed

    allowed = Allowed(standins=arguments.allow_standins, dirty=arguments.allow_dirty)
    return publish.publish(_config(arguments), dry=arguments.dry_run, allowed=allowed)


def _publish_options(commands: Any) -> None:
    publish = commands.add_parser("publish", help="send the site to the target of config.yaml")
    publish.add_argument("--dry-run", action="store_true", help="show the plan, send nothing")
    publish.add_argument(
        "--allow-standins", action="store_true", help="publish pages that rest on stand-in data"
    )
    publish.add_argument(
        "--allow-dirty", action="store_true", help="publish from a tree with uncommitted changes"
    )
    publish.set_defaults(run=_publish)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="groundwork", description=__doc__)
    parser.add_argument(
        "--scale", choices=["smoke", "laptop", "full"], help="default: config.yaml's"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    why = commands.add_parser("why", help="what would run for a target, and what changed")
    why.add_argument(
        "target", help="a file or rule, e.g. reports/all or results/laptop/operators/spectra.json"
    )
    why.add_argument("--all", action="store_true", help="name every job, however many")
    why.set_defaults(run=_why)

    claims = commands.add_parser(
        "claims", help="check that every number in prose comes from a rule"
    )
    claims.add_argument("action", choices=["check"])
    claims.add_argument(
        "--unused", action="store_true", help="name the claims that no document shows"
    )
    claims.set_defaults(run=_claims)

    doctor = commands.add_parser("doctor", help="what this machine has and lacks")
    doctor.add_argument(
        "--cancel-orphans", action="store_true", help="cancel the Slurm jobs that a dead run left"
    )
    doctor.set_defaults(run=_doctor)

    adopt = commands.add_parser("adopt", help="take in results made elsewhere, where they match")
    adopt.add_argument("folder", type=Path, help="another checkout, or its results")
    adopt.add_argument("--force", action="store_true", help="replace results that are here already")
    adopt.set_defaults(run=_adopt)

    _publish_options(commands)
    _new_options(commands)
    _step_options(commands)
    return parser


def _step_options(commands: Any) -> None:
    script = commands.add_parser("script", help="a shell script that makes a target, no Snakemake")
    script.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="TARGET [OPTION]", help="as for snakemake"
    )
    script.set_defaults(run=_script)

    settings = commands.add_parser("settings", help="a step's settings as JSON, for its --settings")
    settings.add_argument("step", help="e.g. operators.spectra")
    settings.set_defaults(run=_settings)

    schemas = commands.add_parser(
        "schemas",
        help="write the schemas and the guide's table that follow from the steps' settings",
    )
    schemas.set_defaults(run=_schemas)


if __name__ == "__main__":
    main()
