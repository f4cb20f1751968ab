import json
import tempfile
import unittest
from pathlib import Path

from tests import tiny
from tests.harness import component, run

component("data_loader")

from common.contract import StepError, read_image_folder  # noqa: E402


class DataLoaderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.dataset = tiny.save_dataset_version(self.data)

    def load(self, dataset=None):
        params = {"dataset": dataset or self.dataset}
        return run("data_loader", self.folder / "step", params, {"AUTODIDACT_DATA": str(self.data)})

    def test_hands_on_every_picture_with_its_caption(self):
        about, rows = read_image_folder(self.load() / "dataset")
        self.assertEqual((about["source"], about["trigger_word"], about["class_noun"]), (self.dataset, "sks", "cat"))
        self.assertEqual(len(rows), 6)
        self.assertIn("a photo of sks cat, 고양이", [row["text"] for row in rows])

    def test_refuses_another_version(self):
        with self.assertRaisesRegex(StepError, "manifest.json is not the data set version"):
            self.load("sha256:" + "0" * 64)

    def test_refuses_a_changed_picture_by_name(self):
        victim = sorted((self.data / "images").iterdir())[2]
        victim.write_bytes(victim.read_bytes() + b"x")
        with self.assertRaisesRegex(StepError, victim.name):
            self.load()

    def test_refuses_a_missing_picture_by_name(self):
        victim = sorted((self.data / "images").iterdir())[3]
        victim.unlink()
        with self.assertRaisesRegex(StepError, f"{victim.name} is missing"):
            self.load()

    def test_refuses_a_name_that_leads_out_of_the_folder(self):
        import hashlib

        manifest = json.loads((self.data / "manifest.json").read_text())
        manifest["images"][0]["file"] = "images/../../secret.png"
        raw = json.dumps(manifest).encode()
        (self.data / "manifest.json").write_bytes(raw)
        with self.assertRaisesRegex(StepError, "secret.png"):
            self.load("sha256:" + hashlib.sha256(raw).hexdigest())

    def test_hands_on_copies_that_cannot_change_the_data_set(self):
        copy = next((self.load() / "dataset" / "images").iterdir())
        self.assertNotEqual(copy.stat().st_ino, (self.data / "images" / copy.name).stat().st_ino)


if __name__ == "__main__":
    unittest.main()
