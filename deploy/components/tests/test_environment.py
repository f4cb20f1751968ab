"""The pinned environment: its lock, the choice of torch, the vision export, the sample project's pool."""

import contextlib
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.harness import COMPONENTS, component

component("data_loader")
ENVIRONMENT = COMPONENTS / "environment"


def module(name):
    spec = importlib.util.spec_from_file_location(name, ENVIRONMENT / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


install = module("install")


@contextlib.contextmanager
def serving(page):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    os.environ["AUTODIDACT_TORCH_CPU_INDEX"] = f"http://127.0.0.1:{http.server_port}/whl/cpu"
    try:
        yield
    finally:
        del os.environ["AUTODIDACT_TORCH_CPU_INDEX"]
        http.shutdown()
        http.server_close()


class LockTest(unittest.TestCase):
    def test_every_entry_is_pinned_with_hashes(self):
        for lock in (install.LOCK, install.UV_LOCK):
            entries = install.entries(lock.read_text())
            for entry in entries:
                with self.subTest(entry=entry.splitlines()[0]):
                    self.assertRegex(entry, r"^[a-z0-9._-]+==\S+")
                    self.assertIn("--hash=sha256:", entry)
        self.assertGreater(len(install.entries(install.LOCK.read_text())), 50)

    def test_every_wish_is_in_the_lock(self):
        names = {install.name_of(entry) for entry in install.entries(install.LOCK.read_text())}
        for line in (ENVIRONMENT / "requirements.in").read_text().splitlines():
            if line and not line.startswith("#"):
                self.assertIn(install.name_of(line), names)

    def test_this_environment_is_the_locks_torch(self):
        import torch

        self.assertEqual(torch.__version__.split("+")[0], install.pinned_torch(install.LOCK.read_text()))


class CpuTorchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lock = Path(folder.name) / "cpu.lock"
        self.version = install.pinned_torch(install.LOCK.read_text())

    def wheel(self, python=None, version=None, hashed=True):
        tag = python or "cp%d%d" % sys.version_info[:2]
        name = f"torch-{version or self.version}%2Bcpu-{tag}-{tag}-manylinux_2_28_{os.uname().machine}.whl"
        return f'<a href="/whl/cpu/{name}{"#sha256=" + "a" * 64 if hashed else ""}" data-x="1">{name}</a>\n'

    def test_takes_the_index_s_wheel_with_the_hash_that_it_states(self):
        with serving(self.wheel("cp38") + self.wheel(version="1.0.0") + self.wheel()):
            path = install.lock_for_cpu(self.lock)
        text = path.read_text()
        self.assertIn("--hash=sha256:" + "a" * 64, text)
        self.assertRegex(text, r"(?m)^torch @ http://127.0.0.1:\d+/whl/cpu/torch-")
        names = [install.name_of(entry) for entry in install.entries(text)]
        self.assertEqual(names.count("torch"), 1)
        self.assertFalse([name for name in names if name.startswith(("nvidia", "cuda", "triton"))])
        self.assertIn("diffusers", names)

    def test_does_without_it_otherwise(self):
        for page in (self.wheel(hashed=False), self.wheel("cp38"), "<html>", ""):
            with serving(page):
                self.assertIsNone(install.lock_for_cpu(self.lock))
        os.environ["AUTODIDACT_TORCH_CPU_INDEX"] = "http://127.0.0.1:9"
        self.addCleanup(os.environ.pop, "AUTODIDACT_TORCH_CPU_INDEX")
        self.assertIsNone(install.lock_for_cpu(self.lock))


class MessagesTest(unittest.TestCase):
    def test_a_failure_says_what_to_do(self):
        for said, expected in (
            ("error: Failed to fetch: `https://pypi.org/simple/torch/`\n  dns error", "cannot be reached"),
            ("error: write: No space left on device (os error 28)", "disk is full"),
            ("Hash mismatch for `torch==2.15.0`", "not the one that the lock"),
            ("torch has no wheels with a matching platform tag", "no build for this system"),
        ):
            self.assertIn(expected, install.explain_failure(said))

    def test_a_ready_environment_of_another_lock_is_not_ready(self):
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.json"
            self.assertFalse(install.is_ready(ready, "a"))
            ready.write_text("{")
            self.assertFalse(install.is_ready(ready, "a"))
            install.write_whole(ready, {"lock": "a"})
            self.assertTrue(install.is_ready(ready, "a"))
            self.assertFalse(install.is_ready(ready, "b"))


class VisionExportTest(unittest.TestCase):
    def test_the_exported_network_computes_what_torch_computes(self):
        import numpy as np

        try:
            import onnxruntime
        except ImportError:
            onnxruntime = None
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-B", str(ENVIRONMENT / "export_vision.py"), folder]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            about = json.loads((Path(folder) / "efficientnet-lite0.json").read_text())
            raw = (Path(folder) / about["file"]).read_bytes()
            self.assertEqual(hashlib.sha256(raw).hexdigest(), about["sha256"])
            self.assertEqual((about["dimensions"], len(about["classes"])), (1280, 1000))
            if onnxruntime is None:  # not part of the components' environment: the server brings its own
                return
            session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
            grey = (about["probe"]["grey"] - 127) / 128
            features, logits = session.run(None, {"pixels": np.full((3, 3, 224, 224), grey, dtype=np.float32)})
        self.assertEqual((features.shape, logits.shape), ((3, 1280), (3, 1000)))
        np.testing.assert_allclose(features[2, :8], about["probe"]["features"], atol=1e-3)
        np.testing.assert_allclose(logits[2, :8], about["probe"]["logits"], atol=1e-2)


class SamplePoolTest(unittest.TestCase):
    def test_has_something_to_choose_from_and_something_to_refuse(self):
        from PIL import Image

        pool = module("sample_pool")
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            names = pool.make_pool(folder)
            cats = [name for name in names if name[:4] == "cat-" and len(name) == len("cat-01.jpg")]
            self.assertGreaterEqual(len(cats), 16)
            hashes = []
            for name in cats:
                with Image.open(folder / name) as image:
                    self.assertGreaterEqual(min(image.size), 256)
                    hashes.append(pool.difference_hash(image))
            gaps = [sum(a != b for a, b in zip(one, two)) for i, one in enumerate(hashes) for two in hashes[:i]]
            self.assertGreaterEqual(min(gaps), pool.DIFFERENT - 2)  # JPEG costs a bit or two
            self.assertEqual((folder / "IMG_2041.jpg").read_bytes(), (folder / "cat-05.jpg").read_bytes())
            with self.assertRaises(OSError), Image.open(folder / "download-incomplete.jpg") as image:
                image.load()
            with Image.open(folder / "thumbnail.jpg") as image:
                self.assertLess(max(image.size), 64)
            licence = (folder / "LICENSE.txt").read_text()
            self.assertIn("chelsea", licence.lower())
            again = {name: (folder / name).read_bytes() for name in names}
            pool.make_pool(folder)
            self.assertEqual(again, {name: (folder / name).read_bytes() for name in names})


if __name__ == "__main__":
    unittest.main()
