"""The `groundwork` command: it serves a checkout, whose harness it runs; a wheel holds none."""

import sys

ABSENT = (
    "groundwork: this command serves a checkout of the project, and the installed package holds its "
    "libraries alone; get one with `git clone`, then `make setup` in it"
)


def main() -> None:
    """Hand over to the harness."""
    try:
        from groundwork_harness.pipeline import cli
    except ModuleNotFoundError as problem:
        if problem.name != "groundwork_harness":
            raise
        sys.exit(ABSENT)
    cli.main()


if __name__ == "__main__":
    main()
