/** Settings that were shown to work for one base model and task; alpha = rank, so the effective rate is the learning rate. */
export interface Preset {
  readonly rank: number
  readonly alpha: number
  readonly learningRate: number
  /** How often each picture is seen: steadier between data sets than steps. */
  readonly exposures: number
  readonly minimumSteps: number
  readonly maximumSteps: number
  readonly targets: 'attention' | 'all'
  readonly captionDropout: number
  /** Whether mirrored pictures join the data set. */
  readonly mirror?: boolean
  /** The trainer's optimizer, where it is not AdamW. */
  readonly optimizer?: 'muon'
  /** Above 1: noisier moments of the schedule are trained more, where the layout is decided. */
  readonly timestepBias?: number
  readonly evidence: { readonly en: string; readonly ko: string }
}

/** What a step costs. Ranges, because nothing was measured on the very machine yet. */
export interface Cost {
  /** Seconds per step at batch size 1 and the native resolution, all targets: [low, likely, high]. */
  readonly cpuStep: readonly [number, number, number]
  readonly gpuStep: readonly [number, number, number]
  /** Fixed part of a step's share that does not grow with the batch, 0..1. */
  readonly stepFixed: number
  /** Seconds per denoising step of one sample picture. */
  readonly cpuSample: number
  readonly gpuSample: number
  /** Loading the libraries and the model, per component that needs them. */
  readonly load: number
  readonly memoryBase: number
  readonly memoryPerImage: number
}

export interface BaseModel {
  readonly id: string
  readonly title: string
  /** False: known by name, so that it can be refused by name. */
  readonly available: boolean
  readonly family: 'sd' | 'sdxl' | 'other'
  /** Hub id; null when the model ships with the platform. */
  readonly source: string | null
  readonly licence: string
  readonly resolution: number
  readonly bucketStep: number
  /** The smallest GPU that trains it; 0 when a CPU does. */
  readonly gpuMemoryGb: number
  /** Main memory that the trainer asks for. */
  readonly memory: string
  readonly guidanceScale: number
  readonly sampleSteps: number
  /** Batch size by GPU memory: the last row whose memory is there. */
  readonly batch: readonly { readonly gpuMemoryGb: number; readonly size: number }[]
  readonly presets: { readonly subject: Preset; readonly style: Preset } | null
  readonly cost: Cost | null
}

const GB = 1e9

// as deploy/base-models/tiny-sd/preset.json has it (a test compares); 480 steps of 8 are 240 exposures of its 16 pictures.
// Measured there, one seed, mean loss over the schedule: AdamW at 8e-3, rank 16, 600 steps .321; Muon at .016 .276 after 640
// steps, with rank 32 .256 after 600 and .237 after 800; .024 no better, .03 diverges. Unmirrored: half as many layouts.
// 480 steps end within a minute on 2 quiet cores; there .02 gives an identity ratio of 2.93, .016 2.52, .013 2.53.
const tinySubject: Preset = {
  rank: 32,
  alpha: 32,
  learningRate: 0.02,
  exposures: 240,
  minimumSteps: 300,
  maximumSteps: 720,
  targets: 'all',
  captionDropout: 0,
  mirror: false,
  optimizer: 'muon',
  timestepBias: 1.5,
  evidence: {
    en: 'measured on 16 pictures of a cat: 480 steps of 8',
    ko: '고양이 사진 16장으로 측정: 8장씩 480스텝',
  },
}

const unavailable = (id: string, title: string, licence: string): BaseModel => ({
  id,
  title,
  available: false,
  family: 'other',
  source: null,
  licence,
  resolution: 1024,
  bucketStep: 64,
  gpuMemoryGb: 24,
  memory: '32GB',
  guidanceScale: 1,
  sampleSteps: 25,
  batch: [{ gpuMemoryGb: 0, size: 1 }],
  presets: null,
  cost: null,
})

