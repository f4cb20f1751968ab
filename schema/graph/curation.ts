import { builder, viewerOf } from '../builder.ts'
import type {
  CandidateReason,
  CurationEstimate,
  FinalSet,
  VerdictCounts,
} from '../domain/curation.ts'
import { DomainError } from '../domain/errors.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import {
  CandidateRef,
  CurationRef,
  DatasetVersionRef,
  ImageRef,
  PoolRef,
  RoundRef,
  VerdictValueEnum,
} from './refs.ts'

const CurationState = builder.enumType('CurationState', {
  description: 'Whether verdicts are still taken.',
  values: {
    OPEN: { description: 'Verdicts are taken.' },
    FINISHED: { description: 'A data set version was made of it.' },
  } as const,
})

const CountsType = builder.objectRef<VerdictCounts>('VerdictCounts').implement({
  description: 'The verdicts that stand.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Accepted images.' }),
    rejected: t.exposeInt('rejected', { description: 'Rejected images.' }),
    unsure: t.exposeInt('unsure', { description: 'Images nobody could tell.' }),
  }),
})

const EstimateType = builder.objectRef<CurationEstimate>('CurationEstimate').implement({
  description: 'How well the model knows what you mean, and what is left to do.',
  fields: (t) => ({
    kappa: t.exposeFloat('kappa', {
      nullable: true,
      description:
        'Agreement of the model with you (Cohen’s kappa); null while there are too few verdicts.',
    }),
    kappaLow: t.exposeFloat('kappaLow', {
      nullable: true,
      description: 'Lower end of its 95 % interval.',
    }),
    kappaHigh: t.exposeFloat('kappaHigh', { nullable: true, description: 'Upper end.' }),
    expectedAccepted: t.exposeInt('expectedAccepted', {
      description: 'How many images of the pool you would accept.',
    }),
    moreLabels: t.exposeInt('moreLabels', {
      description: 'About how many more verdicts are worth it.',
    }),
    suggestStop: t.exposeBoolean('suggestStop', {
      description: 'Whether to stop now; you decide.',
    }),
    reason: t.exposeString('reason', { description: 'Why, in a sentence.' }),
  }),
})

const FinalSetType = builder.objectRef<FinalSet>('FinalSet').implement({
  description: 'The smallest set that covers what was accepted.',
  fields: (t) => ({
    size: t.exposeInt('size', { description: 'Images in it.' }),
    suggested: t.exposeInt('suggested', { description: 'The size that is enough.' }),
    maximum: t.exposeInt('maximum', { description: 'All accepted images.' }),
    coverage: t.exposeFloat('coverage', {
      description: '0 to 1: how well it stands for all that was accepted.',
    }),
    images: t.connection({
      type: ImageRef,
      description: 'The images, most useful first.',
      resolve: async (it, args, context) => {
        const page = pageOf(args)
        const from = page.after === null ? 0 : it.imageIds.indexOf(page.after) + 1
        const ids = it.imageIds.slice(from, from + page.first)
        const images = await context.ports.pools.imagesByIds(viewerOf(context), ids)
        return connectionOf(
          {
            nodes: images.filter((image) => image !== null),
            hasNextPage: from + page.first < it.imageIds.length,
          },
          (image) => image.id,
        )
      },
    }),
  }),
})

builder.node(CurationRef, {
  description: 'The accept/reject process on a pool for one goal.',
  id: { description: 'Relay id.', resolve: (curation) => curation.id },
  loadOne: (id, context) => context.ports.curations.byId(viewerOf(context), id),
  fields: (t) => ({
    state: t.field({
      type: CurationState,
      description: 'Whether verdicts are still taken.',
      resolve: (it) => it.state,
    }),
    embedder: t.exposeString('embedder', { description: 'The model whose vectors it uses.' }),
    seed: t.exposeInt('seed', {
      description: 'The same seed and verdicts give the same candidates.',
    }),
    pool: t.field({
      type: PoolRef,
      description: 'Its pool.',
      resolve: async (it, _args, context) => {
        const pool = await context.ports.pools.byId(viewerOf(context), it.poolId)
        if (pool === null) throw new DomainError('NOT_FOUND', 'There is no such pool.')
        return pool
      },
    }),
    round: t.field({
      type: RoundRef,
      nullable: true,
      description: 'The newest round.',
      resolve: (it, _args, context) =>
        context.ports.curations.currentRound(viewerOf(context), it.id),
    }),
    estimate: t.field({
      type: EstimateType,
      description: 'How well the model knows what you mean.',
      complexity: 20,
      resolve: (it, _args, context) => context.ports.curations.estimate(viewerOf(context), it.id),
    }),
    verdicts: t.field({
      type: CountsType,
      description: 'The verdicts that stand.',
      resolve: (it, _args, context) => context.ports.curations.counts(viewerOf(context), it.id),
    }),
    rounds: t.connection({
      type: RoundRef,
      description: 'All rounds, oldest first.',
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.curations.rounds(viewerOf(context), it.id, pageOf(args)),
          (round) => round.id,
        ),
    }),
    finalSet: t.field({
      type: FinalSetType,
      description: 'The set that finishing now would make.',
      complexity: 20,
      args: {
        size: t.arg.int({
          required: false,
          description: 'How many images; the suggested number when left away.',
        }),
      },
      resolve: (it, args, context) =>
        context.ports.curations.finalSet(viewerOf(context), it.id, args.size ?? null),
    }),
  }),
})

