import type { CardFacts } from '../../server/model/model-card.ts'

/** What a model card tells of a run of our own components. */
export const cardFacts: CardFacts = {
  name: '고양이 모델',
  version: 1,
  goal: '내 고양이를 학습시켜줘',
  images: 12,
  datasetHash: 'sha256:ab',
  specHash: 'sha256:cd',
  seed: 7,
  endedAt: new Date(0),
  seconds: 61.4,
  files: [{ path: 'kohya/a.safetensors', format: 'kohya', bytes: 7, sha256: 'ef' }],
  samples: [],
  metrics: [{ name: 'margin', value: 0.5 }],
  settings: [{ name: 'rank', value: '4' }],
  triggerWord: 'ohwx',
  classNoun: 'cat',
  prompt: 'a photo of ohwx cat',
  baseModel: 'tiny-sd',
  baseModelSource: null,
  baseModelTitle: 'Tiny SD (64 px, runs on any laptop)',
  baseModelLicence: 'MIT',
  family: 'sd',
}
