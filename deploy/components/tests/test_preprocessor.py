import tempfile
import unittest
from pathlib import Path

from PIL import Image

from tests import tiny
from tests.harness import component, run

component("preprocessor")

from buckets import bucket_sizes, cover_and_crop, nearest_bucket  # noqa: E402
from common.contract import StepError, read_image_folder, write_image_folder  # noqa: E402


class BucketsTest(unittest.TestCase):
    def test_every_bucket_fits_the_area_the_step_and_two_to_one(self):
        for resolution, step in ((64, 8), (512, 64), (768, 64), (1024, 64), (512, 8)):
            sizes = bucket_sizes(resolution, step)
            self.assertIn((resolution, resolution), sizes)
            for width, height in sizes:
                self.assertEqual((width % step, height % step), (0, 0))
                self.assertLessEqual(width * height, resolution**2)
                self.assertLessEqual(max(width, height), 2 * min(width, height))
                self.assertIn((height, width), sizes)
                self.assertGreater(width * height, 0.7 * resolution**2)

    def test_the_nearest_shape_is_chosen_however_extreme(self):
        sizes = bucket_sizes(512, 64)
        self.assertEqual(nearest_bucket(3000, 3000, sizes), (512, 512))
        self.assertEqual(nearest_bucket(4000, 3000, sizes), (576, 448))
        self.assertEqual(nearest_bucket(9000, 10, sizes), (640, 384))
        self.assertEqual(nearest_bucket(1, 1000, sizes), (384, 640))

    def test_the_crop_covers_the_bucket_and_loses_one_direction_only(self):
        for size in ((451, 300), (300, 451), (33, 33), (5000, 40)):
            bucket = nearest_bucket(*size, bucket_sizes(64, 8))
            resized, (left, top) = cover_and_crop(*size, bucket)
            self.assertGreaterEqual(resized, bucket)
            self.assertTrue(resized[0] == bucket[0] or resized[1] == bucket[1])
            self.assertLessEqual(left + bucket[0], resized[0])
            self.assertLessEqual(top + bucket[1], resized[1])


class PreprocessorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def load(self):
        dataset = tiny.save_dataset_version(self.folder / "data")
        out = run("data_loader", self.folder / "load", {"dataset": dataset}, {"AUTODIDACT_DATA": str(self.folder / "data")})
        return out / "dataset"

    def prepare(self, source, **params):
        out = run("preprocessor", self.folder / "prepare", params, dataset=source)
        return out / "dataset", *read_image_folder(out / "dataset")

    def test_every_picture_becomes_a_png_of_its_bucket_and_is_mirrored(self):
        out, about, rows = self.prepare(self.load(), resolution=32, bucket_step=8, mirror=True)
        self.assertEqual((len(rows), about["resolution"], about["trigger_word"]), (12, 32, "sks"))
        for row in rows:
            with Image.open(out / row["file_name"]) as image:
                self.assertEqual((image.format, image.mode, list(image.size)), ("PNG", "RGB", row["bucket"]))
        self.assertEqual({tuple(row["bucket"]) for row in rows}, {(32, 32), (40, 24), (24, 40)})
        plain, mirrored = (Image.open(out / row["file_name"]) for row in rows[:2])
        self.assertEqual(plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT).tobytes(), mirrored.tobytes())

    def folder_with(self, save, name="images/a.png"):
        source = self.folder / "source"
        (source / "images").mkdir(parents=True)
        save(source / name)
        write_image_folder(source, {}, [{"file_name": name, "text": "a"}])
        return source

    def test_a_picture_is_turned_as_its_camera_says(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        source = self.folder_with(lambda path: Image.new("RGB", (80, 40)).save(path, exif=exif), "images/a.jpg")
        _, _, rows = self.prepare(source, resolution=32, bucket_step=8)
        self.assertEqual((rows[0]["original_size"], rows[0]["bucket"]), ([40, 80], [24, 40]))

    def test_transparency_becomes_white(self):
        source = self.folder_with(lambda path: Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(path))
        out, _, rows = self.prepare(source, resolution=32, bucket_step=8)
        with Image.open(out / rows[0]["file_name"]) as image:
            self.assertEqual(image.getpixel((16, 16)), (255, 255, 255))

    def test_a_picture_that_cannot_be_read_is_named(self):
        source = self.folder_with(lambda path: path.write_bytes(b"not a picture"))
        with self.assertRaisesRegex(StepError, "images/a.png cannot be read"):
            self.prepare(source, resolution=32, bucket_step=8)


if __name__ == "__main__":
    unittest.main()