builder.node(RoundRef, {
  description: 'Some candidates, chosen together.',
  id: { description: 'Relay id.', resolve: (round) => round.id },
  loadOne: (id, context) => context.ports.curations.roundById(viewerOf(context), id),
  fields: (t) => ({
    ordinal: t.exposeInt('ordinal', { description: '0 for the first.' }),
    curation: t.field({
      type: CurationRef,
      description: 'Its curation.',
      resolve: async (it, _args, context) => {
        const curation = await context.ports.curations.byId(viewerOf(context), it.curationId)
        if (curation === null) throw new DomainError('NOT_FOUND', 'There is no such curation.')
        return curation
      },
    }),
    candidates: t.connection({
      type: CandidateRef,
      description: 'The candidates, in the order to judge them.',
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.curations.candidates(viewerOf(context), it.id, pageOf(args)),
          (candidate) => candidate.id,
        ),
    }),
  }),
})

const ReasonType = builder.objectRef<CandidateReason>('CandidateReason').implement({
  description: 'Why a candidate was chosen.',
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description: 'medoid, uncertain, boundary, fairness, audit or said.',
    }),
    text: t.exposeString('text', { description: 'In a sentence.' }),
    key: t.exposeString('key', { description: 'Key of the sentence, for another language.' }),
    params: t.field({ type: 'JSON', description: 'Its parameters.', resolve: (it) => it.params }),
    terms: t.field({ type: 'JSON', description: 'Every score term.', resolve: (it) => it.terms }),
  }),
})

builder.node(CandidateRef, {
  description: 'An image that waits for a verdict, or has one.',
  id: { description: 'Relay id.', resolve: (candidate) => candidate.id },
  loadOne: (id, context) => context.ports.curations.candidateById(viewerOf(context), id),
  fields: (t) => ({
    rank: t.exposeInt('rank', { description: 'Its place in the round, from 0.' }),
    image: t.field({
      type: ImageRef,
      description: 'The picture.',
      resolve: async (it, _args, context) => {
        const image = await context.ports.pools.imageById(viewerOf(context), it.imageId)
        if (image === null) throw new DomainError('NOT_FOUND', 'There is no such image.')
        return image
      },
    }),
    partner: t.field({
      type: ImageRef,
      nullable: true,
      description: 'The other side of a boundary pair, shown beside it.',
      resolve: (it, _args, context) =>
        it.partnerId === null
          ? null
          : context.ports.pools.imageById(viewerOf(context), it.partnerId),
    }),
    verdict: t.field({
      type: VerdictValueEnum,
      nullable: true,
      description: 'The verdict that stands.',
      resolve: (it) => it.verdict,
    }),
    reason: t.field({
      type: ReasonType,
      description: 'Why it was chosen.',
      resolve: (it) => it.reason,
    }),
  }),
})

defineMutation('curationStart', {
  description:
    'Begins the accept/reject rounds on a pool; goes on with the open curation where there is one.',
  type: CurationRef,
  scope: 'reviewer',
  input: (t) => ({
    id: t.string({ required: false, description: 'A UUID of your own.' }),
    pool: t.id({ description: 'The pool.' }),
    size: t.int({
      required: false,
      description: 'Candidates a round, 1 to 100; 10 when left away.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.start(viewer, {
      id: clientId(input.id),
      poolId: rawId(input.pool, 'Pool'),
      size: input.size ?? null,
    }),
})

defineMutation('roundNext', {
  description: 'Chooses the next candidates from the verdicts so far.',
  type: RoundRef,
  scope: 'reviewer',
  input: (t) => ({
    id: t.string({ required: false, description: 'A UUID of your own.' }),
    curation: t.id({ description: 'The curation.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.nextRound(viewer, {
      id: clientId(input.id),
      curationId: rawId(input.curation, 'Curation'),
    }),
})

defineMutation('verdictRecord', {
  description: 'Records a verdict on a candidate; a second one replaces the first.',
  type: CandidateRef,
  scope: 'reviewer',
  input: (t) => ({
    id: t.string({
      required: false,
      description: 'A UUID of your own, so that sending twice records once.',
    }),
    candidate: t.id({ description: 'The candidate.' }),
    value: t.field({ type: VerdictValueEnum, description: 'The verdict.' }),
    milliseconds: t.int({ description: 'How long the person looked.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.recordVerdict(viewer, {
      id: clientId(input.id),
      candidateId: rawId(input.candidate, 'Candidate'),
      value: input.value,
      milliseconds: input.milliseconds,
    }),
})

defineMutation('verdictUndo', {
  description: 'Takes your newest verdict back, as often as there are any.',
  type: CandidateRef,
  scope: 'reviewer',
  input: (t) => ({ curation: t.id({ description: 'The curation.' }) }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.undoVerdict(viewer, rawId(input.curation, 'Curation')),
})

defineMutation('imagesAccept', {
  description: 'Accepts images by list; recorded as verdicts.',
  type: CurationRef,
  scope: 'reviewer',
  input: (t) => ({
    curation: t.id({ description: 'The curation.' }),
    images: t.idList({ description: 'The images, at most 10,000.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.acceptImages(
      viewer,
      rawId(input.curation, 'Curation'),
      input.images.map((id) => rawId(id, 'Image')),
    ),
})

defineMutation('curationFinish', {
  description: 'Makes an immutable data set version of what was accepted.',
  type: DatasetVersionRef,
  scope: 'reviewer',
  input: (t) => ({
    id: t.string({ required: false, description: 'A UUID of your own.' }),
    curation: t.id({ description: 'The curation.' }),
    size: t.int({
      required: false,
      description: 'How many images; all accepted ones when left away.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.finish(viewer, {
      id: clientId(input.id),
      curationId: rawId(input.curation, 'Curation'),
      size: input.size ?? null,
    }),
})
