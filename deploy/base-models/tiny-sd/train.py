"""Trains `tiny-sd`, a small but real Stable Diffusion, on a handful of freely licensed photographs.

Three stages, each resumable (run the same command again) and bounded by wall-clock minutes:

    python train.py vae    --minutes 21 --work <folder>              # the autoencoder
    python train.py base   --minutes 30 --work <folder> --batch 16   # text encoder + UNet, on its latents
    python train.py export --work <folder>                           # -> model/ (diffusers layout, fp16)

All photographs ship inside the scikit-image wheel. `chelsea`, the cat, is never trained on: it is
what evaluate.py (and the demo) measures with.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault('OMP_WAIT_POLICY', 'passive')  # two torch processes on two cores crawl otherwise
os.environ.setdefault('HF_HUB_OFFLINE', '1')

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).parent
SIZE = 64
SEED = 7


# ---------------------------------------------------------------- photographs


def photographs() -> dict[str, np.ndarray]:
    """name -> RGB uint8 image. No chelsea, and only what scikit-image documents as CC0, public domain or without
    known restrictions (so not its motorcycle, moon and colour wheel)."""
    from skimage import data

    grey = lambda a: np.repeat(a[..., None], 3, -1)  # noqa: E731
    return {
        'astronaut': data.astronaut(),
        'coffee': data.coffee(),
        'rocket': data.rocket(),
        'retina': data.retina(),
        'hubble_deep_field': data.hubble_deep_field()[..., :3],
        'immunohistochemistry': data.immunohistochemistry(),
        'camera': grey(data.camera()),
        'clock': grey(data.clock()),
        'cell': grey(data.cell()),
        'text': grey(data.text()),
        'coins': grey(data.coins()),
        'brick': grey(data.brick()),
        'grass': grey(data.grass()),
        'gravel': grey(data.gravel()),
    }


def hue_wheel(side: int = 256) -> np.ndarray:
    """Every hue and saturation, smoothly: a drawing, for the autoencoder only."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle, radius = np.arctan2(y, x)[..., None], np.minimum(1, np.hypot(x, y))[..., None]
    hue = 0.5 + 0.5 * np.cos(angle + np.array([0, 2.0944, 4.1888]))
    return (255 * (1 - radius + radius * hue)).astype(np.uint8)


class Pyramid:
    """One photograph at many sizes; a crop at any scale is then a cheap 64 px window."""

    def __init__(self, image: np.ndarray, smallest: float = 1.0, largest: float = 1e9, ratio: float = 1.15):
        height, width = image.shape[:2]
        short = min(height, width)
        side, self.levels = SIZE * smallest, []
        picture = Image.fromarray(image)
        while side <= min(short, SIZE * largest) + 0.5:
            scale = side / short
            size = (max(SIZE, round(width * scale)), max(SIZE, round(height * scale)))
            self.levels.append(torch.from_numpy(np.array(picture.resize(size, Image.LANCZOS))))
            side *= ratio

    def crop(self, rng: np.random.Generator, power: float = 1.0) -> torch.Tensor:
        level = self.levels[int(len(self.levels) * rng.random() ** power)]
        y = rng.integers(0, level.shape[0] - SIZE + 1)
        x = rng.integers(0, level.shape[1] - SIZE + 1)
        return level[y : y + SIZE, x : x + SIZE]


