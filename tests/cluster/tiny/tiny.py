"""A job that says where it ran and when; `tiny.json` says how long it works and whether it fails.

{"there_0": {"seconds": 5, "fails": 1}}     # fails: so many times before it succeeds
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from groundwork.core.atomic import write_json
from groundwork_harness.pipeline import gpu_allocation, parent_watchdog

parent_watchdog.hold()
parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("out", type=Path)
parser.add_argument("--resolved", default="")
words = parser.parse_args()
plan = json.loads(Path("tiny.json").read_text()) if Path("tiny.json").exists() else {}
mine = plan.get(words.name, {})
gpu_allocation.take()
began = time.time()
job = os.environ.get("SLURM_JOB_ID")
shown = {}
if job:
    Path("tiny", f"{words.name}.job").write_text(job)
    text = subprocess.run(["scontrol", "show", "job", job], capture_output=True, text=True).stdout
    shown = dict(re.findall(r"(\w+)=(\S+)", text))
with open("tiny/asked.txt", "a") as asked:
    print(words.name, shown.get("MinMemoryNode"), shown.get("TimeLimit"), file=asked)
with open("tiny/tries.txt", "a") as tries:
    print(words.name, file=tries)
time.sleep(mine.get("seconds", 0))
done = Path("tiny/tries.txt").read_text().split().count(words.name)
if done <= mine.get("fails", 0):
    sys.exit(f"the {words.name} sat on the mat")
gpus = os.environ.get("CUDA_VISIBLE_DEVICES")
record = {"began": began, "ended": time.time(), "job": job, "slurm": shown, "gpus": gpus}
write_json(words.out, {**record, "resolved": words.resolved, "path": os.environ["PATH"]})