export const baseModels: readonly BaseModel[] = [
  {
    id: 'tiny-sd',
    title: 'Tiny SD (64 px, runs on any laptop)',
    available: true,
    family: 'sd',
    source: null,
    licence: 'MIT',
    resolution: 64,
    bucketStep: 8,
    gpuMemoryGb: 0,
    memory: '4GB',
    guidanceScale: 1,
    sampleSteps: 12,
    batch: [{ gpuMemoryGb: 0, size: 8 }],
    presets: {
      subject: tinySubject,
      style: {
        ...tinySubject,
        exposures: 200,
        captionDropout: 0.1,
        evidence: {
          en: 'the subject settings with fewer exposures',
          ko: '대상 학습 설정에서 노출 횟수를 줄임',
        },
      },
    },
    cost: {
      cpuStep: [0.015, 0.025, 0.1],
      gpuStep: [0.02, 0.04, 0.08],
      stepFixed: 0.5,
      cpuSample: 0.03,
      gpuSample: 0.01,
      load: 9,
      memoryBase: 1.1 * GB,
      memoryPerImage: 0.05 * GB,
    },
  },
  {
    id: 'sd-1.5',
    title: 'Stable Diffusion 1.5 (512 px)',
    available: true,
    family: 'sd',
    source: 'stable-diffusion-v1-5/stable-diffusion-v1-5',
    licence: 'CreativeML Open RAIL-M',
    resolution: 512,
    bucketStep: 64,
    gpuMemoryGb: 6,
    memory: '16GB',
    guidanceScale: 7.5,
    sampleSteps: 25,
    batch: [
      { gpuMemoryGb: 0, size: 1 },
      { gpuMemoryGb: 12, size: 2 },
      { gpuMemoryGb: 24, size: 4 },
    ],
    presets: {
      subject: {
        rank: 8,
        alpha: 8,
        learningRate: 1e-4,
        exposures: 125,
        minimumSteps: 300,
        maximumSteps: 6000,
        targets: 'attention',
        captionDropout: 0.05,
        evidence: {
          en: 'the diffusers and Hugging Face examples: 100 to 150 exposures at an effective rate of 1e-4',
          ko: 'diffusers와 Hugging Face 예제: 실효 학습률 1e-4로 100–150회 노출',
        },
      },
      style: {
        rank: 16,
        alpha: 16,
        learningRate: 1e-4,
        exposures: 80,
        minimumSteps: 300,
        maximumSteps: 8000,
        targets: 'attention',
        captionDropout: 0.1,
        evidence: {
          en: 'published style trainings: 60 to 100 exposures, more caption dropout',
          ko: '공개된 스타일 학습: 60–100회 노출, 캡션 생략을 더 많이',
        },
      },
    },
    cost: {
      cpuStep: [6, 12, 30],
      gpuStep: [0.1, 0.25, 0.7],
      stepFixed: 0.3,
      cpuSample: 6,
      gpuSample: 0.1,
      load: 25,
      memoryBase: 4.2 * GB,
      memoryPerImage: 1.4 * GB,
    },
  },
  {
    id: 'sdxl',
    title: 'Stable Diffusion XL (1024 px)',
    available: true,
    family: 'sdxl',
    source: 'stabilityai/stable-diffusion-xl-base-1.0',
    licence: 'CreativeML Open RAIL++-M',
    resolution: 1024,
    bucketStep: 64,
    gpuMemoryGb: 12,
    memory: '32GB',
    guidanceScale: 7,
    sampleSteps: 25,
    batch: [
      { gpuMemoryGb: 0, size: 1 },
      { gpuMemoryGb: 40, size: 2 },
    ],
    presets: {
      subject: {
        rank: 16,
        alpha: 16,
        learningRate: 1e-4,
        exposures: 125,
        minimumSteps: 400,
        maximumSteps: 6000,
        targets: 'attention',
        captionDropout: 0.05,
        evidence: {
          en: 'the diffusers and Hugging Face examples: 100 to 150 exposures at an effective rate of 1e-4',
          ko: 'diffusers와 Hugging Face 예제: 실효 학습률 1e-4로 100–150회 노출',
        },
      },
      style: {
        rank: 32,
        alpha: 32,
        learningRate: 1e-4,
        exposures: 80,
        minimumSteps: 400,
        maximumSteps: 8000,
        targets: 'attention',
        captionDropout: 0.1,
        evidence: {
          en: 'published style trainings: 60 to 100 exposures, caption dropout 0.1',
          ko: '공개된 스타일 학습: 60–100회 노출, 캡션 생략 0.1',
        },
      },
    },
    cost: {
      cpuStep: [60, 120, 300],
      gpuStep: [0.35, 0.8, 2.5],
      stepFixed: 0.3,
      cpuSample: 50,
      gpuSample: 0.35,
      load: 45,
      memoryBase: 9.2 * GB,
      memoryPerImage: 2.6 * GB,
    },
  },
  unavailable('sd-2.1', 'Stable Diffusion 2.1', 'CreativeML Open RAIL++-M'),
  unavailable('sd-3', 'Stable Diffusion 3', 'Stability AI Community'),
  unavailable('sd-3.5', 'Stable Diffusion 3.5', 'Stability AI Community'),
  unavailable('flux-1', 'FLUX.1', 'FLUX.1 [dev] non-commercial, [schnell] Apache-2.0'),
  unavailable('flux-2', 'FLUX.2', 'FLUX [dev] non-commercial'),
  unavailable('qwen-image', 'Qwen-Image', 'Apache-2.0'),
  unavailable('z-image', 'Z-Image', 'Apache-2.0'),
  unavailable('pony', 'Pony Diffusion', 'Fair AI Public License'),
  unavailable('llm', 'A language model', 'depends on the model'),
]

const byId = new Map(baseModels.map((model) => [model.id, model]))

export function baseModel(id: string): BaseModel | undefined {
  return byId.get(id)
}

/** The largest base model that the device trains; a machine without a GPU gets the one that a CPU trains. */
export function defaultBaseModel(device: {
  readonly gpus: number
  readonly gpuMemoryGb: number
}): string {
  if (device.gpus < 1) return 'tiny-sd'
  if (device.gpuMemoryGb >= 16) return 'sdxl'
  return device.gpuMemoryGb >= 6 ? 'sd-1.5' : 'tiny-sd'
}
