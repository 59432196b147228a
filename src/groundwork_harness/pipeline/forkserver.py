"""Steps and figures as forks of an interpreter that has imported their libraries already.

Importing PyTorch takes two seconds of processor time, Matplotlib most of one: for a build of 170 jobs
more than many of them compute. So a run starts two servers (`start`), one with NumPy and Matplotlib,
one with PyTorch too; neither imports anything before its first job, nor ever code of this checkout.

    python -IS src/groundwork_harness/pipeline/forkserver.py torch workflow/steps/transformer/train.py …

has the server run the script in a fork of itself, with this command's arguments, environment, folder
and streams, and ends as it ends. Without a server (a pasted command, a job on another machine, a
system that is not Linux), or where the environment asks the libraries for something else (threads of
BLAS, paths), the script runs in a fresh interpreter. Neither fork nor command outlives the other,
and neither outlives the run, however it ends.
"""

import os
import socket
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

ADDRESS = "GROUNDWORK_FORKSERVER"  # first part of the servers' names, in Linux's abstract namespace
COMMAND = "python -IS src/groundwork_harness/pipeline/forkserver.py"
LIBRARIES = {
    "plain": ("numpy", "pydantic", "matplotlib.pyplot"),
    "torch": ("numpy", "pydantic", "matplotlib.pyplot", "torch"),
}
MEDIA = ("svg", "pdf", "png")  # each with a writer that Matplotlib imports when first asked
# What Python and libraries read once, when they start.
READ_ONCE = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "TORCH", "NPY_", "MPL", "PYTHON", "LD_")
FRESH = 0xFFFFFFFF  # the answer to a command that needs an interpreter of its own


def start() -> None:
    """Start the servers of this process, which end with it; nothing happens but on Linux."""
    import subprocess

    if sys.platform != "linux":
        return
    base = f"groundwork-{os.getpid()}-{os.urandom(8).hex()}"
    forced = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # as the rules of steps and figures have it
    environment = {k: v for k, v in os.environ.items() if k not in forced}
    environment |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    for kind in LIBRARIES:
        subprocess.Popen(
            [sys.executable, __file__, "--serve", f"{base}-{kind}", kind],
            stdin=subprocess.PIPE,  # closed when this process ends, whatever ends it
            start_new_session=True,  # Ctrl-C is for the run, whose end ends this
            env=environment,
        )
    os.environ[ADDRESS] = base


def fresh(command: str) -> str:
    """A job's shell command with plain `python` in place of a fork."""
    for kind in LIBRARIES:
        command = command.replace(f"{COMMAND} {kind} ", "python ")
    return command


def main() -> None:
    """The command: have the server run a script, or run it here."""
    if sys.argv[1] == "--serve":
        return serve(*sys.argv[2:])
    kind, *command = sys.argv[1:]
    status = _ask(kind, command) if ADDRESS in os.environ else FRESH
    if status == FRESH:
        os.execv(sys.executable, [sys.executable, *command])
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.WEXITSTATUS(status))


def _ask(kind: str, command: list[str]) -> int:
    """The wait status of the fork that ran the command, or `FRESH`."""
    import json

    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(f"\0{os.environ[ADDRESS]}-{kind}")
        except OSError:
            return FRESH
        if _user(server) != os.getuid():
            return FRESH
        request = {"command": command, "folder": os.getcwd(), "environment": dict(os.environ)}
        text = json.dumps(request).encode()
        socket.send_fds(server, [len(text).to_bytes(4)], [0, 1, 2])
        server.sendall(text)
        answer = server.recv(4)
    if not answer:
        sys.exit("the server of this run's interpreters has ended, and this job with it")
    return int.from_bytes(answer)


def _user(connection: socket.socket) -> int:
    """Who is at the other end of a connection."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder)


def serve(name: str, kind: str) -> None:
    """Fork for each command that connects, until standard input is closed."""
    import gc
    import select
    import signal

    sys.path.pop(0)  # this file's own folder
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks made here
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen(64)
        while 0 not in select.select([0, listener.fileno()], [], [])[0]:
            client, _ = listener.accept()
            if "numpy" not in sys.modules:
                _import(LIBRARIES[kind])
                gc.freeze()  # or each fork would copy what its collector only looks at
            server = os.getpid()
            if not os.fork():
                listener.close()
                _attend(client, server)
            client.close()


def _import(libraries: tuple[str, ...]) -> None:
    """Import them, and what Matplotlib imports only when it first writes text."""
    import importlib
    import io

    for library in libraries:
        importlib.import_module(library)
    from matplotlib.figure import Figure

    drawn = Figure()
    drawn.text(0.5, 0.5, "a")
    for medium in MEDIA:
        drawn.savefig(io.BytesIO(), format=medium)


def _attend(client: socket.socket, server: int) -> NoReturn:
    """Run one command in a fork, tell how it ended; end it where who asked or the server is gone."""
    import json
    import select
    import signal

    if _user(client) != os.getuid():
        os._exit(1)
    size, streams, _, _ = socket.recv_fds(client, 4, 3)
    with client.makefile("rb") as text:
        request = json.loads(text.read(int.from_bytes(size)))
    if _read_once(request["environment"]) != _read_once(os.environ):
        client.sendall(FRESH.to_bytes(4))
        os._exit(0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if not pid:
        client.close()
        os.setpgid(0, 0)  # so that it is killed with all that it started
        _die_with_parent()
        _become(request, streams)
    for stream in streams:
        os.close(stream)
    ended, watched = os.pidfd_open(pid), os.pidfd_open(server)
    if ended not in select.select([client.fileno(), ended, watched], [], [])[0]:
        os.killpg(pid, signal.SIGKILL)
        os._exit(1)
    client.sendall(os.waitpid(pid, 0)[1].to_bytes(4))
    os._exit(0)


def _read_once(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith(READ_ONCE)}


def _die_with_parent() -> None:
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """What `python SCRIPT …` does, in this process."""
    import atexit
    import runpy
    import signal
    import threading
    import traceback

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    script = request["command"][0]
    sys.argv[:] = request["command"]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    code = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
    except BaseException as problem:  # as the interpreter itself does
        trace = problem.__traceback__
        while trace and trace.tb_frame.f_code.co_filename != script:
            trace = trace.tb_next  # not the way here, only the script's own
        traceback.print_exception(type(problem), problem, trace or problem.__traceback__)
        code = -signal.SIGINT if isinstance(problem, KeyboardInterrupt) else 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if code == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
