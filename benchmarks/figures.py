"""What a benchmark yields, and how its figures are taken."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. `against` and `ratio`: the comparison measured in the same run, and value / comparison."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False
    """The target is an upper bound; otherwise a lower one."""
    against: str = ""
    ratio: float | None = None
    note: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def least_cpu(work: Callable[[], object], rounds: int = 3) -> float:
    """CPU seconds of the best of several rounds: what others do on the machine costs time, never saves it."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def busy_seconds() -> float:
    """CPU seconds all processes of this machine together have used so far (Linux; elsewhere 0)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    user, nice, system = (int(ticks) for ticks in stat.read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """What the figures were taken on, in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2] for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].strip() if names else model
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}{load}"
    )
