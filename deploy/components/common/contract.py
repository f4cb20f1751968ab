"""The component contract: folders, params, progress, log lines, checkpoint, end of a step.

A component is `main.py` with `run(step)`, started by `contract.main(run)`. The platform gives it
folders by environment variables; in a container the same folders are at /in, /out, /data and
/checkpoint. Standard library only, so that it imports in milliseconds.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

STOPPED = 143  # 128 + SIGTERM, what a shell reports for a terminated process


class StepError(Exception):
    """A failure that tells a person what is wrong and what to do; exit code 1.

    `code` is one of the closed set in schema/domain/step-fault.ts; the facts fill the English sentence, for logs
    and the terminal, and stand beside it as data, so that a page can say it in another language:

        raise StepError("SETTING_MISSING", 'The setting "{setting}" is missing.', setting=name)
    """

    def __init__(self, code, sentence, **facts):
        self.code = code
        self.facts = {name: str(value) for name, value in facts.items()}
        super().__init__(sentence.format(**self.facts))


class Stopped(Exception):
    """The platform asked this attempt to end; exit code 143, the next attempt resumes."""


class Params:
    """Typed access to a step's settings; a wrong value is named, not guessed around.

    Values come from `<in>/params.json`; a `PARAM_<NAME>` variable fills in what the file lacks.
    """

    def __init__(self, values):
        self.values = dict(values)

    @classmethod
    def read(cls, folder, environ):
        values = {}
        for key, text in environ.items():
            if key.startswith("PARAM_"):
                values[key[len("PARAM_") :].lower()] = text
        path = Path(folder) / "params.json"
        if path.exists():
            try:
                given = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise StepError(
                    "JSON_INVALID", "{path} is not valid JSON: {why}.", path=path, why=error
                ) from error
            if not isinstance(given, dict):
                raise StepError("SETTINGS_NO_OBJECT", "The settings in {path} must be a JSON object.", path=path)
            values.update(given)
        return cls(values)

    def _get(self, name, default):
        value = self.values.get(name)
        if value is None or value == "":
            if default is REQUIRED:
                raise StepError("SETTING_MISSING", 'The setting "{setting}" is missing.', setting=name)
            return default
        return value

    def text(self, name, default=None):
        value = self._get(name, default)
        return value if value is default else str(value)

    def number(self, name, default=None, low=None, high=None, kind=float):
        value = self._get(name, default)
        if value is default:
            return default
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(value)
            if kind is int and number != int(number):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            code, what = ("SETTING_NOT_WHOLE", "a whole number") if kind is int else ("SETTING_NOT_A_NUMBER", "a number")
            sentence = 'The setting "{setting}" must be ' + what + ', not "{value}".'
            raise StepError(code, sentence, setting=name, value=value) from None
        if number != number or (low is not None and number < low) or (high is not None and number > high):
            least = "-" if low is None else f"{low:g}"
            most = "-" if high is None else f"{high:g}"
            raise StepError(
                "SETTING_OUT_OF_RANGE",
                'The setting "{setting}" is {value}; it must lie between {least} and {most}.',
                setting=name,
                value=value,
                least=least,
                most=most,
            )
        return kind(number)

    def integer(self, name, default=None, low=None, high=None):
        return self.number(name, default, low, high, kind=int)

    def boolean(self, name, default=False):
        value = self._get(name, default)
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "1", "yes"):
            return True
        if str(value).lower() in ("false", "0", "no"):
            return False
        raise StepError(
            "SETTING_NOT_TRUE_OR_FALSE",
            'The setting "{setting}" must be true or false, not "{value}".',
            setting=name,
            value=value,
        )

    def choice(self, name, options, default=None):
        value = self.text(name, default)
        if value not in options:
            raise StepError(
                "SETTING_NOT_AN_OPTION",
                'The setting "{setting}" is "{value}"; it must be one of {options}.',
                setting=name,
                value=value,
                options=", ".join(options),
            )
        return value

    def texts(self, name, default=()):
        """A list of strings, given as a JSON list or as JSON text of one."""
        value = self._get(name, None)
        if value is None:
            return list(default)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise StepError("SETTING_NOT_TEXTS", 'The setting "{setting}" must be a list of texts.', setting=name)
        return value


REQUIRED = object()


class Step:
    """One attempt of one step: where its inputs are, where its outputs go, how it reports."""

    def __init__(self, environ=None):
        environ = os.environ if environ is None else environ
        self.environ = environ
        self.inputs = Path(environ.get("AUTODIDACT_IN", "/in"))
        self.outputs = Path(environ.get("AUTODIDACT_OUT", "/out"))
        self.data = Path(environ.get("AUTODIDACT_DATA", "/data"))
        self.checkpoints = Path(environ.get("AUTODIDACT_CHECKPOINT", "/checkpoint"))
        self.run = environ.get("AUTODIDACT_RUN", "")
        self.name = environ.get("AUTODIDACT_STEP", "")
        self.attempt = environ.get("AUTODIDACT_ATTEMPT", "1")
        self.params = Params.read(self.inputs, environ)
        self.stop_asked = False
        self._guards = 0
        self._at_end = []

    def input(self, name):
        folder = self.inputs / name
        if not folder.is_dir():
            raise StepError(
                "INPUT_MISSING", 'The input "{input}" is missing: there is no folder {folder}.', input=name, folder=folder
            )
        return folder

    def output(self, name):
        """A fresh, empty folder for one output; what a dead attempt left there is removed."""
        folder = self.outputs / name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return folder

    def progress(self, fraction, message=""):
        fraction = min(1.0, max(0.0, fraction))
        print(f"progress: {fraction:.4g} {message}".rstrip(), flush=True)

    def log(self, message, level="info", **fields):
        line = {"level": level, "message": message, **fields}
        print(json.dumps(line, ensure_ascii=False, default=str), flush=True)

    @contextlib.contextmanager
    def uninterrupted(self):
        """Inside, SIGTERM waits: training state must not be torn in the middle of a step."""
        self._guards += 1
        try:
            yield
        finally:
            self._guards -= 1

    def stop_point(self):
        if self.stop_asked:
            raise Stopped

    def at_end(self, action):
        """`action()` runs when the step ends, however it ends."""
        self._at_end.append(action)

    def end(self):
        for action in self._at_end:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - reporting must not change the outcome
                self.log(f"not finished: {error}", level="warning")

    def on_sigterm(self, *_):
        self.stop_asked = True
        if self._guards == 0:
            raise Stopped


def main(run):
    """Runs `run(step)` and ends the process as the contract says: 0, 1 with a sentence, or 143."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    step = None
    try:
        step = Step()
        signal.signal(signal.SIGTERM, step.on_sigterm)
        run(step)
        step.progress(1, "done")
        code = 0
    except Stopped:
        print("stopped on request; the next attempt goes on from the last checkpoint", flush=True)
        code = STOPPED
    except StepError as error:
        code = fail(str(error), code=error.code, facts=error.facts)
    except KeyboardInterrupt:
        code = 130
    except MemoryError:
        code = fail("There was not enough memory; use a smaller batch size or resolution.", trace=True)
    except Exception as error:  # noqa: BLE001 - the last door: everything is told, nothing swallowed
        code = fail(explain(error), trace=True)
    if step is not None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        step.end()
    finish(code)


