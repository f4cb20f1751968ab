"""Checkpoints: all that training needs to go on bit for bit, written so that a crash leaves a whole one."""

import os
import re
from pathlib import Path

import torch

NAME = re.compile(r"step-(\d{8})\.pt")
KEPT = 2  # the last one, and the one before in case a disk loses the last


def save(folder, step_number, state):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step_number:08d}.pt"
    temporary = folder / f".{path.name}.part"
    with open(temporary, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    for old in found(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def found(folder):
    """Checkpoint files, newest first."""
    folder = Path(folder)
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)


def load_latest(folder, fingerprint, log):
    """The newest readable checkpoint made under the same settings, or None."""
    for path in found(folder):
        try:
            # weights_only: a checkpoint is data; loading one must never run code.
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # noqa: BLE001 - a damaged file shows as many kinds of error
            log(f"The checkpoint {path.name} cannot be read ({type(error).__name__}); trying an older one.")
            continue
        if state.get("fingerprint") != fingerprint:
            log(f"The checkpoint {path.name} was made under other settings or data; it is not used.")
            continue
        return state
    return None
