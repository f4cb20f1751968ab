"""The device a step computes on, its threads, and what a run must record about both."""

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

# Must be set before torch is imported: spinning OpenMP threads of two processes on the same cores
# make both up to 30 times slower (measured: 8 s instead of .45 s for four 64 px pictures).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")  # it warns that our LoRA leaves the text encoder alone
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

PACKAGES = ("torch", "diffusers", "peft", "transformers", "safetensors", "pillow", "numpy")


def usable_cores():
    """Cores this process may use: affinity and the container's CPU quota both count."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        if quota != "max":
            cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return cores


def threads(environ=os.environ):
    """Threads that a step computes with."""
    return int(environ.get("AUTODIDACT_THREADS") or usable_cores())


def set_up(seed):
    """(device, dtype of frozen weights); sets threads and the global seed."""
    import torch

    torch.set_num_threads(threads())
    torch.manual_seed(seed)
    if not torch.cuda.is_available():
        return torch.device("cpu"), torch.float32
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    # fp16 would need loss scaling; cards without bf16 compute in fp32.
    return torch.device("cuda"), torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32


def environment(device, seed):
    """What makes a run repeatable, as flat texts."""
    import torch

    versions = {name: version(name) for name in PACKAGES}
    found = {
        "python": platform.python_version(),
        **versions,
        "platform": platform.platform(),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "seed": seed,
        "environment_lock": environment_lock(),
    }
    if device.type == "cuda":
        found["gpu"] = torch.cuda.get_device_name(device)
        found["cuda"] = torch.version.cuda
        found["driver"] = driver_version()
    return found


def environment_lock():
    """sha256 of the lock that this environment was installed from; empty in an environment made by hand."""
    try:
        return json.loads((Path(sys.prefix) / "ready.json").read_text(encoding="utf-8"))["lock"]
    except (OSError, ValueError, KeyError):
        return ""


def driver_version():
    try:
        with open("/proc/driver/nvidia/version", encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
