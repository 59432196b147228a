"""Allocation of GPUs: of the steps that run at once on one machine, each has devices of its own.

An allocation is a lock on a file per device, which the kernel drops with its holder. The run that
executes steps itself lends the devices (`lend`); a step takes as many as its rule asks for
(`take`). On a cluster nothing is lent: there the batch system hands devices out.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

LENT = "GROUNDWORK_GPUS"  # devices that the run lends to its steps, separated by commas
WANTED = "GROUNDWORK_GPU"  # how many of them a step's rule asks for
PAUSE = 0.2  # seconds between two looks for a free device
_held: list[IO[str]] = []  # open until this process ends


def devices() -> list[str]:
    """CUDA's names of the devices a run may use: those `$CUDA_VISIBLE_DEVICES` leaves, else all.

    Devices are named by UUID, since CUDA and nvidia-smi may count them in different orders.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return []
    return _listed(listed.stdout)


def _listed(text: str) -> list[str]:
    """Device names in the words of `nvidia-smi -L`; a card cut into slices gives its slices."""
    names: list[str] = []
    card = ""
    for name in re.findall(r"UUID: ((?:GPU|MIG)-[^)]+)\)", text):
        if name.startswith("GPU"):
            card = name
        elif card in names:
            names.remove(card)
        names.append(name)
    return names


def lend() -> list[str]:
    """Offer this machine's devices to the steps of this run."""
    os.environ[LENT] = ",".join(devices())
    return lent()


def keep() -> None:
    """Offer none, since the steps run elsewhere."""
    os.environ.pop(LENT, None)


def lent() -> list[str]:
    """The devices that are offered."""
    return [name for name in os.environ.get(LENT, "").split(",") if name]


def take() -> list[str]:
    """Wait for the devices this step wants, keep them to its end, and show CUDA no others.

    Without `$GROUNDWORK_GPUS` (a pasted command, a job on a cluster's node) nothing changes.
    Raises `ValueError` where the run lends fewer than the step wants.
    """
    wanted = int(os.environ.get(WANTED) or 0)
    offered = lent()
    if not wanted or not offered:
        return []
    if wanted > len(offered):
        raise ValueError(f"the rule asks for {wanted} GPUs, and this machine has {len(offered)}")
    folder = Path(tempfile.gettempdir()) / f"groundwork-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # One step at a time gathers devices, so that two that want several cannot block each other.
    queue = open(folder / "queue", "w")  # noqa: SIM115  (held while waiting)
    fcntl.flock(queue, fcntl.LOCK_EX)
    taken: list[str] = []
    while True:
        for name in offered:
            if len(taken) < wanted and name not in taken and _free(folder, name):
                taken.append(name)
        if len(taken) == wanted:
            break
        time.sleep(PAUSE)
    queue.close()
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(taken)
    print(f"GPU {', '.join(taken)}", file=sys.stderr, flush=True)
    return taken


def _free(folder: Path, device: str) -> bool:
    """Take one device if nobody holds it."""
    file = open(folder / re.sub(r"[^\w-]", "_", device), "w")  # noqa: SIM115  (held to the end)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True
