import { builder, viewerOf } from '../builder.ts'
import { DomainError } from '../domain/errors.ts'
import { connectionOf, pageOf } from './page.ts'
import { DatasetVersionRef, ImageRef, ProjectRef } from './refs.ts'

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
