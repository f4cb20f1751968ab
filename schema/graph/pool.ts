import { builder, viewerOf } from '../builder.ts'
import { DomainError } from '../domain/errors.ts'
import {
  poolOutcomes,
  type Image,
  type MapPoint,
  type PoolAccount,
  type PoolEmbedding,
  type PoolEntry,
  type Sight,
  type UploadTicket,
} from '../domain/pool.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { ImageRef, PoolRef, ProjectRef, VerdictValueEnum } from './refs.ts'

const PoolOutcomeEnum = builder.enumType('PoolOutcome', {
  description: 'What became of an offered file.',
  values: poolOutcomes,
})

const ImageFilterEnum = builder.enumType('ImageFilter', {
  description: 'Which images of a pool.',
  values: {
    ALL: { description: 'All that are stored.' },
    USED: { description: 'Those that may be chosen.' },
    EXCLUDED: { description: 'Those that are set aside, with the reason.' },
    IN_DATASET: { description: 'Those of the project’s data set version in use.' },
  } as const,
})

const AccountType = builder.objectRef<PoolAccount>('PoolAccount').implement({
  description: 'What became of every offered file: used + excluded = uploaded, always.',
  fields: (t) => ({
    uploaded: t.exposeInt('uploaded', { description: 'Files offered.' }),
    used: t.exposeInt('used', { description: 'Images that may be chosen.' }),
    excluded: t.exposeInt('excluded', { description: 'Files that are not used.' }),
    byReason: t.field({
      type: [
        builder.objectRef<PoolAccount['byReason'][number]>('ReasonCount').implement({
          description: 'How many files for one reason.',
          fields: (f) => ({
            reason: f.field({
              type: PoolOutcomeEnum,
              description: 'The reason.',
              resolve: (it) => it.reason,
            }),
            count: f.exposeInt('count', { description: 'How many.' }),
          }),
        }),
      ],
      description: 'The excluded files by reason, at most 10.',
      resolve: (it) => it.byReason,
    }),
  }),
})

const EmbeddingType = builder.objectRef<PoolEmbedding>('PoolEmbedding').implement({
  description: 'How far the pictures have been looked at.',
  fields: (t) => ({
    embedder: t.exposeString('embedder', { description: 'The model that looks at them.' }),
    why: t.exposeString('why', { description: 'Why this one.' }),
    state: t.exposeString('state', { description: 'IDLE, WAITING, RUNNING, DONE or FAILED.' }),
    done: t.exposeInt('done', { description: 'Images embedded.' }),
    total: t.exposeInt('total', { description: 'Images to embed.' }),
    message: t.exposeString('message', { description: 'What it is doing, or what to do.' }),
  }),
})

const SightType = builder.objectRef<Sight>('Sight').implement({
  description: 'What a vision model sees in the pool: "34 of 40 show a cat".',
  fields: (t) => ({
    classNoun: t.exposeString('classNoun', { description: 'The thing.' }),
    label: t.string({
      description: 'The thing in a language’s own word (고양이 for cat).',
      args: { language: t.arg.string({ description: 'en or ko.' }) },
      resolve: (sight, args, context) =>
        context.ports.goals.label('subject.classNoun', sight.classNoun, args.language) ??
        sight.classNoun,
    }),
    count: t.exposeInt('count', { description: 'Pictures that show it.' }),
    of: t.exposeInt('of', { description: 'Pictures looked at.' }),
  }),
})

const MapPointType = builder.objectRef<MapPoint>('MapPoint').implement({
  description: 'A picture on the pool’s map.',
  fields: (t) => ({
    image: t.globalID({
      description: 'The image.',
      resolve: (it) => ({ type: 'Image', id: it.imageId }),
    }),
    x: t.exposeFloat('x', { description: '-1 to 1.' }),
    y: t.exposeFloat('y', { description: '-1 to 1.' }),
    cluster: t.exposeInt('cluster', { description: 'The group of like pictures.' }),
    verdict: t.field({
      type: VerdictValueEnum,
      nullable: true,
      description: 'The newest verdict.',
      resolve: (it) => it.verdict,
    }),
  }),
})

