import { builder, viewerOf } from '../builder.ts'
import type { CaptionerReport, CaptionsChange } from '../domain/caption.ts'
import { DomainError } from '../domain/errors.ts'
import { rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { ImageRef, PoolRef } from './refs.ts'

const ReportType = builder.objectRef<CaptionerReport>('CaptionerReport').implement({
  description:
    'How a vision model answered questions about what is in the pictures and what is not.',
  fields: (t) => ({
    model: t.exposeString('model', { description: 'The model.' }),
    asked: t.exposeInt('asked', {
      description: 'Questions, half of them about what is not there.',
    }),
    right: t.exposeInt('right', { description: 'Right answers.' }),
    invented: t.exposeFloat('invented', {
      description: 'Share of the absent things that it said are there.',
    }),
    missed: t.exposeFloat('missed', { description: 'Share of what is there that it did not see.' }),
    unclear: t.exposeInt('unclear', { description: 'Answers that were neither yes nor no.' }),
    usable: t.exposeBoolean('usable', { description: 'Whether it may write captions.' }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (it) => it.at }),
  }),
})

const RefusedType = builder
  .objectRef<CaptionsChange['refused'][number]>('CaptionRefused')
  .implement({
    description: 'A picture that got no caption.',
    fields: (t) => ({
      image: t.field({
        type: ImageRef,
        description: 'The picture.',
        resolve: async (it, _args, context) => {
          const image = await context.ports.pools.imageById(viewerOf(context), it.imageId)
          if (image === null) throw new DomainError('NOT_FOUND', 'There is no such image.')
          return image
        },
      }),
      message: t.exposeString('message', { description: 'Why.' }),
    }),
  })

const ChangeType = builder.objectRef<CaptionsChange>('CaptionsChange').implement({
  description: 'What a change of many captions did.',
  fields: (t) => ({
    changed: t.exposeInt('changed', { description: 'How many captions are other now.' }),
    refused: t.field({
      type: [RefusedType],
      description: 'Pictures that got none.',
      resolve: (it) => [...it.refused],
    }),
    pool: t.field({
      type: PoolRef,
      description: 'The pool.',
      resolve: async (it, _args, context) => {
        const pool = await context.ports.pools.byId(viewerOf(context), it.poolId)
        if (pool === null) throw new DomainError('NOT_FOUND', 'There is no such pool.')
        return pool
      },
    }),
  }),
})

builder.objectFields(PoolRef, (t) => ({
  captionTemplate: t.string({
    description: 'The caption of a picture that has none of its own.',
    resolve: (it, _args, context) => context.ports.captions.template(viewerOf(context), it.id),
  }),
  captioner: t.field({
    type: ReportType,
    nullable: true,
    description: 'How the vision model did; null without one, or before its first probe.',
    resolve: (it, _args, context) => context.ports.captions.score(viewerOf(context), it.id),
  }),
}))

defineMutation('captionsReplace', {
  description: 'Replaces a text in all captions of used pictures, the template’s included.',
  type: ChangeType,
  scope: 'reviewer',
  input: (t) => ({
    pool: t.id({ description: 'The pool.' }),
    find: t.string({ description: 'The text to find, as it stands.' }),
    replacement: t.string({ description: 'What stands there instead; may be empty.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.captions.replace(viewer, {
      poolId: rawId(input.pool, 'Pool'),
      find: input.find,
      replacement: input.replacement,
    }),
})

defineMutation('captionerProbe', {
  description: 'Asks the vision model yes/no questions about some pictures, and scores it.',
  type: ReportType,
  scope: 'researcher',
  input: (t) => ({ pool: t.id({ description: 'The pool.' }) }),
  resolve: (input, { viewer, ports }) => ports.captions.probe(viewer, rawId(input.pool, 'Pool')),
})

defineMutation('captionsMake', {
  description: 'Has a vision model that passed its probe write captions; 50 pictures at most.',
  type: ChangeType,
  scope: 'researcher',
  input: (t) => ({
    pool: t.id({ description: 'The pool.' }),
    images: t.idList({ description: 'The pictures.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.captions.make(viewer, {
      poolId: rawId(input.pool, 'Pool'),
      imageIds: input.images.map((id) => rawId(id, 'Image')),
    }),
})
