#!/usr/bin/env bash
# Two parameters, or two named inputs, that change places rerun nothing.
# touches: Snakemake
# guessed: a rule runs again when low=1, high=2 becomes low=2, high=1, and when left and right change files
# seen: "Nothing to be done": values and files are compared without their names and order; a value that is new reruns
# here: one parameter holds all settings, another each file with its option's name (rules/step.smk); tests/findings/test_met.py
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet snakemake==9.27.1
cat > program.py <<'END'
import pathlib
import subprocess
import sys

RULE = """
rule one:
    input: left="a.txt", right="b.txt"
    output: "out.txt"
    params: low=1, high=2
    shell: "cat {input.left} {input.right} > {output}; echo {params.low} {params.high} >> {output}"
"""
CASES = {
    "as it was": (),
    "values exchanged": ("low=1, high=2", "low=2, high=1"),
    "inputs exchanged": ('left="a.txt", right="b.txt"', 'left="b.txt", right="a.txt"'),
    "another value": ("low=1, high=2", "low=1, high=3"),
}


def snakemake(rule, *more):
    pathlib.Path("Snakefile").write_text(rule)
    call = [sys.executable, "-m", "snakemake", "--cores", "1", *more]
    done = subprocess.run(call, text=True, capture_output=True)
    return done.stdout + done.stderr


for name in "ab":
    pathlib.Path(f"{name}.txt").write_text(name)
snakemake(RULE)
for name, change in CASES.items():
    said = snakemake(RULE.replace(*change) if change else RULE, "--dry-run")
    print(name, "->", "nothing to do" if "Nothing to be done" in said else "rerun")
END
cat > expected <<'END'
as it was -> nothing to do
values exchanged -> nothing to do
inputs exchanged -> nothing to do
another value -> rerun
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
