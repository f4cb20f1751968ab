"""Makes the components' Python environment in a folder:  python3 install.py <folder>

Needs Python 3.10 or newer with venv, nothing else. Prints `progress: 0.3 downloading torch` lines and,
on failure, one `error: ...` line. uv (itself from the package index, by hash) installs exactly what
requirements.lock says, by hash. `<folder>/ready.json` is written last: without it the folder is unfinished,
and running this again finishes it.

Where there is no NVIDIA GPU and PyTorch's CPU wheel index answers quickly, torch comes from there
(200 MB instead of 3 GB); its hash is the one that index states.

<folder>/bin/python     the interpreter
<folder>/vision/        efficientnet-lite0.onnx and .json
<folder>/ready.json     {"lock": sha256 of requirements.lock, "versions": {...}, ...}
"""

# This file must parse on old Pythons, so that they get a sentence instead of a syntax error.
import sys

if sys.version_info < (3, 10):
    sys.stderr.write(
        "error: The components need Python 3.10 or newer; this is %d.%d (%s). Install a newer one from "
        "https://www.python.org/downloads/ or set AUTODIDACT_PYTHON to it.\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(1)

import errno
import glob
import hashlib
import html
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
UV_LOCK = HERE / "uv.lock"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_INDEX_PATIENCE = 4  # seconds: an index that is slower than this is not worth waiting for
GPU_ONLY = re.compile(r"(nvidia-.*|cuda-.*|triton)")
NEEDED = {"cuda": 9e9, "cpu": 3e9}  # bytes free, the download cache included

# Where the bar stands after each part.
ENVIRONMENT, DOWNLOADED, INSTALLED, VISION = 0.04, 0.8, 0.9, 0.97


class InstallError(Exception):
    """A failure whose message says what to do."""


said = None


def progress(fraction, message):
    global said
    line = "progress: %.2g %s" % (fraction, message)
    if line != said:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    said = line


def install(folder):
    folder = Path(folder).resolve()
    lock_hash = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    ready = folder / "ready.json"
    if is_ready(ready, lock_hash):
        progress(1, "ready")
        return
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / ".installing"):
        if is_ready(ready, lock_hash):  # made by the one that we waited for
            progress(1, "ready")
            return
        if ready.exists():
            ready.unlink()
        build(folder, lock_hash, ready)


def build(folder, lock_hash, ready):
    started = time.time()
    progress(0.01, "fetching uv")
    uv = make_uv(folder / ".uv")
    progress(0.03, "making the environment")
    run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder], "The environment could not be made")
    source = install_packages(uv, folder)
    python = folder / "bin" / "python"
    progress(INSTALLED, "preparing the vision model")
    run([python, "-B", HERE / "export_vision.py", folder / "vision"], "The vision model could not be exported")
    progress(VISION, "checking the environment")
    versions = installed_versions(python)
    write_whole(
        ready,
        {
            "lock": lock_hash,
            "torch_source": source,
            "versions": versions,
            "python": "%d.%d.%d" % sys.version_info[:3],
            "seconds": round(time.time() - started, 1),
        },
    )
    shutil.rmtree(folder / ".uv", ignore_errors=True)
    progress(1, "ready")


def install_packages(uv, folder):
    """Installs the lock, with torch's CPU build where that can be had; says which: "cpu" or "cuda"."""
    cpu_lock = None if has_gpu() else lock_for_cpu(folder / "requirements.cpu.lock")
    if cpu_lock:
        try:
            check_space(folder, "cpu")
            progress(ENVIRONMENT, "downloading packages")
            sync(uv, folder, cpu_lock)
            return "cpu"
        except InstallError as error:
            sys.stderr.write("PyTorch's CPU build could not be installed (%s); taking the ordinary one.\n" % error)
    check_space(folder, "cuda")
    progress(ENVIRONMENT, "downloading packages")
    sync(uv, folder, LOCK)
    return "cuda"


def is_ready(ready, lock_hash):
    try:
        return json.loads(ready.read_text())["lock"] == lock_hash
    except (OSError, ValueError, KeyError):
        return False