const PoolEntryType = builder.objectRef<PoolEntry>('PoolEntry').implement({
  description: 'One line of the account: an offered file.',
  fields: (t) => ({
    fileName: t.exposeString('fileName', { description: 'Its name as offered.' }),
    outcome: t.field({
      type: PoolOutcomeEnum,
      description: 'What became of it.',
      resolve: (it) => it.outcome,
    }),
    message: t.exposeString('message', { description: 'Why, in a sentence.' }),
    bytes: t.exposeFloat('bytes', { description: 'Its size.' }),
    image: t.field({
      type: ImageRef,
      nullable: true,
      description: 'The stored image.',
      resolve: (it, _args, context) =>
        it.imageId === null ? null : context.ports.pools.imageById(viewerOf(context), it.imageId),
    }),
    duplicateOf: t.field({
      type: ImageRef,
      nullable: true,
      description: 'The image that it repeats.',
      resolve: (it, _args, context) =>
        it.duplicateOf === null
          ? null
          : context.ports.pools.imageById(viewerOf(context), it.duplicateOf),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was taken in.',
      resolve: (it) => it.createdAt,
    }),
  }),
})

builder.node(PoolRef, {
  description: 'The uploaded, not yet chosen images of a project.',
  id: { description: 'Relay id.', resolve: (pool) => pool.id },
  loadOne: (id, context) => context.ports.pools.byId(viewerOf(context), id),
  fields: (t) => ({
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (it, _args, context) => {
        const project = await context.ports.projects.byId(viewerOf(context), it.projectId)
        if (project === null) throw new DomainError('NOT_FOUND', 'There is no such project.')
        return project
      },
    }),
    account: t.field({
      type: AccountType,
      description: 'What became of every file.',
      resolve: (it, _args, context) => context.ports.pools.account(viewerOf(context), it.id),
    }),
    embedding: t.field({
      type: EmbeddingType,
      description: 'How far the pictures have been looked at.',
      resolve: (it, _args, context) => context.ports.pools.embedding(viewerOf(context), it.id),
    }),
    sees: t.field({
      type: [SightType],
      description: 'What the pictures show, most frequent first, at most 20.',
      resolve: (it, _args, context) => context.ports.pools.sees(viewerOf(context), it.id),
    }),
    map: t.field({
      type: [MapPointType],
      description: 'The pool as a map, at most 10,000 points.',
      complexity: 50,
      resolve: (it, _args, context) => context.ports.pools.map(viewerOf(context), it.id),
    }),
    images: t.connection({
      type: ImageRef,
      description: 'The images, oldest first.',
      args: {
        filter: t.arg({
          type: ImageFilterEnum,
          required: false,
          description: 'Which; all when left away.',
        }),
      },
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.pools.images(viewerOf(context), it.id, {
            ...pageOf(args),
            filter: args.filter ?? 'ALL',
          }),
          (image) => image.id,
        ),
    }),
    entries: t.connection({
      type: PoolEntryType,
      description: 'The account of every offered file, newest first.',
      args: {
        withoutImage: t.arg.boolean({
          defaultValue: false,
          description: 'Only those that no image was kept of: broken, too small, no picture.',
        }),
      },
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.pools.entries(viewerOf(context), it.id, {
            ...pageOf(args),
            withoutImage: args.withoutImage ?? false,
          }),
          (entry) => entry.id,
        ),
    }),
  }),
})

const ExclusionType = builder.objectRef<NonNullable<Image['excluded']>>('Exclusion').implement({
  description: 'Why an image is not used.',
  fields: (t) => ({
    reason: t.field({
      type: PoolOutcomeEnum,
      description: 'The reason.',
      resolve: (it) => it.reason,
    }),
    message: t.exposeString('message', { description: 'The reason in a sentence.' }),
    duplicateOf: t.field({
      type: ImageRef,
      nullable: true,
      description: 'The image that it repeats.',
      resolve: (it, _args, context) =>
        it.duplicateOf === null
          ? null
          : context.ports.pools.imageById(viewerOf(context), it.duplicateOf),
    }),
  }),
})

