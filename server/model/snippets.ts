import type { ModelVersion, Snippet } from '#schema/domain/model.ts'

const pythonText = (text: string): string => JSON.stringify(text)

function fileOf(version: ModelVersion, format: string): string | null {
  return version.facts.files.find((file) => file.format === format)?.path ?? null
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** How to load the version with the tools that creators use; one entry per tool whose format is there. */
export function snippetsFor(version: ModelVersion): Snippet[] {
  const { facts } = version
  const snippets: Snippet[] = []
  const diffusers = fileOf(version, 'diffusers')
  if (diffusers !== null) {
    const folder = diffusers.includes('/') ? diffusers.slice(0, diffusers.lastIndexOf('/')) : '.'
    const source = facts.baseModelSource ?? `path/to/${facts.baseModel}`
    snippets.push({
      tool: 'diffusers',
      code: [
        'from diffusers import DiffusionPipeline',
        '',
        `pipeline = DiffusionPipeline.from_pretrained(${pythonText(source)})`,
        `pipeline.load_lora_weights(${pythonText(folder)}, weight_name=${pythonText(nameOf(diffusers))})`,
        `pipeline(${pythonText(facts.prompt)}).images[0].save("sample.png")`,
      ].join('\n'),
    })
  }
  const kohya = fileOf(version, 'kohya')
  if (kohya !== null) {
    const name = nameOf(kohya)
    snippets.push({
      tool: 'ComfyUI',
      code: [
        `Put ${name} into ComfyUI/models/loras/.`,
        `Load Checkpoint (${facts.baseModelTitle}) -> Load LoRA: lora_name ${name}, strength_model 1.0, strength_clip 1.0`,
        `CLIP Text Encode: ${facts.prompt}`,
      ].join('\n'),
    })
    snippets.push({
      tool: 'A1111',
      code: [
        `Put ${name} into stable-diffusion-webui/models/Lora/, choose ${facts.baseModelTitle} as checkpoint, and prompt:`,
        `${facts.prompt} <lora:${name.replace(/\.safetensors$/, '')}:1>`,
      ].join('\n'),
    })
  }
  return snippets
}
