import { builder } from '../builder.ts'
import type { Candidate, Curation, Round } from '../domain/curation.ts'
import type { DatasetVersion } from '../domain/dataset.ts'
import type { Goal, StoredIntent } from '../domain/goal.ts'
import type { Viewer } from '../domain/person.ts'
import type { Image, Pool } from '../domain/pool.ts'
import type { Project } from '../domain/project.ts'

// The nouns' references stand apart from their fields, so that two nouns can mention each other.
export const PersonRef = builder.objectRef<Viewer>('Person')
export const ProjectRef = builder.objectRef<Project>('Project')
export const GoalRef = builder.objectRef<Goal>('Goal')
export const IntentRef = builder.objectRef<StoredIntent>('Intent')
export const PoolRef = builder.objectRef<Pool>('Pool')
export const ImageRef = builder.objectRef<Image>('Image')
export const CurationRef = builder.objectRef<Curation>('Curation')
export const RoundRef = builder.objectRef<Round>('Round')
export const CandidateRef = builder.objectRef<Candidate>('Candidate')
export const DatasetVersionRef = builder.objectRef<DatasetVersion>('DatasetVersion')

export const VerdictValueEnum = builder.enumType('VerdictValue', {
  description: 'A reviewer’s word on a candidate.',
  values: {
    ACCEPT: { description: 'It belongs to what is to be learnt.' },
    REJECT: { description: 'It does not.' },
    UNSURE: { description: 'Cannot tell; the picture is not used.' },
  } as const,
})
