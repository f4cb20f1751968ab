"""trainer: LoRA on a diffusion model's UNet.

in `dataset` (the preprocessor's), out `model`: diffusers and kohya / ComfyUI files, model.json,
samples/. Resumes from AUTODIDACT_CHECKPOINT bit for bit on the same device and thread count.
"""

import io
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import device as devices
from common.contract import StepError, main, read_image_folder, write_json
from common.tracking import Tracking
from settings import TARGETS, fingerprint, learning_rate_factor, read_settings

REPORT_EVERY = 10
LEAST_PART = 4  # pictures of a batch that are worth a thread of their own
# Shares of the progress bar.
LOADED, CACHED, TRAINED = 0.05, 0.1, 0.97


def run(step):
    source = step.input("dataset")
    about, rows = read_image_folder(source)
    check_rows(rows)
    settings = read_settings(step.params, about)
    settings["images"] = len(rows)
    tracking = Tracking.of(step)
    step.progress(0.01, "loading the libraries")
    device, dtype = devices.set_up(settings["seed"])
    environment = devices.environment(device, settings["seed"])
    tracking.params(settings)
    tracking.tags({f"environment.{key}": value for key, value in environment.items()})
    step.log("settings", **settings)
    step.log("environment", **environment)

    training = Training(step, tracking, settings, rows, source, device, dtype)
    training.resume()
    training.train()
    write_model(step, training, about, environment)


def check_rows(rows):
    for row in rows:
        if "bucket" not in row:
            raise StepError(
                "BUCKETS_MISSING", "The data set has no buckets; put a preprocessor between data-loader and trainer."
            )


