"""A real Slurm of one node on loopback, with fake GPUs, for the tests: start it and stop it.

    python tests/cluster/one_node_slurm.py start    # or stop; needs root and Debian's packages
                                                    # slurmctld slurmd slurm-client munge

Daemons keep their state under one folder and are ended by the pids they wrote there. The
configuration must lie in /etc/slurm: the job step plugin passes no SLURM_CONF on. One that we did
not write is left alone. Memory is counted but not enforced, since no cgroups are assumed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STATE = Path(tempfile.gettempdir()) / "groundwork-slurm"
CONF = Path("/etc/slurm")
MARK = "# written by Groundwork's tests"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
SOCKET = STATE / "run" / "munge.socket"

SLURM_CONF = """{mark}
ClusterName=groundwork
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16917
SlurmdPort=16918
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={socket}
StateSaveLocation={state}/state
SlurmdSpoolDir={state}/spool
SlurmctldPidFile={state}/run/slurmctld.pid
SlurmdPidFile={state}/run/slurmd.pid
SlurmctldLogFile={state}/log/slurmctld.log
SlurmdLogFile={state}/log/slurmd.log
TaskProlog={state}/prolog.sh
MailProg=/bin/true
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=3600
KillWait=3
NodeName={host} NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus} RealMemory={memory} Gres=gpu:fake:{gpus} State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={host} MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why no Slurm can be started here, or nothing."""
    if sys.platform != "linux":
        return "Slurm runs on Linux alone"
    if os.geteuid() != 0:
        return "starting a Slurm needs root"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if lacking:
        return (
            f"{', '.join(lacking)} not installed (apt install slurmctld slurmd slurm-client munge)"
        )
    conf = CONF / "slurm.conf"
    if conf.exists() and MARK not in conf.read_text():
        return f"{conf} is this machine's own"
    return ""


def start(cpus: int = 8, memory: int = 16000, gpus: int = 1) -> None:
    """Bring it up and wait till its node takes jobs. Raises `RuntimeError` with its last words."""
    if reason := missing():
        raise RuntimeError(reason)
    host = socket.gethostname().partition(".")[0]
    for name in ("state", "spool", "log", "run", "dev"):
        (STATE / name).mkdir(parents=True, exist_ok=True)
    for folder in (STATE, STATE / "run", STATE / "log"):
        folder.chmod(0o755)  # munged refuses a socket in a folder that others may write
    CONF.mkdir(parents=True, exist_ok=True)
    devices = [_fake_gpu(number) for number in range(gpus)]
    gres = [f"NodeName={host} Name=gpu Type=fake File={device}\n" for device in devices]
    (CONF / "gres.conf").write_text("".join(gres))
    words = {"mark": MARK, "host": host, "socket": SOCKET, "state": STATE}
    sizes = {"cpus": cpus, "memory": memory, "gpus": gpus}
    prolog = STATE / "prolog.sh"
    # What differs on the node: it has no commands but the system's own.
    prolog.write_text("#!/bin/sh\nenv | sed -n 's/^GROUNDWORK_TEST_NODE_PATH=/export PATH=/p'\n")
    prolog.chmod(0o755)
    (CONF / "slurm.conf").write_text(SLURM_CONF.format(**words, **sizes))
    _munge()
    for daemon in (["slurmctld"], ["slurmd", "-N", host]):
        if not _running(daemon[0]):
            subprocess.run(daemon, stdin=subprocess.DEVNULL, check=True, env=_environment())
    if not _until(lambda: _node(host) in ("idle", "mixed", "allocated"), 60):
        logs = [(STATE / "log" / f"{name}.log") for name in ("slurmctld", "slurmd")]
        tails = "\n".join(log.read_text()[-1000:] for log in logs if log.exists())
        raise RuntimeError(f"the node is {_node(host) or 'silent'}:\n{tails}")


def stop() -> None:
    """End every job and daemon, and take the configuration away, so that no client waits for it."""
    if _running("slurmctld"):
        subprocess.run(["scancel", "--me"], timeout=30)
        _until(lambda: not _ask("squeue", "-h"), 15)  # job steps would outlive slurmd
    for name in ("slurmd", "slurmctld", "munged"):
        if pid := _running(name):
            os.kill(pid, signal.SIGTERM)
            if not _until(lambda pid=pid: not Path(f"/proc/{pid}").exists(), 15):
                os.kill(pid, signal.SIGKILL)
    conf = CONF / "slurm.conf"
    if conf.exists() and MARK in conf.read_text():
        for name in ("slurm.conf", "gres.conf"):
            (CONF / name).unlink(missing_ok=True)
    shutil.rmtree(STATE, ignore_errors=True)


def _fake_gpu(number: int) -> Path:
    """A character device of its own, as slurmd wants for a GPU: another /dev/null."""
    device = STATE / "dev" / f"gpu{number}"
    if not device.is_char_device():
        os.mknod(device, 0o666 | 0o020000, os.makedev(1, 3))
    return device


def _munge() -> None:
    if _running("munged"):
        return
    key = STATE / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    options = {"key-file": key, "socket": SOCKET, "pid-file": STATE / "run" / "munged.pid",
               "log-file": STATE / "log" / "munged.log", "seed-file": STATE / "run" / "munged.seed"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run(["munged", "--force", *words], check=True, **quiet)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}


def _running(name: str) -> int:
    """The pid of a daemon of ours, or 0."""
    try:
        pid = int((STATE / "run" / f"{name}.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return pid if name.encode() in words else 0


def _ask(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def _node(host: str) -> str:
    return _ask("sinfo", "-h", "-N", "-n", host, "-o", "%T").partition("\n")[0].strip("*")


def _until(holds, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
