import json
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.harness import component

component("data_loader")

from common import tracking  # noqa: E402
from common.tracking import Tracking  # noqa: E402


class Server:
    """Answers MLflow's wire and remembers; `answers` are the status codes of the next requests."""

    def __init__(self):
        self.seen, self.answers = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = outer.answers.pop(0) if outer.answers else 200
                if status == 200:
                    outer.seen.append((self.command, self.path, body, dict(self.headers)))
                self.send_response(status)
                self.end_headers()
                if self.path.startswith("/api/2.0/mlflow/runs/get"):
                    reply = {"run": {"info": {"artifact_uri": "mlflow-artifacts:/7/r1/artifacts"}}}
                    self.wfile.write(json.dumps(reply).encode())

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def batches(self, kind):
        sent = [json.loads(body) for _, path, body, _ in self.seen if path.endswith("runs/log-batch")]
        return [batch[kind] for batch in sent if kind in batch]


class TrackingTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.http.server_close)
        self.addCleanup(self.server.http.shutdown)
        self.lines = []

    def client(self):
        return Tracking(self.server.url, "r1", "secret", log=self.lines.append)

    def test_points_go_in_batches_within_mlflows_limits(self):
        client = self.client()
        for step in range(2500):
            client.metrics({"loss": 1 / (step + 1)}, step)
        client.params({f"p{number}": number for number in range(150)})
        client.metrics({"loss": float("nan")}, 2500)
        client.close()
        points = [point for batch in self.server.batches("metrics") for point in batch]
        self.assertEqual([point["step"] for point in points], list(range(2501)))
        self.assertEqual(points[-1]["value"], "NaN")
        self.assertTrue(all(len(batch) <= 1000 for batch in self.server.batches("metrics")))
        self.assertEqual([len(batch) for batch in self.server.batches("params")], [100, 50])
        self.assertEqual(self.server.seen[0][3]["Authorization"], "Bearer secret")

    def test_pictures_go_to_the_runs_artifacts(self):
        client = self.client()
        client.artifact("samples/step-000100-0.png", b"png")
        client.close()
        method, path, body, headers = self.server.seen[-1]
        self.assertEqual((method, body, headers["Content-Type"]), ("PUT", b"png", "image/png"))
        self.assertEqual(path, "/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts/samples/step-000100-0.png")

    def test_a_failing_server_is_tried_again_and_nothing_is_lost_or_doubled(self):
        self.server.answers = [503, 429, 500]
        client = self.client()
        client.metrics({"loss": 1}, 1)
        client.close()
        self.assertEqual([len(batch) for batch in self.server.batches("metrics")], [1])

    def test_a_refusal_does_not_hold_up_the_rest(self):
        self.server.answers = [400]
        client = self.client()
        client.params({"rank": 4})
        client.metrics({"loss": 1}, 1)
        client.close()
        self.assertEqual(len(self.server.batches("metrics")), 1)
        self.assertTrue(any("refused" in line for line in self.lines))

    def test_a_dead_server_costs_neither_time_nor_the_run(self):
        started = time.monotonic()
        client = Tracking("http://127.0.0.1:9", "r1", log=self.lines.append)
        for step in range(1000):
            client.metrics({"loss": 1}, step)
            client.artifact(f"{step}.png", b"")
        self.assertLess(time.monotonic() - started, 1)
        client.close(seconds=2)
        self.assertLess(time.monotonic() - started, 5)
        self.assertLessEqual(len(client._artifacts), tracking.KEPT_ARTIFACTS)
        self.assertTrue(any("not sent" in line for line in self.lines))

    def test_without_an_address_it_does_nothing(self):
        client = Tracking(None, None)
        client.metrics({"loss": 1})
        client.artifact("a.png", b"")
        client.close()


if __name__ == "__main__":
    unittest.main()