class only_one:
    """A second installer into the same folder waits for the first; the lock dies with its process."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        import fcntl

        self.file = open(self.path, "w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            progress(0, "waiting for another installation of the same environment")
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def make_uv(folder):
    """uv in a small environment of its own: `uv pip sync` removes everything that its lock does not name."""
    uv = folder / "bin" / "uv"
    if uv.exists() and subprocess.run([str(uv), "--version"], capture_output=True).returncode == 0:
        return uv
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True)
    if made.returncode:
        raise InstallError(
            "Python's venv module does not work here (%s). On Debian or Ubuntu install it with: "
            "sudo apt install python%d.%d-venv" % ((last_line(made.stdout + made.stderr),) + sys.version_info[:2])
        )
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(command + ["--require-hashes", "--only-binary", ":all:", "-r", UV_LOCK], "uv could not be fetched from the package index")
    return uv


def sync(uv, folder, lock):
    """Installs exactly the lock; tells by the sizes that uv prints how far the download is."""
    # The large files alone take minutes: uv's patience for one answer must cover a slow line.
    environ = {**os.environ, "UV_HTTP_TIMEOUT": os.environ.get("UV_HTTP_TIMEOUT", "300"), "NO_COLOR": "1"}
    command = [uv, "pip", "sync", "--require-hashes", "--only-binary", ":all:", "--compile-bytecode"]
    command += ["--python", folder / "bin" / "python", lock]
    process = subprocess.Popen([str(part) for part in command], env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    previous = signal.signal(signal.SIGTERM, lambda *_: (process.terminate(), sys.exit(143)))
    asked, done, lines = {}, {}, []
    for line in process.stderr:
        line = line.strip()
        lines.append(line)
        size = re.match(r"Downloading (\S+) \(([\d.]+)(\w+)\)", line)
        if size:
            asked[size[1]] = float(size[2]) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}.get(size[3], 1)
            tell_download(asked, done)
        finished = re.match(r"Downloaded (\S+)", line)
        if finished:
            done[finished[1]] = asked.get(finished[1], 0)
            tell_download(asked, done)
        if line.startswith("Prepared"):
            progress(DOWNLOADED, "installing packages")
        if line.startswith("Bytecode compiled") or line.startswith("Installed"):
            progress((DOWNLOADED + INSTALLED) / 2, "installed")
    signal.signal(signal.SIGTERM, previous)
    if process.wait():
        text = "\n".join(lines[-30:])
        sys.stderr.write(text + "\n")
        raise InstallError(explain_failure(text))


def tell_download(asked, done):
    left = {name: size for name, size in asked.items() if name not in done}
    # uv names large files only as it starts them; what it has not named yet keeps the bar from running ahead.
    share = sum(done.values()) / max(1.0, sum(asked.values()))
    what = max(left, key=left.get) if left else "packages"
    size = " (%d MB)" % round(left[what]) if left else ""
    progress(ENVIRONMENT + (DOWNLOADED - ENVIRONMENT) * share, "downloading %s%s" % (what, size))


def explain_failure(text):
    lowered = text.lower()
    if "no space left" in lowered or "os error 28" in lowered:
        return "The disk is full; free some space and try again."
    if any(word in lowered for word in ("dns error", "failed to fetch", "connect", "timed out", "timeout")):
        return "The package index (pypi.org) cannot be reached: check the network or proxy and try again. (%s)" % last_line(text)
    if "hash mismatch" in lowered:
        return "A downloaded package is not the one that the lock file names; nothing was installed from it. (%s)" % last_line(text)
    if "no wheels" in lowered or "no solution" in lowered or "not compatible" in lowered or "no usable wheels" in lowered:
        return "A package has no build for this system and Python %d.%d; Linux x86_64 with Python 3.10 to 3.13 is tested. (%s)" % (
            sys.version_info[0],
            sys.version_info[1],
            last_line(text),
        )
    return "The packages could not be installed: %s" % last_line(text)


def has_gpu():
    return bool(glob.glob("/dev/nvidia[0-9]*")) or bool(shutil.which("nvidia-smi"))


def lock_for_cpu(path):
    """requirements.lock with torch from the CPU index, written to `path`; None where that cannot be had."""
    if sys.platform != "linux":
        return None  # other systems' ordinary wheels are CPU wheels already
    text = LOCK.read_text()
    version = pinned_torch(text)
    index = os.environ.get("AUTODIDACT_TORCH_CPU_INDEX", CPU_INDEX)
    try:
        with urllib.request.urlopen(index + "/torch/", timeout=CPU_INDEX_PATIENCE) as reply:
            found = cpu_wheel(reply.read(20_000_000).decode("utf-8", "replace"), index + "/torch/", version)
    except (OSError, ValueError):
        found = None
    if not found:
        return None
    url, digest = found
    kept = [entry for entry in entries(text) if not GPU_ONLY.fullmatch(name_of(entry)) and name_of(entry) != "torch"]
    path.write_text("".join(kept) + "torch @ %s \\\n    --hash=sha256:%s\n" % (url, digest))
    return path


def entries(text):
    """The lock's entries, each with its hashes: a line that starts in column 0 begins one."""
    found = []
    for line in text.splitlines(keepends=True):
        if line[:1].isalpha():
            found.append(line)
        elif found:
            found[-1] += line
    return found


