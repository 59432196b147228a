"""What the system says about its caches (Linux), and the counts that cachegrind and perf print."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from groundwork.matmul.theory import LINE, Cache

SYSFS = Path("/sys/devices/system/cpu/cpu0/cache")
# A common geometry, for systems that do not say theirs.
COMMON = {1: Cache(32 << 10, 8), 2: Cache(1 << 20, 8), 3: Cache(32 << 20, 16)}


@dataclass(frozen=True)
class Counts:
    """Data references and first- and last-level misses of one run."""

    references: int
    level1: int
    last: int

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.references - other.references,
            self.level1 - other.level1,
            self.last - other.last,
        )


def reported_caches(folder: Path = SYSFS) -> dict[int, Cache]:
    """Level → data (or unified) cache, as the kernel reports it; empty where it does not."""
    found = {}
    for index in sorted(folder.glob("index*")):
        try:
            words = {
                name: (index / name).read_text().strip()
                for name in ("level", "type", "size", "ways_of_associativity")
            }
        except OSError:
            continue  # a virtual machine may leave entries out
        if words["type"] != "Instruction" and (size := re.fullmatch(r"(\d+)K", words["size"])):
            ways = int(words["ways_of_associativity"]) or 8
            found[int(words["level"])] = Cache(int(size[1]) * 1024, ways)
    return found


def geometry() -> dict[int, Cache]:
    """The reported caches, completed by a common geometry where a level is not reported."""
    return COMMON | {level: c for level, c in reported_caches().items() if level in COMMON}


def simulable(cache: Cache) -> Cache:
    """The largest geometry up to this one that cachegrind takes: its sets are a power of two.

    First-level caches are such; the last level of a large server often is not.
    """
    sets = cache.size // (LINE * cache.ways)
    return Cache((1 << (sets.bit_length() - 1)) * LINE * cache.ways, cache.ways)


def cachegrind(program: Path, arguments: list[str], caches: dict[int, Cache]) -> Counts:
    """Simulated counts of `program arguments…` on a first and last level of this geometry.

    Raises `FileNotFoundError` without valgrind, `RuntimeError` when the program fails under it.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise FileNotFoundError("valgrind is not installed (Debian: apt-get install valgrind)")
    first, last = caches[1], caches[3]
    shape = f"{first.size},{first.ways},{LINE}"
    command = [
        *(valgrind, "--tool=cachegrind", "--cache-sim=yes", "--cachegrind-out-file=/dev/null"),
        *(f"--I1={shape}", f"--D1={shape}", f"--LL={last.size},{last.ways},{LINE}"),
        *(str(program), *arguments),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{program.name} failed under valgrind: {done.stderr[-400:]}")
    return parse_cachegrind(done.stderr)


def parse_cachegrind(text: str) -> Counts:
    """The counts in cachegrind's closing summary."""

    def count(label: str) -> int:
        found = re.search(rf"{label}:\s+([\d,]+)", text)
        if found is None:
            raise RuntimeError(f"cachegrind printed no '{label}'")
        return int(found[1].replace(",", ""))

    return Counts(count(r"D\s+refs"), count(r"D1\s+misses"), count(r"LLd misses"))


def perf_misses(program: Path, arguments: list[str]) -> int | None:
    """L1-dcache-load-misses that the processor counted, or None where it does not let us count."""
    perf = shutil.which("perf")
    if perf is None:
        return None
    command = [perf, "stat", "-x,", "-e", "L1-dcache-load-misses", str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return parse_perf(done.stderr)


def parse_perf(text: str) -> int | None:
    """The count in perf's comma-separated line, or None for `<not supported>` and its like."""
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and "L1-dcache-load-misses" in fields[2] and fields[0].isdigit():
            return int(fields[0])
    return None
