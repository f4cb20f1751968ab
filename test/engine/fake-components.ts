import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#schema/domain/id.ts'
import {
  parseSpec,
  printSpec,
  specHash,
  type Component,
  type Edge,
  type Spec,
} from '#schema/domain/spec.ts'

// A component that does what its params say: real processes, no stand-ins.
const main = `
import json, os, sys, time, pathlib, signal
params = json.load(open(os.path.join(os.environ["AUTODIDACT_IN"], "params.json")))
attempt = f"{os.environ['AUTODIDACT_RUN']} {os.environ['AUTODIDACT_STEP']} {os.environ['AUTODIDACT_ATTEMPT']}"
if "ledger" in params:
    with open(params["ledger"], "a") as ledger:
        ledger.write(attempt + "\\n")
for name in params.get("show", []):
    print(name, "=", os.environ.get(name), flush=True)
if params.get("stubborn"):
    signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
seconds = params.get("seconds", 0.2)
ticks = params.get("ticks", 4)
for tick in range(ticks):
    print(f"progress: {tick / ticks:.3f} tick {tick} \\u2713 \\uace0\\uc591\\uc774", flush=True)
    time.sleep(seconds / ticks)
if int(os.environ["AUTODIDACT_ATTEMPT"]) <= params.get("fail_attempts", 0):
    print("error: the test asked for this failure", file=sys.stderr, flush=True)
    sys.exit(3)
if params.get("fault"):
    print(json.dumps({"level": "error", **params["fault"]}), file=sys.stderr, flush=True)
    print("error: " + params["fault"]["message"], file=sys.stderr, flush=True)
    sys.exit(1)
if params.get("exit"):
    sys.exit(params["exit"])
if params.get("kill"):
    os.kill(os.getpid(), params["kill"])
seen = {}
for folder in sorted(pathlib.Path(os.environ["AUTODIDACT_IN"]).iterdir()):
    if folder.is_dir():
        seen[folder.name] = {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}
for name in params.get("outputs", []):
    out = pathlib.Path(os.environ["AUTODIDACT_OUT"]) / name / "deep"
    out.mkdir(parents=True)
    (out / "what.json").write_text(json.dumps({"step": os.environ["AUTODIDACT_STEP"], "saw": seen, "salt": params.get("salt", 0)}, sort_keys=True))
print("progress: 1 done", flush=True)
`

/** A components folder with one component, `autodidact/fake:1`. */
export async function makeFakeComponents(root: string): Promise<string> {
  const folder = join(root, 'components')
  await mkdir(join(folder, 'fake'), { recursive: true })
  await writeFile(join(folder, 'fake', 'main.py'), main)
  return folder
}

export function fakeComponent(
  order: number,
  name: string,
  type: string,
  ports: Pick<Component, 'inputs' | 'outputs'>,
  params: Component['params'] = {},
  more: Partial<Component> = {},
): Component {
  return {
    order,
    name,
    type,
    image: { registry: 'autodidact/fake', tag: '1' },
    ...ports,
    resources: {},
    params: { ...params, outputs: (ports.outputs ?? []).map((port) => port.name) },
    ...more,
  }
}

export function fakeSpec(
  components: readonly Component[],
  workflow: readonly [string, string][],
): Spec {
  const end = (text: string): Edge['from'] => {
    const [component = '', port] = text.split('.')
    return port === undefined ? { component } : { component, port }
  }
  return {
    pipelineId: 'PL-FAKE01',
    name: 'fake',
    version: '1.0.0',
    envVars: { GREETING: 'hello' },
    components,
    workflow: workflow.map(([from, to]) => ({ from: end(from), to: end(to) })),
    storage: { type: 'local', path: '/datasets/none' },
    createdAt: '2026-11-21T00:00:00.000Z',
  }
}

const dataset = { name: 'dataset', type: 'dataset' } as const
const model = { name: 'model', type: 'model' } as const

/** The shape of the product's own pipeline: load, prepare, train, evaluate. */
export function fourSteps(params: Component['params'] = {}): Spec {
  return fakeSpec(
    [
      fakeComponent(1, 'data-loader', 'data_loader', { outputs: [dataset] }, params),
      fakeComponent(
        2,
        'preprocessor',
        'preprocessor',
        { inputs: [dataset], outputs: [dataset] },
        params,
      ),
      fakeComponent(3, 'trainer', 'trainer', { inputs: [dataset], outputs: [model] }, params),
      fakeComponent(
        4,
        'evaluator',
        'evaluator',
        {
          inputs: [model, dataset],
          outputs: [
            { name: 'metrics', type: 'metrics' },
            { name: 'samples', type: 'file' },
          ],
        },
        params,
      ),
    ],
    [
      ['data-loader', 'preprocessor'],
      ['preprocessor', 'trainer'],
      ['preprocessor', 'evaluator'],
      ['trainer', 'evaluator'],
    ],
  )
}

export interface SpecRow {
  readonly id: string
  readonly body: string
  readonly hash: string
}

export function specRow(spec: Spec, id = newId()): SpecRow {
  const body = printSpec(spec)
  const { problems } = parseSpec(body)
  if (problems.length > 0)
    throw new Error(`the test's spec has faults: ${JSON.stringify(problems)}`)
  return { id, body, hash: specHash(spec) }
}
