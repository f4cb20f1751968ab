"""LoRA files that every tool reads alike.

The libraries' own exporters lose things (measured, research/trainer.md): diffusers' converter drops
all but attention layers, its kohya converter writes alpha = rank, and without metadata alpha is lost.
So both files are written here, straight from the adapter's modules.
"""

import json
import os
import re

ADAPTER = "default"


def adapter_layers(model, adapter=ADAPTER):
    """(module name, down, up, alpha) of each adapted module; covers per-module ranks and alphas."""
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and adapter in module.lora_A:
            yield name, module.lora_A[adapter].weight, module.lora_B[adapter].weight, float(module.lora_alpha[adapter])


def kohya_name(part, module):
    """The module's name in kohya / ComfyUI files; `part` is unet, text_encoder or text_encoder_2 (SDXL)."""
    module = module.replace(".", "_")
    if part == "unet":
        return f"lora_unet_{module}"
    # transformers 5 dropped the "text_model." level that sd-scripts and ComfyUI still expect.
    module = module if module.startswith("text_model_") else f"text_model_{module}"
    prefix = {"text_encoder": "lora_te", "te1": "lora_te1", "te2": "lora_te2"}[part]
    return f"{prefix}_{module}"


def kohya_tensors(parts, adapter=ADAPTER):
    """`parts`: {"unet": model, "text_encoder": model (SD 1.5), "te1" / "te2": model (SDXL)}."""
    import torch

    tensors = {}
    for part, model in parts.items():
        for module, down, up, alpha in adapter_layers(model, adapter):
            name = kohya_name(part, module)
            tensors[f"{name}.lora_down.weight"] = plain(down)
            tensors[f"{name}.lora_up.weight"] = plain(up)
            tensors[f"{name}.alpha"] = torch.tensor(alpha)
    return tensors


def diffusers_tensors(parts, adapter=ADAPTER):
    """Raw PEFT keys and the adapter's settings; `parts` is keyed by the pipeline's component names."""
    from peft.utils import get_peft_model_state_dict

    tensors, settings = {}, {}
    for part, model in parts.items():
        for key, value in get_peft_model_state_dict(model, adapter_name=adapter).items():
            tensors[f"{part}.{key}"] = plain(value)
        for key, value in model.peft_config[adapter].to_dict().items():
            settings[f"{part}.{key}"] = sorted(value) if isinstance(value, set) else value
    return tensors, settings


def write_diffusers(path, parts, about, adapter=ADAPTER):
    tensors, settings = diffusers_tensors(parts, adapter)
    settings = json.dumps(settings, sort_keys=True, default=str)
    write(path, tensors, {**about, "lora_adapter_metadata": settings})


def write_kohya(path, parts, about, adapter=ADAPTER):
    write(path, kohya_tensors(parts, adapter), about)


def write(path, tensors, metadata):
    from safetensors.torch import save_file

    temporary = f"{path}.part"
    texts = {key: str(value) for key, value in metadata.items() if value not in (None, "")}
    save_file(tensors, temporary, metadata={"format": "pt", **texts})
    os.chmod(temporary, 0o644)  # safetensors writes 0600; other services must read it
    os.replace(temporary, path)


def plain(tensor):
    return tensor.detach().float().contiguous().cpu().clone()


def file_stem(trigger_word, base_model):
    """A file name for any script, without separators or spaces: "sks-tiny-sd"."""
    trigger = re.sub(r"[^\w.-]+", "-", trigger_word).strip("-.") or "lora"
    return f"{trigger}-{base_model}"


def metadata(family, settings, prediction_type):
    """What tools show about the file: kohya's ss_* keys, the model spec's, and our own."""
    sdxl = family == "sdxl"
    architecture = "stable-diffusion-xl-v1-base/lora" if sdxl else "stable-diffusion-v1/lora"
    v_prediction = prediction_type == "v_prediction"
    return {
        "ss_network_module": "networks.lora",
        "ss_network_dim": settings["rank"],
        "ss_network_alpha": settings["alpha"],
        "ss_base_model_version": "sdxl_base_v1-0" if sdxl else "sd_v1",
        "ss_sd_model_name": settings["base_model"],
        "ss_output_name": file_stem(settings["trigger_word"], settings["base_model"]),
        "ss_v2": "False",
        "ss_v_parameterization": str(v_prediction),
        "ss_resolution": f"({settings['resolution']}, {settings['resolution']})",
        "ss_steps": settings["steps"],
        "ss_learning_rate": settings["learning_rate"],
        "ss_unet_lr": settings["learning_rate"],
        "ss_batch_size_per_device": settings["batch_size"],
        "ss_num_train_images": settings["images"],
        "ss_seed": settings["seed"],
        "ss_enable_bucket": "True",
        "ss_tag_frequency": json.dumps({"img": {settings["prompt"]: settings["images"]}}, ensure_ascii=False),
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": architecture,
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": file_stem(settings["trigger_word"], settings["base_model"]),
        "modelspec.resolution": f"{settings['resolution']}x{settings['resolution']}",
        "modelspec.prediction_type": "v" if v_prediction else "epsilon",
        "modelspec.trigger_phrase": settings["prompt"],
        "modelspec.usage_hint": f"Write \"{settings['prompt']}\" in the prompt.",
        "trigger_word": settings["trigger_word"],
        "class_noun": settings["class_noun"],
        "base_model": settings["base_model"],
        "dataset": settings["dataset"],
    }
