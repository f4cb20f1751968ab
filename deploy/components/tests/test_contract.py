import json
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

from tests.harness import COMPONENTS, component

component("data_loader")

from common.contract import REQUIRED, Params, StepError  # noqa: E402


def program(folder, body, environ=None):
    """Runs a small component in a process of its own."""
    path = Path(folder) / "main.py"
    path.write_text(
        f"import sys; sys.path.insert(0, {str(COMPONENTS)!r})\n"
        "from common.contract import main, StepError\n" + textwrap.dedent(body) + "\nmain(run)\n"
    )
    values = {"PATH": "/usr/bin:/bin", "AUTODIDACT_IN": folder, "AUTODIDACT_OUT": folder, **(environ or {})}
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=values, timeout=60)


class ParamsTest(unittest.TestCase):
    def test_a_wrong_value_is_named(self):
        params = Params({"rank": "four", "steps": 10.5, "alpha": 9, "mirror": "maybe", "size": True})
        for read, name in (
            (lambda: params.integer("rank"), "rank"),
            (lambda: params.integer("steps"), "steps"),
            (lambda: params.number("alpha", high=8), "alpha"),
            (lambda: params.boolean("mirror"), "mirror"),
            (lambda: params.integer("size"), "size"),
            (lambda: params.text("prompt", REQUIRED), "prompt"),
        ):
            with self.assertRaisesRegex(StepError, name):
                read()

    def test_texts_are_a_list_or_json_of_one(self):
        self.assertEqual(Params({"a": ["x"]}).texts("a"), ["x"])
        self.assertEqual(Params({"a": '["x", "고양이"]'}).texts("a"), ["x", "고양이"])
        self.assertEqual(Params({"a": "a cat"}).texts("a"), ["a cat"])
        self.assertEqual(Params({}).texts("a", ["y"]), ["y"])

    def test_the_file_wins_and_the_environment_fills_in(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "params.json").write_text('{"rank": 4}')
            params = Params.read(folder, {"PARAM_RANK": "8", "PARAM_STEPS": "20"})
        self.assertEqual((params.integer("rank"), params.integer("steps")), (4, 20))


class EndTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_success_says_so(self):
        done = program(self.folder, "def run(step): step.progress(0.42, 'half 반')")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), ["progress: 0.42 half 반", "progress: 1 done"])

    def test_a_known_failure_is_one_sentence(self):
        done = program(self.folder, "def run(step): raise StepError('CAT', 'The {cat} is missing.', cat='{cat} 1')")
        data, sentence = done.stderr.splitlines()
        self.assertEqual((done.returncode, sentence), (1, "error: The {cat} 1 is missing."))
        wanted = {"level": "error", "message": "The {cat} 1 is missing.", "code": "CAT", "facts": {"cat": "{cat} 1"}}
        self.assertEqual(json.loads(data), wanted)

    def test_an_unknown_failure_carries_its_trace(self):
        done = program(self.folder, "def run(step): 1 / 0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ZeroDivisionError", json.loads(done.stderr.splitlines()[0])["trace"])
        self.assertEqual(done.stderr.splitlines()[-1], "error: ZeroDivisionError: division by zero")

    def test_sigterm_ends_with_143_but_never_inside_a_guarded_part(self):
        done = program(
            self.folder,
            """
            import os, signal
            def run(step):
                with step.uninterrupted():
                    os.kill(os.getpid(), signal.SIGTERM)
                    print('whole', flush=True)
                step.stop_point()
                print('never')
            """,
        )
        self.assertEqual(done.returncode, 143, done.stderr)
        self.assertIn("whole", done.stdout)
        self.assertNotIn("never", done.stdout)

    def test_broken_settings_are_told(self):
        (Path(self.folder) / "params.json").write_text("{")
        done = program(self.folder, "def run(step): pass")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not valid JSON", done.stderr)


if __name__ == "__main__":
    unittest.main()