class Training:
    def __init__(self, step, tracking, settings, rows, source, device, dtype):
        import torch
        from diffusers import DDPMScheduler
        from merged import Merged
        from muon import Muon
        from order import DataOrder
        from peft import LoraConfig

        from common.base_model import Captions, is_small, load_pipeline, truncated

        self.step, self.tracking, self.settings, self.rows = step, tracking, settings, rows
        self.device, self.dtype = device, dtype
        step.progress(0.02, f"loading the base model {settings['base_model']}")
        self.pipe, self.family = load_pipeline(step, device, dtype)
        self.unet = self.pipe.unet
        self.noise_schedule = DDPMScheduler.from_config(self.pipe.scheduler.config)
        self.prediction = self.noise_schedule.config.prediction_type
        if self.prediction not in ("epsilon", "v_prediction", "sample"):
            raise StepError(
                "PREDICTION_UNKNOWN",
                'The base model predicts "{prediction}", which this trainer does not know.',
                prediction=self.prediction,
            )
        self.check_sizes()
        self.fingerprint = fingerprint(settings, rows)

        step.progress(LOADED, "reading the captions")
        texts = [row["text"] for row in rows]
        for text in truncated(self.pipe, texts):
            step.log("caption longer than the base model reads; its end is not learned", level="warning", caption=text)
        self.captions = Captions(self.pipe, self.family, texts)
        self.latents = self.cache_latents(source)

        torch.manual_seed(settings["seed"])
        # "gaussian": down starts small and random, up at zero, so that training starts at the base itself.
        config = LoraConfig(
            r=settings["rank"],
            lora_alpha=settings["alpha"],
            init_lora_weights="gaussian",
            target_modules=TARGETS[settings["targets"]],
        )
        self.unet.add_adapter(config)
        self.parameters = [parameter for parameter in self.unet.parameters() if parameter.requires_grad]
        for parameter in self.parameters:
            parameter.data = parameter.data.float()
        if device.type == "cuda":
            self.unet.enable_gradient_checkpointing()
        # Parts of a batch on a thread each, with merged weights: .167 s of processor time a step on two threads, where
        # peft's own layers need .193 s on the one thread that they can use (tiny-sd, batch of 8).
        small = is_small(self.pipe)
        parts = max(1, min(devices.threads(step.environ), settings["batch_size"] // LEAST_PART)) if small else 1
        self.threads = parts if small else torch.get_num_threads()
        self.parts, self.each = parts, ThreadPoolExecutor(parts).map if parts > 1 else map
        self.merged = Merged(self.unet, self.each) if small else None
        rates = {"lr": settings["learning_rate"], "weight_decay": settings["weight_decay"]}
        if settings["optimizer"] == "muon":
            self.optimizer = Muon(self.parameters, **rates, each=self.each, parts=parts)
        else:
            self.optimizer = torch.optim.AdamW(self.parameters, betas=(0.9, settings["adam_beta2"]), **rates)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, learning_rate_factor(settings))
        buckets = {}
        for index, row in enumerate(rows):
            buckets.setdefault(bucket_key(row), []).append(index)
        self.order = DataOrder(buckets, settings["batch_size"], settings["seed"] + 1)
        # Noise has a generator of its own, so that sample pictures do not disturb training.
        self.noise = torch.Generator().manual_seed(settings["seed"] + 2)
        self.done = 0
        self.losses = Losses()
        count = sum(parameter.numel() for parameter in self.parameters)
        step.log("adapter", parameters=count, modules=len(self.parameters) // 2, buckets={k: len(v) for k, v in buckets.items()})

    def check_sizes(self):
        """Every bucket must divide evenly through the autoencoder and all levels of the UNet."""
        factor = self.pipe.vae_scale_factor * 2 ** (len(self.unet.config.block_out_channels) - 1)
        for row in self.rows:
            if row["bucket"][0] % factor or row["bucket"][1] % factor:
                size = "x".join(map(str, row["bucket"]))
                raise StepError(
                    "SIDES_DO_NOT_DIVIDE",
                    "The base model {name} needs picture sides in multiples of {factor}, "
                    "but the preprocessor made {size}; set its bucket_step to {factor}.",
                    name=self.settings["base_model"],
                    factor=factor,
                    size=size,
                )

    def cache_latents(self, source):
        """(mean, deviation) of each picture's latent distribution, scaled as the UNet expects."""
        import numpy as np
        import torch
        from PIL import Image

        vae = self.pipe.vae
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        scale = vae.config.scaling_factor
        latents = []
        for number, row in enumerate(self.rows, 1):
            with Image.open(source / row["file_name"]) as image:
                pixels = torch.from_numpy(np.array(image.convert("RGB")))
            pixels = (pixels.permute(2, 0, 1)[None].float() / 127.5 - 1).to(self.device, vae.dtype)
            with torch.no_grad():
                distribution = vae.encode(pixels).latent_dist
            mean = (distribution.mean - shift) * scale
            latents.append((mean.float().cpu(), (distribution.std * scale).float().cpu()))
            self.step.progress(LOADED + (CACHED - LOADED) * number / len(self.rows), f"encoded {number} of {len(self.rows)} pictures")
        return latents

    def resume(self):
        import torch
        from checkpoint import load_latest
        from peft.utils import set_peft_model_state_dict

        state = load_latest(self.step.checkpoints, self.fingerprint, lambda text: self.step.log(text, level="warning"))
        if state is None:
            return
        if (state["threads"], state["device"]) != (self.threads, self.device.type):
            self.step.log(
                "resumed on another device or thread count: the result can differ in the last digits",
                level="warning",
                was={"threads": state["threads"], "device": state["device"]},
                now={"threads": self.threads, "device": self.device.type},
            )
        set_peft_model_state_dict(self.unet, state["adapter"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.order.restore(state["order"])
        self.losses.restore(state["losses"])
        self.done = state["step"]
        self.noise.set_state(state["noise"])
        torch.set_rng_state(state["torch_rng"])  # last: all of the above may draw from it
        self.step.log("resumed", step=self.done, steps=self.settings["steps"])
        self.tracking.tags({"resumed_at_step": self.done})

    def save(self):
        import torch
        from checkpoint import save
        from peft.utils import get_peft_model_state_dict

        state = {
            "fingerprint": self.fingerprint,
            "step": self.done,
            "adapter": {key: value.detach().cpu().clone() for key, value in get_peft_model_state_dict(self.unet).items()},
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "order": self.order.state(),
            "losses": self.losses.state(),
            "noise": self.noise.get_state(),
            "threads": self.threads,
            "device": self.device.type,
            "torch_rng": torch.get_rng_state(),
        }
        with self.step.uninterrupted():
            save(self.step.checkpoints, self.done, state)

    def train(self):
        settings, step = self.settings, self.step
        total, every = settings["steps"], settings["checkpoint_every"]
        started, started_at, last_report = time.monotonic(), self.done, time.monotonic()
        reported_at = saved_at = self.done
        self.unet.train()
        with step.uninterrupted():
            while self.done < total:
                self.losses.add(self.one_step())
                self.done += 1
                if self.done % REPORT_EVERY == 0 or self.done in (1, total):
                    now = time.monotonic()
                    self.report((now - last_report) / max(1, self.done - reported_at), (now - started) / (self.done - started_at))
                    last_report, reported_at = now, self.done
                if (every and self.done % every == 0) or step.stop_asked:
                    self.save()
                    saved_at = self.done
                step.stop_point()
                if settings["sample_every"] and (self.done % settings["sample_every"] == 0 or self.done == total):
                    if self.done > saved_at and every:
                        self.save()  # sampling takes long; nothing learned so far may be lost in it
                        saved_at = self.done
                    self.sample()
                    last_report, reported_at = time.monotonic(), self.done
            if settings["sample_every"] and not self.samples:
                self.sample()  # an attempt that died between the last step and its pictures
        self.unet.eval()

    def one_step(self):
        """One optimizer step; returns its loss."""
        import torch

        settings, schedule = self.settings, self.noise_schedule
        batch = self.order.next_batch()
        mean = torch.cat([self.latents[index][0] for index in batch])
        deviation = torch.cat([self.latents[index][1] for index in batch])
        clean = mean + deviation * torch.randn(mean.shape, generator=self.noise)
        noise = torch.randn(clean.shape, generator=self.noise)
        if settings["noise_offset"]:
            noise = noise + settings["noise_offset"] * torch.randn((*noise.shape[:2], 1, 1), generator=self.noise)
        # Even over the schedule within a batch (a lower variance than independent draws); a bias above 1
        # leans towards the noisy end, where the layout of a picture is decided.
        spread = (torch.arange(len(batch)) + torch.rand(len(batch), generator=self.noise)) / len(batch)
        last = schedule.config.num_train_timesteps - 1
        times = (spread ** (1 / settings["timestep_bias"]) * (last + 1)).long().clamp(0, last)
        dropped = (torch.rand(len(batch), generator=self.noise) < settings["caption_dropout"]).tolist()
        texts = ["" if drop else self.rows[index]["text"] for index, drop in zip(batch, dropped)]

        clean, noise, times = clean.to(self.device), noise.to(self.device), times.to(self.device)
        noisy = schedule.add_noise(clean, noise, times)
        if self.prediction == "epsilon":
            target = noise
        elif self.prediction == "v_prediction":
            target = schedule.get_velocity(clean, noise, times)
        else:
            target = clean
        value = self.learn(noisy, times, texts, [self.rows[index] for index in batch], target)
        if not math.isfinite(value):
            raise StepError(
                "DIVERGED",
                "Training diverged at step {step}: the loss is {loss}. Use a lower learning rate.",
                step=self.done + 1,
                loss=value,
            )
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.schedule.step()
        return value

    def learn(self, noisy, times, texts, rows, target):
        """Sets the gradients of the adapter's parameters; returns the loss."""
        import torch

        if self.merged is None:
            loss = self.loss(noisy, times, texts, rows, target)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            return loss.item()
        self.merged.refresh()

        def part(number):
            first, last = (len(rows) * place // self.parts for place in (number, number + 1))
            some = slice(first, last)
            share = (last - first) / len(rows)
            loss = self.loss(noisy[some], times[some], texts[some], rows[some], target[some]) * share
            return loss.item(), torch.autograd.grad(loss, self.merged.weights)

        losses, gradients = zip(*self.each(part, range(self.parts)))
        self.merged.spread(gradients)
        return sum(losses)

    def loss(self, noisy, times, texts, rows, target):
        import torch

        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype != torch.float32):
            predicted = self.predict(noisy, times, texts, rows)
        return torch.nn.functional.mse_loss(predicted.float(), target)

    def predict(self, noisy, times, texts, rows):
        from common.base_model import size_conditioning

        hidden, *pooled = self.captions.batch(texts)
        conditions = None
        if self.family == "sdxl":
            conditions = {"text_embeds": pooled[0], "time_ids": size_conditioning(rows, self.device)}
        noisy = noisy.to(self.dtype)
        return self.unet(noisy, times, hidden, added_cond_kwargs=conditions, return_dict=False)[0]

    def report(self, seconds_per_step, mean_seconds):
        done, total = self.done, self.settings["steps"]
        left = (total - done) * mean_seconds
        rate = self.schedule.get_last_lr()[0]
        self.tracking.metrics({"loss": self.losses.smoothed(), "learning_rate": rate, "seconds_per_step": seconds_per_step}, done)
        fraction = CACHED + (TRAINED - CACHED) * done / total
        self.step.progress(fraction, f"step {done} of {total}, loss {self.losses.smoothed():.4f}, {left:.0f} s left")

    def sample(self):
        from common.base_model import generate

        settings = self.settings
        started = time.monotonic()
        self.unet.eval()
        if self.merged:
            self.merged.refresh()
        prompts = settings["sample_prompts"]
        self.samples = []
        for place in range(settings["sample_count"]):
            # The same seeds each time: the pictures show what training changed, and nothing else.
            seed, prompt = settings["seed"] + place // len(prompts), prompts[place % len(prompts)]
            self.samples.append({"prompt": prompt, "seed": seed})
        for prompt in prompts:
            wanted = [sample for sample in self.samples if sample["prompt"] == prompt]
            seeds = [sample["seed"] for sample in wanted]
            made = generate(
                self.pipe, prompt, seeds, settings["resolution"], settings["sample_steps"], settings["guidance_scale"], self.step
            )
            for sample, picture in zip(wanted, made):
                sample["picture"] = picture
        for index, sample in enumerate(self.samples):
            sample["file"] = f"step-{self.done:06d}-{index}.png"
            self.tracking.artifact(f"samples/{sample['file']}", as_png(sample["picture"]))
        self.unet.train()
        self.step.log("sample pictures", step=self.done, count=len(self.samples), seconds=round(time.monotonic() - started, 2))

    samples = ()


class Losses:
    """Smoothed loss for people, and the means of the first and last steps for the record."""

    KEEP = 20

    def __init__(self):
        self.average, self.count, self.first, self.last = 0.0, 0, [], []

    def add(self, loss):
        self.count += 1
        self.average += (loss - self.average) * max(0.05, 1 / self.count)
        if len(self.first) < self.KEEP:
            self.first.append(loss)
        self.last = [*self.last[-self.KEEP + 1 :], loss]

    def smoothed(self):
        return self.average

    def summary(self):
        mean = lambda values: sum(values) / max(1, len(values))  # noqa: E731
        return {"first": mean(self.first), "last": mean(self.last)}

    def state(self):
        return dict(vars(self))

    def restore(self, state):
        vars(self).update(state)


def write_model(step, training, about, environment):
    from common import lora_files

    settings = training.settings
    step.progress(TRAINED, "writing the model")
    out = step.output("model")
    (out / "diffusers").mkdir()
    (out / "samples").mkdir()
    parts = {"unet": training.unet}
    metadata = lora_files.metadata(training.family, settings, training.prediction)
    diffusers_file = "diffusers/pytorch_lora_weights.safetensors"
    kohya_file = f"{lora_files.file_stem(settings['trigger_word'], settings['base_model'])}-kohya.safetensors"
    lora_files.write_diffusers(out / diffusers_file, parts, metadata)
    lora_files.write_kohya(out / kohya_file, parts, metadata)
    for sample in training.samples:
        sample["picture"].save(out / "samples" / sample["file"])
    losses = training.losses.summary()
    write_json(
        out / "model.json",
        {
            **{key: value for key, value in settings.items() if not key.startswith("sample_")},
            "effective_rate": settings["learning_rate"] * settings["alpha"] / settings["rank"],
            "family": training.family,
            "prediction_type": training.prediction,
            "files": [{"path": diffusers_file, "format": "diffusers"}, {"path": kohya_file, "format": "kohya"}],
            "samples": [{"file": f"samples/{s['file']}", "prompt": s["prompt"], "seed": s["seed"]} for s in training.samples],
            "environment": environment,
            "loss": losses,
        },
    )
    step.log("model written", files=[diffusers_file, kohya_file], loss=losses)


def bucket_key(row):
    return f"{row['bucket'][0]}x{row['bucket'][1]}"


def as_png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


if __name__ == "__main__":
    main(run)
