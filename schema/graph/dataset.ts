import { builder, viewerOf } from '../builder.ts'
import type { DatasetDiff, DatasetEntry } from '../domain/dataset.ts'
import { DomainError } from '../domain/errors.ts'
import { connectionOf, pageOf } from './page.ts'
import { defineMutation } from './mutation.ts'
import { rawId } from './global-id.ts'
import { DatasetVersionRef, ImageRef, ProjectRef } from './refs.ts'

const EntryType = builder.objectRef<DatasetEntry>('DatasetEntry').implement({
  description: 'An image of a data set version, by content.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'Hash of the picture.' }),
    caption: t.exposeString('caption', { description: 'Its caption.' }),
    image: t.field({
      type: ImageRef,
      nullable: true,
      description: 'The picture in the pool.',
      resolve: (it, _args, context) => context.ports.pools.imageById(viewerOf(context), it.imageId),
    }),
  }),
})

const RecaptionedType = builder
  .objectRef<DatasetDiff['recaptioned'][number]>('RecaptionedImage')
  .implement({
    description: 'An image that both versions have, with another caption.',
    fields: (t) => ({
      sha256: t.exposeString('sha256', { description: 'Hash of the picture.' }),
      image: t.field({
        type: ImageRef,
        nullable: true,
        description: 'The picture in the pool.',
        resolve: (it, _args, context) =>
          context.ports.pools.imageById(viewerOf(context), it.imageId),
      }),
      before: t.exposeString('before', { description: 'Its caption before.' }),
      after: t.exposeString('after', { description: 'Its caption now.' }),
    }),
  })

const DiffType = builder.objectRef<DatasetDiff>('DatasetDiff').implement({
  description: 'What changed from one version to another.',
  fields: (t) => ({
    added: t.field({
      type: [EntryType],
      description: 'Only in this one.',
      resolve: (it) => [...it.added],
    }),
    removed: t.field({
      type: [EntryType],
      description: 'Only in the other.',
      resolve: (it) => [...it.removed],
    }),
    recaptioned: t.field({
      type: [RecaptionedType],
      description: 'In both, with another caption.',
      resolve: (it) => [...it.recaptioned],
    }),
    kept: t.exposeInt('kept', { description: 'How many are the same in both.' }),
  }),
})

const ExportFormatEnum = builder.enumType('DatasetExportFormat', {
  description: 'How a data set version is laid out in its zip.',
  values: {
    CAPTIONS: { value: 'captions', description: 'Pictures with a .txt beside each.' },
    IMAGEFOLDER: { value: 'imagefolder', description: 'Hugging Face imagefolder.' },
    DVC: { value: 'dvc', description: 'A folder with its .dvc file.' },
  } as const,
})

builder.node(DatasetVersionRef, {
  description: 'An immutable, content-addressed list of accepted images and captions.',
  id: { description: 'Relay id.', resolve: (version) => version.id },
  loadOne: (id, context) => context.ports.datasets.byId(viewerOf(context), id),
  fields: (t) => ({
    hash: t.exposeString('hash', { description: 'sha256:<hex> of its manifest.' }),
    imageCount: t.exposeInt('imageCount', { description: 'Images in it.' }),
    triggerWord: t.exposeString('triggerWord', {
      description: 'The word that stands for what is learnt.',
    }),
    classNoun: t.exposeString('classNoun', { description: 'What kind of thing it is.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: (it) => it.createdAt,
    }),
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (it, _args, context) => {
        const project = await context.ports.projects.byId(viewerOf(context), it.projectId)
        if (project === null) throw new DomainError('NOT_FOUND', 'There is no such project.')
        return project
      },
    }),
    diff: t.field({
      type: DiffType,
      description: 'What changed from another version of the project to this one.',
      complexity: 20,
      args: { from: t.arg.id({ required: true, description: 'The other version.' }) },
      resolve: (it, args, context) =>
        context.ports.datasets.diff(viewerOf(context), it.id, rawId(args.from, 'DatasetVersion')),
    }),
    exportUrl: t.string({
      description: 'An address that gives it as a zip for a while.',
      args: {
        format: t.arg({ type: ExportFormatEnum, required: true, description: 'The layout.' }),
      },
      resolve: (it, args, context) => context.ports.datasets.exportUrl(it.id, args.format),
    }),
    images: t.connection({
      type: ImageRef,
      description: 'Its images.',
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.datasets.images(viewerOf(context), it.id, pageOf(args)),
          (image) => image.id,
        ),
    }),
  }),
})

defineMutation('datasetRestore', {
  description:
    'Takes a version up again: it is the newest now, and its pictures have its captions and are used.',
  type: DatasetVersionRef,
  scope: 'researcher',
  input: (t) => ({ datasetVersion: t.id({ description: 'The version.' }) }),
  resolve: (input, { viewer, ports }) =>
    ports.datasets.restore(viewer, rawId(input.datasetVersion, 'DatasetVersion')),
})
