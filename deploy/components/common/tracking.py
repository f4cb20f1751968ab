"""Metrics, params, tags and pictures to the platform over MLflow's wire, without the mlflow package.

A background thread sends in batches and retries; a dead tracking server costs log lines, never a
training run.
"""

import json
import mimetypes
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque

BATCH = {"params": 100, "tags": 100, "metrics": 1000}  # in sending order; MLflow's own limits
KEPT = 20_000  # metric points held while the server is away; the oldest go first
KEPT_ARTIFACTS = 500
PAUSE = 1.0
LONGEST_PAUSE = 30.0


class Refused(Exception):
    """The server understood and said no (4xx): sending the same again cannot help."""


class Tracking:
    """`Tracking.of(step)` never fails; without a tracking address it does nothing."""

    def __init__(self, uri, run_id, token="", log=print, timeout=10):
        self.uri = (uri or "").rstrip("/")
        self.run_id = run_id
        self.token = token
        self.log = log
        self.timeout = timeout
        self.enabled = bool(self.uri and run_id)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._closing = False
        self._pending = {kind: deque(maxlen=KEPT) for kind in BATCH}
        self._artifacts = deque(maxlen=KEPT_ARTIFACTS)
        self._artifact_root = None
        self._failures = 0
        if self.enabled:
            self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
            self._thread.start()

    @classmethod
    def of(cls, step):
        """The tracking of one step, flushed when the step ends."""
        environ = step.environ
        tracking = cls(
            environ.get("MLFLOW_TRACKING_URI"),
            environ.get("MLFLOW_RUN_ID"),
            environ.get("MLFLOW_TRACKING_TOKEN", ""),
            log=lambda text: step.log(text, level="warning"),
        )
        step.at_end(tracking.close)
        return tracking

    def metrics(self, values, step=0):
        now = int(time.time() * 1000)
        self._add("metrics", [metric(key, value, now, step) for key, value in values.items()])

    def params(self, values):
        self._add("params", [{"key": key, "value": text(value)[:6000]} for key, value in values.items()])

    def tags(self, values):
        self._add("tags", [{"key": key, "value": text(value)[:8000]} for key, value in values.items()])

    def artifact(self, path, data):
        """`data` (bytes) becomes the run's artifact at `path`, e.g. "samples/step-000100-0.png"."""
        if self.enabled:
            with self._lock:
                self._artifacts.append((path, data))
                self._idle.clear()
            self._wake.set()

    def close(self, seconds=20):
        """Sends what is left, for at most `seconds`; says so when something stayed behind."""
        if not self.enabled or self._closing:
            return
        self._closing = True
        self._wake.set()
        if not self._idle.wait(seconds):
            self.log("The tracking server did not answer; the last metrics were not sent.")

    def _add(self, kind, items):
        if self.enabled and items:
            with self._lock:
                self._pending[kind].extend(items)
                self._idle.clear()
            self._wake.set()

    def _work(self):
        while True:
            self._wake.wait()
            if not self._closing:
                time.sleep(PAUSE)  # gather a batch
            self._wake.clear()
            while self._send_some():
                pass
            with self._lock:
                if not self._artifacts and not any(self._pending.values()):
                    self._idle.set()

    def _send_some(self):
        """Sends one request's worth; False when nothing is left."""
        for kind, most in BATCH.items():
            with self._lock:
                queue = self._pending[kind]
                items = [queue.popleft() for _ in range(min(most, len(queue)))]
            if items:
                self._attempt(
                    lambda kind=kind, items=items: self._call("POST", "runs/log-batch", {"run_id": self.run_id, kind: items}),
                    lambda kind=kind, items=items: self._pending[kind].extendleft(reversed(items)),
                )
                return True
        with self._lock:
            artifact = self._artifacts.popleft() if self._artifacts else None
        if artifact:
            self._attempt(lambda: self._put(*artifact), lambda: self._artifacts.appendleft(artifact))
            return True
        return False

    def _attempt(self, send, put_back):
        try:
            send()
            if self._failures >= 3:
                self.log("The tracking server answers again.")
            self._failures = 0
        except Refused as error:
            self.log(f"The tracking server refused: {error}")
        except (OSError, ValueError) as error:
            self._failures += 1
            if self._failures == 3:
                self.log(f"The tracking server does not answer ({error}); training goes on, it is tried again.")
            with self._lock:
                put_back()
            pause = min(LONGEST_PAUSE, 0.5 * 2 ** min(self._failures, 8))
            self._rest(min(pause, 1.0) if self._closing else pause)

    def _rest(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (self._closing and seconds > 1):
            time.sleep(0.1)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        raw = self._request(method, f"{self.uri}/api/2.0/mlflow/{path}", data, "application/json")
        return json.loads(raw or b"{}")

    def _put(self, path, data):
        if self._artifact_root is None:
            run = self._call("GET", "runs/get?" + urllib.parse.urlencode({"run_id": self.run_id}))
            root = run.get("run", {}).get("info", {}).get("artifact_uri", "")
            if not root.startswith("mlflow-artifacts:/"):
                raise Refused(f"artifacts at {root!r} are not served over HTTP")
            self._artifact_root = urllib.parse.urlsplit(root).path.strip("/")
        where = urllib.parse.quote(f"{self._artifact_root}/{path}")
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self._request("PUT", f"{self.uri}/api/2.0/mlflow-artifacts/artifacts/{where}", data, kind)

    def _request(self, method, url, data, content_type):
        request = urllib.request.Request(url, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", content_type)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return reply.read()
        except urllib.error.HTTPError as error:
            detail = error.read(500).decode("utf-8", "replace")
            if error.code in (408, 425, 429) or error.code >= 500:
                raise OSError(f"HTTP {error.code}") from error
            raise Refused(f"HTTP {error.code} {detail}") from error


def metric(key, value, timestamp, step):
    value = float(value)
    if value != value:
        value = "NaN"
    elif value in (float("inf"), float("-inf")):
        value = "Infinity" if value > 0 else "-Infinity"
    return {"key": key, "value": value, "timestamp": timestamp, "step": int(step)}


def text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
