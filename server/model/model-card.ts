import type { ModelFacts } from '#schema/domain/model.ts'

/** The facts that a card is made from. */
export interface CardFacts extends Omit<ModelFacts, 'card' | 'lineage'> {
  readonly name: string
  readonly version: number
  readonly goal: string | null
  readonly images: number
  readonly datasetHash: string | null
  readonly specHash: string
  readonly seed: number
  readonly endedAt: Date
  readonly seconds: number
}

/** One line of text in a table or a list, whatever was typed. */
function line(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'))
    .trim()
}

function code(text: string): string {
  return `\`${line(text).replaceAll('`', "'")}\``
}

function table(rows: readonly { name: string; value: string }[]): string[] {
  return [
    '| | |',
    '|---|---|',
    ...rows.map(({ name, value }) => `| ${line(name)} | ${line(value)} |`),
  ]
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4)
}

/** A model card in Markdown, with the front matter that hubs read. Made from facts only. */
export function modelCard(facts: CardFacts): string {
  const weights = facts.files.filter((file) => file.path.endsWith('.safetensors'))
  const frontMatter = [
    '---',
    'tags: [lora, text-to-image, diffusers, autodidact]',
    ...((facts.baseModelSource ?? '') === '' ? [] : [`base_model: ${facts.baseModelSource}`]),
    ...(facts.triggerWord === '' ? [] : [`instance_prompt: ${JSON.stringify(facts.prompt)}`]),
    '---',
  ]
  return [
    ...frontMatter,
    '',
    `# ${line(facts.name)}, version ${facts.version}`,
    '',
    ...(facts.goal === null ? [] : [`Goal: "${line(facts.goal)}"`, '']),
    `A LoRA for **${line(facts.baseModelTitle)}**.` +
      (facts.triggerWord === ''
        ? ''
        : ` Its trigger word is ${code(facts.triggerWord)}: prompt for example ${code(facts.prompt)}.`),
    '',
    '## Files',
    '',
    ...weights.map(
      (file) => `- ${code(file.path)} (${file.format}, ${file.bytes} bytes, sha256 ${file.sha256})`,
    ),
    '',
    'The diffusers file loads with `pipeline.load_lora_weights(folder)`; the kohya file goes into the LoRA folder of ComfyUI or A1111.',
    '',
    '## Base model and licence',
    '',
    `${line(facts.baseModelTitle)} (${code(facts.baseModel)}), licence: ${line(facts.baseModelLicence)}. A LoRA is used together with its base model, so the base model's licence applies to what you make with it. The pictures that it learnt from are the creator's own responsibility.`,
    '',
    '## How it was made',
    '',
    `From ${facts.images} ${facts.images === 1 ? 'picture' : 'pictures'}, seed ${facts.seed}, in ${Math.round(facts.seconds)} seconds, on ${facts.endedAt.toISOString().slice(0, 10)}.`,
    '',
    ...table(facts.settings),
    '',
    ...(facts.metrics.length === 0
      ? []
      : [
          '## Figures',
          '',
          ...table(facts.metrics.map(({ name, value }) => ({ name, value: figure(value) }))),
          '',
        ]),
    '## Record',
    '',
    ...(facts.datasetHash === null ? [] : [`- data set version ${code(facts.datasetHash)}`]),
    `- plan ${code(facts.specHash)}`,
    '',
  ].join('\n')
}