builder.node(ImageRef, {
  description: 'One stored picture.',
  id: { description: 'Relay id.', resolve: (image) => image.id },
  loadMany: (ids, context) => context.ports.pools.imagesByIds(viewerOf(context), ids),
  fields: (t) => ({
    fileName: t.exposeString('fileName', { description: 'Its name as offered.' }),
    sha256: t.exposeString('sha256', { description: 'Hash of the bytes that were offered.' }),
    width: t.exposeInt('width', { description: 'Pixels.' }),
    height: t.exposeInt('height', { description: 'Pixels.' }),
    bytes: t.exposeFloat('bytes', { description: 'Size of the stored picture.' }),
    url: t.exposeString('url', { description: 'The picture; signed, for an hour or more.' }),
    thumbnailUrl: t.exposeString('thumbnailUrl', { description: 'At most 256 pixels a side.' }),
    measures: t.field({
      type: 'JSON',
      description: 'Quality measures: blur, brightness, contrast, …',
      resolve: (it) => it.measures,
    }),
    excluded: t.field({
      type: ExclusionType,
      nullable: true,
      description: 'Why it is not used; null when it is.',
      resolve: (it) => it.excluded,
    }),
    sees: t.exposeString('sees', { nullable: true, description: 'What the vision model sees.' }),
    caption: t.exposeString('caption', {
      nullable: true,
      description: 'A caption of your own; the template is used without one.',
    }),
    verdict: t.field({
      type: VerdictValueEnum,
      nullable: true,
      description: 'The newest verdict in the newest curation.',
      resolve: (it, _args, context) => context.ports.pools.verdictOf(viewerOf(context), it.id),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was taken in.',
      resolve: (it) => it.createdAt,
    }),
  }),
})

const TicketType = builder.objectRef<UploadTicket>('UploadTicket').implement({
  description: 'Leave to send files once: POST multipart/form-data to its url.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Its key.' }),
    url: t.exposeString('url', { description: 'Where to POST; answers {entries, account}.' }),
    method: t.string({ description: 'POST.', resolve: () => 'POST' }),
    maxFileBytes: t.exposeFloat('maxFileBytes', { description: 'The largest picture.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when.',
      resolve: (it) => it.expiresAt,
    }),
  }),
})

defineMutation('uploadBegin', {
  description:
    'Gives leave to send files to a pool: one POST of any number of files, folders’ files or zips.',
  type: TicketType,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({ required: false, description: 'A UUID of your own.' }),
    pool: t.id({ description: 'The pool.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.pools.uploadBegin(viewer, { id: clientId(input.id), poolId: rawId(input.pool, 'Pool') }),
})

defineMutation('vectorsForget', {
  description:
    'Deletes vectors that were made elsewhere: the pictures are looked at here again. They come by uploading a .safetensors file.',
  type: PoolRef,
  scope: 'researcher',
  input: (t) => ({ pool: t.id({ description: 'The pool.' }) }),
  resolve: (input, { viewer, ports }) =>
    ports.pools.forgetVectors(viewer, rawId(input.pool, 'Pool')),
})

defineMutation('imageInclude', {
  description: 'Uses an excluded image anyway.',
  type: ImageRef,
  scope: 'reviewer',
  input: (t) => ({ image: t.id({ description: 'The image.' }) }),
  resolve: (input, { viewer, ports }) => ports.pools.include(viewer, rawId(input.image, 'Image')),
})

defineMutation('imageExclude', {
  description: 'Sets an image aside; imageInclude takes it back.',
  type: ImageRef,
  scope: 'reviewer',
  input: (t) => ({ image: t.id({ description: 'The image.' }) }),
  resolve: (input, { viewer, ports }) => ports.pools.exclude(viewer, rawId(input.image, 'Image')),
})

defineMutation('captionSet', {
  description: 'Gives an image a caption of your own; empty text goes back to the template.',
  type: ImageRef,
  scope: 'reviewer',
  input: (t) => ({
    image: t.id({ description: 'The image.' }),
    text: t.string({ description: 'The caption, at most 1,000 characters.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.pools.setCaption(viewer, rawId(input.image, 'Image'), input.text),
})

builder.subscriptionField('poolChanged', (t) =>
  t.field({
    type: PoolRef,
    description: 'The pool on each change of its files or embedding: newest wins.',
    authScopes: { signedIn: true },
    args: { pool: t.arg.id({ description: 'The pool.' }) },
    subscribe: (_root, args, context) =>
      context.ports.pools.changes(viewerOf(context), rawId(args.pool, 'Pool')),
    resolve: (pool) => pool,
  }),
)
