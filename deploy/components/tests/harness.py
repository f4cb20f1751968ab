"""Runs components in the test's own process: importing torch once instead of per component."""

import importlib.util
import json
import sys
from pathlib import Path

COMPONENTS = Path(__file__).resolve().parents[1]


def component(name):
    """The module `<name>/main.py`, with its folder importable as when it is run."""
    for folder in (COMPONENTS, COMPONENTS / name):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    key = f"component_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, COMPONENTS / name / "main.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[key] = module
        spec.loader.exec_module(module)
    return sys.modules[key]


def environment(folder, params=None, **inputs):
    """The variables of a step in `folder`; keyword arguments are its input folders."""
    folder = Path(folder)
    (folder / "in").mkdir(parents=True, exist_ok=True)
    for name, source in inputs.items():
        link = folder / "in" / name
        if not link.exists():
            link.symlink_to(source)
    (folder / "in" / "params.json").write_text(json.dumps(params or {}))
    return {
        "AUTODIDACT_IN": str(folder / "in"),
        "AUTODIDACT_OUT": str(folder / "out"),
        "AUTODIDACT_CHECKPOINT": str(folder / "checkpoint"),
    }


def run(name, folder, params=None, environ=None, **inputs):
    """Runs a component to its end; returns its output folder. Errors are raised, not exit codes."""
    module = component(name)
    from common.contract import Step

    step = Step({**environment(folder, params, **inputs), **(environ or {})})
    try:
        module.run(step)
    finally:
        step.end()
    return Path(folder) / "out"
