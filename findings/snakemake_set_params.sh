#!/usr/bin/env bash
# A set as a parameter makes Snakemake rerun a rule for nothing.
# touches: Snakemake, Python
# guessed: params that hold an equal set of texts are unchanged, so nothing runs
# seen: the set is compared as written out, in an order that differs with each start of Python: "Params have changed"
# here: params hold digests and sorted lists only
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet snakemake==9.27.1
cat > program.py <<'END'
import os
import pathlib
import subprocess
import sys

pathlib.Path("Snakefile").write_text("""
rule one:
    output: "out.txt"
    params: names={"alpha", "beta", "gamma", "delta", "epsilon"}
    shell: "touch {output}"
""")


def snakemake(*more, seed):
    call = [sys.executable, "-m", "snakemake", "--cores", "1", *more]
    done = subprocess.run(call, text=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": seed})
    return done.stdout + done.stderr


snakemake(seed="1")
for seed in "12":  # Python draws such a seed at each start
    said = snakemake("--dry-run", seed=seed)
    print("hash seed", seed, "rerun" if "Params have changed" in said else "nothing to do")
END
cat > expected <<'END'
hash seed 1 nothing to do
hash seed 2 rerun
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