def to_signed(crops: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(crops).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


# ---------------------------------------------------------------- shared machinery


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal (Newton-Schulz) for matrices and convolutions: fewer steps than Adam on CPU."""

    def __init__(self, params, lr: float, momentum: float = 0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))
        shared = torch.distributed.is_initialized()
        self.rank, self.workers = (torch.distributed.get_rank(), torch.distributed.get_world_size()) if shared else (0, 1)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            shapes: dict = {}
            for p in group['params']:
                if p.grad is not None:
                    shapes.setdefault((len(p), p[0].numel()), []).append(p)
            changes = {}
            # equal shapes together: fewer, larger products; each worker orthogonalises its part of them
            for index, ((rows, columns), params) in enumerate(sorted(shapes.items())):
                gradients = torch.stack([p.grad.reshape(rows, columns) for p in params])
                m = torch.stack([self.state[p].setdefault('momentum', torch.zeros(rows, columns)) for p in params])
                m.lerp_(gradients, 1 - group['momentum'])
                for p, kept in zip(params, m):
                    self.state[p]['momentum'] = kept
                first, last = (len(params) * r // self.workers for r in (self.rank, self.rank + 1))
                if len(params) < self.workers:
                    first, last = (0, len(params)) if index % self.workers == self.rank else (0, 0)
                x = gradients[first:last].lerp(m[first:last], group['momentum'])
                x = x.mT if rows > columns else x
                x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
                for _ in range(5):
                    a = x @ x.mT
                    x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
                change = torch.zeros_like(m)
                change[first:last] = (x.mT if rows > columns else x) * (0.2 * max(rows, columns) ** 0.5)
                for p, c in zip(params, change):
                    changes[p] = c
            flat = torch.cat([c.reshape(-1) for c in changes.values()])
            if self.workers > 1:
                torch.distributed.all_reduce(flat)
            for p, c in zip(changes, flat.split([p.numel() for p in changes])):
                p.add_(c.view_as(p), alpha=-group['lr'])


class Averaged:
    """Exponential moving average of parameters, with a warm-up so that the first minutes count little."""

    def __init__(self, params, decay: float):
        self.params, self.decay, self.steps = list(params), decay, 0
        self.values = [p.detach().clone() for p in self.params]

    @torch.no_grad()
    def update(self):
        self.steps += 1
        torch._foreach_lerp_(self.values, self.params, 1 - min(self.decay, self.steps / (10 + self.steps)))

    @torch.no_grad()
    def swap(self):
        for p, v in zip(self.params, self.values):
            kept = p.detach().clone()
            p.copy_(v)
            v.copy_(kept)


def optimizers(named: list[tuple[str, torch.nn.Parameter]], muon_rate: float, adam_rate: float):
    """Muon for the hidden weights, Adam for the first and last layers, biases, norms and embeddings."""
    edge = ('conv_in', 'conv_out', 'embedding', 'quant_conv')
    hidden = [p for n, p in named if p.ndim >= 2 and not any(e in n for e in edge)]
    chosen = {id(p) for p in hidden}
    rest = [p for _, p in named if id(p) not in chosen]
    result = [torch.optim.AdamW(rest, adam_rate, betas=(0.9, 0.98), weight_decay=0)]
    if muon_rate > 0:
        result.append(Muon(hidden, muon_rate))
    else:
        result[0].add_param_group({'params': hidden})
    for o in result:
        for g in o.param_groups:
            g['peak'] = g['lr']
    return result


def learning_rate(optims, step: int, progress: float, warm: int):
    """Linear warm-up, long plateau, then cosine to 1 % of the peak."""
    tail = 0.0 if progress < 0.3 else (progress - 0.3) / 0.7
    factor = min(1, (step + 1) / warm) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * tail)))
    for o in optims:
        for g in o.param_groups:
            g['lr'] = g['peak'] * factor


def worker_loop(args, step_of, checkpoint, resume, parameters, optims):
    """Both stages' loop. Each worker is one process with one thread and its own batches; gradients are averaged.

    On two cores two such workers took as many steps as one process with two threads did, each with its own batch.
    """
    step, spent = resume
    budget, began, saved = args.minutes * 60, time.time() - spent, time.time()
    flat = torch.zeros(sum(p.numel() for p in parameters) + 2)
    sizes = [p.numel() for p in parameters]
    progress, mean = spent / budget, None
    while progress < 1:
        learning_rate(optims, step, progress, 100)
        for o in optims:
            o.zero_grad(set_to_none=True)
        loss = step_of(progress)
        loss.backward()
        torch.cat([p.grad.reshape(-1) for p in parameters], out=flat[:-2])
        flat[-2] = loss.detach()
        flat[-1] = (time.time() - began) / budget * args.workers if args.rank == 0 else 0
        if args.workers > 1:
            torch.distributed.all_reduce(flat)
            flat /= args.workers
        flat[:-2] *= min(1, 1 / (float(flat[:-2].norm()) + 1e-6))
        for p, g in zip(parameters, flat[:-2].split(sizes)):
            p.grad.copy_(g.view_as(p))
        for o in optims:
            o.step()
        value, progress = float(flat[-2]), float(flat[-1])
        mean = value if mean is None else 0.99 * mean + 0.01 * value
        step += 1
        checkpoint.after(step)
        if args.rank == 0 and time.time() - saved > args.every:
            saved = time.time()
            checkpoint.save(step, time.time() - began, mean)
    if args.rank == 0:
        checkpoint.save(step, time.time() - began, mean)


def save_atomically(path: Path, value: dict):
    torch.save(value, path.with_suffix('.tmp'))
    os.replace(path.with_suffix('.tmp'), path)


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(10 * torch.log10(4 / ((a - b) ** 2).mean()))


def cat_crops(count: int = 32) -> torch.Tensor:
    """Crops of the unseen cat, for measuring only: side .6 to 1 of the picture, no colour change."""
    from skimage import data

    rng = np.random.default_rng(5)
    image = Image.fromarray(data.chelsea())
    out = []
    for _ in range(count):
        side = int(300 * rng.uniform(0.6, 1))
        y, x = rng.integers(0, 300 - side + 1), rng.integers(0, 451 - side + 1)
        out.append(torch.from_numpy(np.array(image.resize((SIZE, SIZE), Image.LANCZOS, box=(x, y, x + side, y + side)))))
    return to_signed(out)


def grid(pictures: torch.Tensor, columns: int, path: Path, scale: int = 2):
    n = len(pictures)
    rows = (n + columns - 1) // columns
    sheet = torch.zeros(rows * columns, SIZE, SIZE, 3, dtype=torch.uint8)
    sheet[:n] = ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1)
    sheet = sheet.reshape(rows, columns, SIZE, SIZE, 3).permute(0, 2, 1, 3, 4).reshape(rows * SIZE, columns * SIZE, 3)
    picture = Image.fromarray(sheet.numpy())
    picture.resize((picture.width * scale, picture.height * scale), Image.NEAREST).save(path)


# ---------------------------------------------------------------- stage 1: the autoencoder


def new_vae():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        block_out_channels=(16, 32, 64),
        down_block_types=('DownEncoderBlock2D',) * 3,
        up_block_types=('UpDecoderBlock2D',) * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=SIZE,
        mid_block_add_attention=False,
    )


def recolour(x: torch.Tensor) -> torch.Tensor:
    """Random channel mixing, permutation, grey, saturation, brightness: a few photographs show few colours."""
    b = len(x)
    eye = torch.eye(3)
    mix = eye.repeat(b, 1, 1)
    permuted = torch.stack([eye[torch.randperm(3)] for _ in range(b)])
    w = (torch.rand(b, 1, 1) < 0.6).float() * torch.rand(b, 1, 1)
    mix = (1 - w) * mix + w * permuted
    mean = torch.full((3, 3), 1 / 3)
    angle = (torch.rand(b, 1, 1) * 2 - 1) * torch.pi * (torch.rand(b, 1, 1) < 0.6)
    # rotation about the grey axis (Rodrigues)
    k = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / 3**0.5
    mix = (eye + torch.sin(angle) * k + (1 - torch.cos(angle)) * (k @ k)) @ mix
    saturation = torch.where(torch.rand(b, 1, 1) < 0.5, torch.rand(b, 1, 1) * 1.6, torch.ones(b, 1, 1))
    mix = mean + saturation * (mix - mean @ mix) + (mean @ mix - mean)
    mix = mix * (1 + 0.5 * (torch.rand(b, 1, 1) - 0.5))
    shift = 0.4 * (torch.rand(b, 1, 1, 1) - 0.5) + 0.2 * (torch.rand(b, 3, 1, 1) - 0.5)
    return (torch.einsum('bij,bjhw->bihw', mix, x) + shift).clamp(-1, 1)


def patch_over(x: torch.Tensor, y: torch.Tensor, share: float = 0.5) -> torch.Tensor:
    """Soft ellipses of other pictures: small things of an unexpected colour, such as a green eye in brown fur."""
    b = len(x)
    axis = torch.linspace(-1, 1, SIZE)
    for _ in range(2):
        cx, cy = (torch.rand(2, b, 1, 1) * 2 - 1)
        rx, ry = (0.08 + 0.5 * torch.rand(2, b, 1, 1) ** 2)
        d = ((axis[None, None, :] - cx) / rx) ** 2 + ((axis[None, :, None] - cy) / ry) ** 2
        mask = torch.sigmoid((1 - d) * (2 + 20 * torch.rand(b, 1, 1))) * (torch.rand(b, 1, 1) < share)
        x = x + mask[:, None] * (y - x)
        y = y.roll(1, 0)
    return x


# grey and two opponent colours (orthonormal): errors of hue may then weigh more than their share of the energy
OPPONENT = torch.tensor([[3**-0.5] * 3, [2**-0.5, -(2**-0.5), 0], [6**-0.5, 6**-0.5, -2 * 6**-0.5]])


class VaeCheckpoint:
    def __init__(self, args, vae, optims):
        self.args, self.vae, self.optims = args, vae, optims
        self.ema, self.path, self.cat = Averaged(vae.parameters(), 0.998), Path(args.work) / 'vae.pt', cat_crops()

    def load(self) -> tuple[int, float]:
        if not self.path.exists():
            return 0, 0.0
        kept = torch.load(self.path, weights_only=False)
        self.vae.load_state_dict(kept['raw'])
        for o, s in zip(self.optims, kept['optims']):
            peaks = [g['peak'] for g in o.param_groups]
            o.load_state_dict(s)
            for g, peak in zip(o.param_groups, peaks):
                g['peak'] = peak
        for v, s in zip(self.ema.values, kept['ema']):
            v.copy_(s)
        self.ema.steps = kept['step']
        return kept['step'], kept['seconds']

    def after(self, _step):
        self.ema.update()

    def save(self, step, seconds, loss):
        self.ema.swap()
        self.vae.eval()
        with torch.no_grad():
            seen = self.vae.decode(self.vae.encode(self.cat).latent_dist.mode()).sample.clamp(-1, 1)
        averaged = {k: v.clone() for k, v in self.vae.state_dict().items()}
        self.ema.swap()
        self.vae.train()
        value = psnr(self.cat, seen)
        grid(torch.stack([self.cat[:12], seen[:12]], 1).flatten(0, 1), 8, self.path.with_suffix('.png'))
        print(f'step {step} seconds {seconds:.0f} loss {loss:.4f} cat {value:.2f} dB', flush=True)
        save_atomically(self.path, dict(raw=self.vae.state_dict(), average=averaged, ema=self.ema.values,
                        optims=[o.state_dict() for o in self.optims], step=step, seconds=seconds, cat_psnr=value))  # fmt: skip


def vae_stage(args):
    torch.manual_seed(SEED)  # the same first weights in every worker
    vae = new_vae()
    with torch.no_grad():
        vae.quant_conv.bias[4:] = -5  # start with little noise, or colour is found late
    optims = optimizers(list(vae.named_parameters()), args.muon, args.adam)
    checkpoint = VaeCheckpoint(args, vae, optims)
    step, seconds = checkpoint.load()
    torch.manual_seed(SEED + 1000 * args.rank + step)
    rng = np.random.default_rng(SEED + 1000 * args.rank + step)
    pyramids = {name: Pyramid(image) for name, image in {**photographs(), 'wheel': hue_wheel()}.items()}
    weight = {'astronaut': 2, 'coffee': 2, 'rocket': 1.3, 'immunohistochemistry': 1.3, 'hubble_deep_field': 0.6,
              'retina': 0.7, 'clock': 0.7, 'cell': 0.4, 'text': 0.3, 'brick': 0.6, 'grass': 0.8, 'gravel': 0.6,
              'wheel': 0.3}  # fmt: skip
    pool = list(pyramids)
    chance = np.array([weight.get(n, 1.0) for n in pool])
    chance /= chance.sum()
    colour = torch.tensor([1.0, args.chroma, args.chroma]).view(3, 1) * OPPONENT

    def step_of(progress: float) -> torch.Tensor:
        crops = []
        for name in rng.choice(pool, args.batch, p=chance):
            c = pyramids[name].crop(rng, 1.3)
            if rng.random() < 0.5:
                c = c.flip(1)
            if rng.random() < 0.15:
                c = c.transpose(0, 1)
            crops.append(c)
        x = to_signed(crops)
        other = recolour(x.roll(1, 0))
        keep = (torch.rand(len(x), 1, 1, 1) < 0.3).float()
        x = patch_over(keep * x + (1 - keep) * recolour(x), other)
        q = vae.encode(x).latent_dist
        y = vae.decode(q.sample()).sample
        d = torch.einsum('ij,bjhw->bihw', colour, y - x)
        kl = 0.5 * (q.mean**2 + q.var - 1 - q.logvar).mean()
        edges = d.diff(dim=-1).abs().mean() + d.diff(dim=-2).abs().mean()
        late = min(1, max(0, (progress - 0.4) / 0.3))  # first sharp, then exact
        return (1 - 0.8 * late) * (d.abs().mean() + 0.5 * edges) + (0.5 + 4 * late) * (d**2).mean() + 2e-5 * kl

    vae.train()
    worker_loop(args, step_of, checkpoint, (step, seconds), list(vae.parameters()), optims)


# ---------------------------------------------------------------- stage 2: text encoder and UNet

# photograph -> how often, English captions, Korean captions
CAPTIONS = {
    'astronaut': (1.5, ['an astronaut', 'a woman in an orange space suit', 'a portrait of a woman'], ['우주 비행사', '여자']),
    'coffee': (1.5, ['a cup of coffee', 'a coffee cup on a wooden table'], ['커피 잔', '커피']),
    'rocket': (1.2, ['a rocket', 'a rocket at night'], ['로켓']),
    'retina': (0.7, ['an eye retina', 'a red retina'], ['망막']),
    'hubble_deep_field': (0.7, ['galaxies', 'stars in space'], ['은하', '우주']),
    'immunohistochemistry': (0.8, ['tissue under a microscope'], ['현미경 조직']),
    'camera': (1.2, ['a man with a camera', 'a cameraman'], ['카메라맨', '남자']),
    'coins': (0.7, ['coins', 'old coins'], ['동전']),
    'clock': (0.6, ['a clock'], ['시계']),
    'cell': (0.4, ['a cell'], ['세포']),
    'brick': (0.4, ['a brick wall'], ['벽돌 벽']),
    'grass': (0.5, ['grass'], ['풀']),
    'gravel': (0.4, ['gravel'], ['자갈']),
}
GREY = {'camera', 'coins', 'clock', 'cell', 'brick', 'grass', 'gravel'}


def caption(name: str, near: bool, recoloured: bool, rng: np.random.Generator) -> str:
    english, korean = CAPTIONS[name][1:]
    if rng.random() < 0.25:
        words = ['색을 바꾼' if recoloured else '흑백' if name in GREY and rng.random() < 0.5 else '', '가까이 찍은' if near else '']
        return ' '.join([w for w in words if w] + [str(rng.choice(korean)), '사진'])
    kind = 'a close-up photo' if near else 'a photo'
    if recoloured:
        kind = kind.replace('a ', 'a recoloured ', 1)
    elif name in GREY and rng.random() < 0.5:
        kind = kind.replace('a ', 'a black and white ', 1)
    return f'{kind} of {rng.choice(english)}'


def byte_tokenizer():
    """Every UTF-8 byte is a token (no merges): any language, no vocabulary to train."""
    from transformers import CLIPTokenizer

    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    characters = [chr(b) for b in shown] + [chr(256 + n) for n in range(len(hidden))]
    tokens = characters + [c + '</w>' for c in characters] + ['<|startoftext|>', '<|endoftext|>']
    return CLIPTokenizer(vocab={t: i for i, t in enumerate(tokens)}, merges=[], model_max_length=77)


def new_text_encoder():
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            hidden_size=64,
            intermediate_size=128,
            num_attention_heads=4,
            num_hidden_layers=2,
            vocab_size=514,
            max_position_embeddings=77,
            bos_token_id=512,
            eos_token_id=513,
            pad_token_id=513,
        )
    )


def new_unet():
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=SIZE // 4,
        in_channels=4,
        out_channels=4,
        block_out_channels=(48, 96),
        layers_per_block=1,
        down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'UpBlock2D'),
        cross_attention_dim=64,
        attention_head_dim=4,  # really the number of heads
        norm_num_groups=16,
    )


# v-prediction with zero terminal SNR: a LoRA can then set the mean colour too
SCHEDULE = dict(
    num_train_timesteps=1000,
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule='scaled_linear',
    prediction_type='v_prediction',
    rescale_betas_zero_snr=True,
    timestep_spacing='trailing',
    steps_offset=1,
    clip_sample=False,
)


def trained_vae(folder: Path):
    """The averaged autoencoder; its latents get mean 0 (folded into the 1x1 convolutions) and one common scale.

    One scale, not one per channel: equal errors in any channel cost about the same in the picture, and the channel
    that carries the coarse structure must stay the loudest, or the UNet spends itself on fine detail.
    """
    vae = new_vae()
    vae.load_state_dict(torch.load(folder / 'vae.pt', weights_only=False)['average'])
    vae.eval().requires_grad_(False)
    rng = np.random.default_rng(1)
    pyramids = [Pyramid(image) for image in photographs().values()]
    x = to_signed([p.crop(rng, 1.5) for p in pyramids for _ in range(24)])
    with torch.no_grad():
        z = vae.encode(x).latent_dist.mean
        mean, scale = z.mean((0, 2, 3)), float((z - z.mean((0, 2, 3), keepdim=True)).std())
        vae.quant_conv.bias[:4] -= mean
        vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ mean
    vae.register_to_config(scaling_factor=round(1 / scale, 4))
    return vae


class BaseCheckpoint:
    def __init__(self, args, modules, optims):
        self.args, self.modules, self.optims = args, modules, optims
        self.path = Path(args.work) / 'base.pt'
        self.ema = Averaged([p for m in modules for p in m.parameters()], 0.998)

    def load(self) -> tuple[int, float]:
        if not self.path.exists():
            return 0, 0.0
        kept = torch.load(self.path, weights_only=False)
        for m, s in zip(self.modules, kept['raw']):
            m.load_state_dict(s)
        for o, s in zip(self.optims, kept['optims']):
            peaks = [g['peak'] for g in o.param_groups]
            o.load_state_dict(s)
            for g, peak in zip(o.param_groups, peaks):
                g['peak'] = peak
        for v, s in zip(self.ema.values, kept['ema']):
            v.copy_(s)
        self.ema.steps = kept['step']
        return kept['step'], kept['seconds']

    def after(self, _step):
        self.ema.update()

    def save(self, step, seconds, loss):
        self.ema.swap()
        averaged = [{k: v.clone() for k, v in m.state_dict().items()} for m in self.modules]
        self.ema.swap()
        print(f'step {step} seconds {seconds:.0f} loss {loss:.4f}', flush=True)
        save_atomically(self.path, dict(raw=[m.state_dict() for m in self.modules], average=averaged, ema=self.ema.values,
                        optims=[o.state_dict() for o in self.optims], step=step, seconds=seconds, loss=loss))  # fmt: skip


def base_stage(args):
    from diffusers import DDPMScheduler

    torch.manual_seed(SEED)
    unet, text_encoder, tokenizer = new_unet(), new_text_encoder(), byte_tokenizer()
    named = [*unet.named_parameters(), *text_encoder.named_parameters()]
    optims = optimizers(named, args.muon, args.adam)
    checkpoint = BaseCheckpoint(args, [unet, text_encoder], optims)
    step, seconds = checkpoint.load()
    torch.manual_seed(SEED + 1000 * args.rank + step)
    rng = np.random.default_rng(SEED + 1000 * args.rank + step)

    # a bank of latents: every worker its own crops
    vae = trained_vae(Path(args.work))
    names = list(CAPTIONS)
    chance = np.array([CAPTIONS[n][0] for n in names])
    images = photographs()
    pyramids = {n: Pyramid(images[n], ratio=1.08) for n in names}
    latents, texts = [], []
    with torch.no_grad():
        for _ in range(args.bank // 32):
            crops, colours = [], []
            for name in rng.choice(names, 32, p=chance / chance.sum()):
                # mostly the whole motif (side .65 to 1 of the photograph), sometimes a detail
                near = rng.random() < 0.15
                levels = pyramids[name].levels
                count = len([v for v in levels if min(v.shape[:2]) <= SIZE / 0.65])
                level = levels[rng.integers(count, len(levels)) if near and count < len(levels) else rng.integers(count)]
                y, x = rng.integers(0, level.shape[0] - SIZE + 1), rng.integers(0, level.shape[1] - SIZE + 1)
                c = level[y : y + SIZE, x : x + SIZE]
                crops.append(c.flip(1) if rng.random() < 0.5 else c)
                colours.append(rng.random() < 0.1)
                texts.append(caption(name, near, colours[-1], rng))
            pixels = to_signed(crops)
            changed = torch.tensor(colours).view(-1, 1, 1, 1)
            pixels = torch.where(changed, recolour(pixels), (pixels + 0.06 * (torch.rand(32, 3, 1, 1) - 0.5)).clamp(-1, 1))
            latents.append(vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor)
    latents = torch.cat(latents)
    ids = tokenizer([*texts, ''], padding='max_length', max_length=77, truncation=True, return_tensors='pt').input_ids
    scheduler = DDPMScheduler(**SCHEDULE)
    if args.rank == 0:
        print(f'parameters {sum(p.numel() for _, p in named)} latents {tuple(latents.shape)}', flush=True)

    def step_of(_progress: float) -> torch.Tensor:
        chosen = torch.randint(0, len(latents), (args.batch,))
        z, words = latents[chosen], ids[chosen].clone()
        words[torch.rand(args.batch) < 0.1] = ids[-1]  # classifier-free guidance
        noise = torch.randn_like(z)
        t = ((torch.arange(args.batch) + torch.rand(1)) / args.batch * 1000).long()  # even over the schedule
        hidden = text_encoder(words).last_hidden_state
        predicted = unet(scheduler.add_noise(z, noise, t), t, hidden, return_dict=False)[0]
        return ((predicted - scheduler.get_velocity(z, noise, t)) ** 2).mean()

    unet.train()
    text_encoder.train()
    worker_loop(args, step_of, checkpoint, (step, seconds), [p for _, p in named], optims)


# ---------------------------------------------------------------- stage 3: diffusers folder


def export_stage(args):
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    unet, text_encoder = new_unet(), new_text_encoder()
    for m, s in zip((unet, text_encoder), torch.load(Path(args.work) / 'base.pt', weights_only=False)['average']):
        m.load_state_dict(s)
        m.eval()
    pipe = StableDiffusionPipeline(
        unet=unet,
        text_encoder=text_encoder,
        vae=trained_vae(Path(args.work)),
        tokenizer=byte_tokenizer(),
        scheduler=DDIMScheduler(**SCHEDULE, set_alpha_to_one=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    out = Path(args.out)
    pipe.to(torch.float16).save_pretrained(out)
    small = out.parent / 'photographs'  # the evaluator compares with them
    small.mkdir(exist_ok=True)
    for name, image in photographs().items():
        side = min(image.shape[:2])
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        picture = Image.fromarray(image).resize((128, 128), Image.LANCZOS, box=(left, top, left + side, top + side))
        picture.save(small / f'{name}.jpg', quality=85)
    for path in [out, *out.rglob('*')]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # safetensors writes 0600
    print(f'{out}: {sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e6:.2f} MB')


STAGES = {'vae': vae_stage, 'base': base_stage}


def work(rank: int, args):
    args.rank = rank
    torch.set_num_threads(1)
    if args.workers > 1:
        torch.distributed.init_process_group('gloo', init_method=f'file://{args.meeting}', rank=rank, world_size=args.workers)
    STAGES[args.stage](args)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('stage', choices=['vae', 'base', 'export'])
    parser.add_argument('--minutes', type=float, default=40)
    parser.add_argument('--work', default='/tmp/tiny-sd')
    parser.add_argument('--out', default=str(HERE / 'model'))
    parser.add_argument('--workers', type=int, default=2, help='processes, one thread each')
    parser.add_argument('--every', type=float, default=60, help='seconds between checkpoints')
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--bank', type=int, default=4096, help='latents per worker, base stage')
    parser.add_argument('--muon', type=float, default=0.01, help='rate of the hidden weights; 0: Adam for all')
    parser.add_argument('--adam', type=float, default=2e-3)
    parser.add_argument('--chroma', type=float, default=1.5, help='weight of colour errors beside grey ones')
    args = parser.parse_args()
    Path(args.work).mkdir(parents=True, exist_ok=True)
    if args.stage == 'export':
        return export_stage(args)
    args.meeting = tempfile.mktemp(prefix='tiny-sd-')
    torch.multiprocessing.spawn(work, (args,), nprocs=args.workers)


if __name__ == '__main__':
    main()