def name_of(entry):
    return re.match(r"[A-Za-z0-9._-]+", entry)[0].lower()


def pinned_torch(text):
    """The lock's torch version for this Python: entries may differ by Python version."""
    for entry in entries(text):
        if name_of(entry) == "torch":
            head = entry.split("\\")[0]
            version = re.match(r"torch==([^\s;]+)", head)[1]
            if ";" not in head or marker_fits(head.split(";", 1)[1]):
                return version
    raise InstallError("requirements.lock names no torch for this Python.")


def marker_fits(marker):
    """Whether a `python_full_version` marker holds here (the only kind that torch's entries carry)."""
    here = tuple(sys.version_info[:2])
    for operator, value in re.findall(r"python_full_version\s*(<|>=)\s*'([\d.]+)'", marker):
        bound = tuple(int(part) for part in value.split(".")[:2])
        if (operator == "<" and not here < bound) or (operator == ">=" and not here >= bound):
            return False
    return True


def cpu_wheel(page, base, version):
    """(address, sha256) of torch's CPU wheel for this Python in an index page (PEP 503), or None."""
    import platform

    tag = "cp%d%d" % sys.version_info[:2]
    machine = platform.machine()
    for link in re.findall(r'href="([^"]+)"', page):
        address = urllib.parse.urljoin(base, html.unescape(link))
        url, _, fragment = address.partition("#")
        name = urllib.parse.unquote(url.rsplit("/", 1)[-1])
        fits = name.startswith("torch-%s+cpu-%s-%s-" % (version, tag, tag)) and name.endswith(machine + ".whl")
        digest = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
        if fits and digest:
            return url, digest[1]
    return None


def check_space(folder, source):
    free, needed = shutil.disk_usage(folder).free, NEEDED[source]
    if free < needed:
        raise InstallError(
            "The environment needs %.0f GB of free space in %s; there are %.1f GB. Free some, or set "
            "AUTODIDACT_ENVIRONMENTS to a folder on another disk." % (needed / 1e9, folder, free / 1e9)
        )


def installed_versions(python):
    code = "import json; from importlib import metadata as m; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
    # The libraries that a step imports must really load here, not only be present.
    probe = "import torch, diffusers, peft, transformers, safetensors, PIL, numpy; from peft import LoraConfig; "
    done = run([python, "-c", probe + code], "The environment is installed but its libraries do not load")
    return json.loads(done.stdout.strip().splitlines()[-1])


def run(command, failure):
    environ = {**os.environ, "OMP_WAIT_POLICY": "passive", "NO_COLOR": "1"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environ)
    if done.returncode:
        text = done.stdout + done.stderr
        sys.stderr.write(text[-4000:] + "\n")
        raise InstallError("%s: %s" % (failure, last_line(text)))
    return done


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"


def write_whole(path, value):
    temporary = path.with_name("." + path.name + ".part")
    with open(temporary, "w") as file:
        json.dump(value, file, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def main():
    if len(sys.argv) != 2:
        sys.stderr.write("usage: install.py <folder>\n")
        return 2
    try:
        install(sys.argv[1])
    except InstallError as error:
        sys.stderr.write("error: %s\n" % error)
        return 1
    except OSError as error:
        full = error.errno == errno.ENOSPC
        sys.stderr.write("error: %s\n" % ("The disk is full; free some space and try again." if full else error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
