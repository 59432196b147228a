#!/usr/bin/env bash
# use rule … with: merges params by name and replaces resources whole.
# touches: Snakemake
# guessed: one rule for all keywords: a given keyword replaces the base rule's, or all merge
# seen: params merge by name (a=1 stays beside b=3); of resources, disk_mb=5 of the base is gone and mem_mb alone is left
# here: the base rule says no resources; each rule states its own
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

pathlib.Path("Snakefile").write_text("""
rule base:
    output: "base.txt"
    params: a=1, b=2
    resources: mem_mb=100, disk_mb=5
    run:
        kept = {key: value for key, value in resources.items() if key in ("mem_mb", "disk_mb")}
        open(output[0], "w").write(f"params {dict(params.items())} resources {kept}")

use rule base as child with:
    output: "child.txt"
    params: b=3
    resources: mem_mb=7
""")
run = [sys.executable, "-m", "snakemake", "--cores", "1", "base.txt", "child.txt"]
subprocess.run(run, check=True, capture_output=True)
for name in ("base", "child"):
    print(name, pathlib.Path(f"{name}.txt").read_text())
END
cat > expected <<'END'
base params {'a': 1, 'b': 2} resources {'mem_mb': 100, 'disk_mb': 5}
child params {'a': 1, 'b': 3} resources {'disk_mb': 50000, 'mem_mb': 7}
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