def finish(code):
    # Libraries' own exit hooks can hang for seconds or crash.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def fail(message, trace=False, **data):
    """The last words: one line for programs (`data`: the code and its facts), then the sentence for people."""
    if trace:
        data["trace"] = traceback.format_exc()
    line = {"level": "error", "message": message, **data}
    print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)
    print(f"error: {message}", file=sys.stderr, flush=True)
    return 1


def explain(error):
    name = type(error).__name__
    if name == "OutOfMemoryError":
        return "The GPU ran out of memory; use a smaller batch size or resolution, or a larger GPU."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full; free some space and start again."
    return f"{name}: {error}"


def read_json(path):
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StepError("FILE_MISSING", "{path} is missing.", path=path) from None
    except ValueError as error:
        raise StepError("JSON_INVALID", "{path} is not valid JSON: {why}.", path=path, why=error) from error


def write_json(path, value):
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    Path(path).write_text(text + "\n", encoding="utf-8")


def sha256_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def read_image_folder(folder):
    """(dataset.json, rows of metadata.jsonl) of a data set between components."""
    about = read_json(Path(folder) / "dataset.json")
    rows = []
    with open(Path(folder) / "metadata.jsonl", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                rows.append(json.loads(line))
    if not rows:
        raise StepError("DATASET_EMPTY", "The data set holds no pictures; accept some first.")
    return about, rows


def write_image_folder(folder, about, rows):
    write_json(Path(folder) / "dataset.json", {**about, "images": len(rows)})
    with open(Path(folder) / "metadata.jsonl", "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
