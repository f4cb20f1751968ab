"""Exports EfficientNet-lite0 to ONNX for the server's embedding workers.

    python export_vision.py <folder>

writes efficientnet-lite0.onnx (inputs "pixels" n x 3 x 224 x 224 as (value - 127) / 128; outputs
"features" n x 1280 and "logits" n x 1000), efficientnet-lite0.json (how to prepare pictures, class
names, a checksum and a probe to check the runtime with).
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from common.contract import sha256_file, write_json
from common.vision import SIDE, class_names, load_efficientnet

NAME = "efficientnet-lite0"


def export(folder):
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = load_efficientnet()

        def forward(self, pixels):
            features = self.model.extract_features(pixels).mean((2, 3))
            return features, self.model._fc(features)

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network = Network().eval()
    final, temporary = folder / f"{NAME}.onnx", folder / f".{NAME}.onnx.part"
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(temporary),
        input_names=["pixels"],
        output_names=["features", "logits"],
        dynamic_axes={"pixels": {0: "n"}, "features": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    os.replace(temporary, final)
    with torch.no_grad():
        # Grey value 200 everywhere: a server can check its runtime and preparation with it.
        features, logits = network(torch.full((1, 3, SIDE, SIDE), (200 - 127) / 128))
    write_json(
        folder / f"{NAME}.json",
        {
            "name": NAME,
            "file": final.name,
            "sha256": sha256_file(final),
            "dimensions": features.shape[1],
            "input": {"name": "pixels", "side": SIDE, "layout": "NCHW", "subtract": 127, "divide": 128},
            "outputs": {"features": "features", "logits": "logits"},
            "probe": {"grey": 200, "features": features[0, :8].tolist(), "logits": logits[0, :8].tolist()},
            "classes": class_names(),
            "licence": "Apache-2.0 (network and weights); class names: torchvision, BSD-3-Clause",
        },
    )
    return final


if __name__ == "__main__":
    print(export(sys.argv[1]))
