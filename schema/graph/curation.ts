import { builder, viewerOf, type Context } from '../builder.ts'
import { curationStrategies } from '../domain/curation.ts'
import type {
  CandidateReason,
  ClusterShare,
  CurationEstimate,
  CurationStrategy,
  FinalSet,
  ReviewerAgreement,
  ReviewerFigures,
  SecondLook,
  VerdictCounts,
} from '../domain/curation.ts'
import { DomainError } from '../domain/errors.ts'
import type { Id } from '../domain/id.ts'
import { AttributeSharesType } from './attribute.ts'
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

const strategySays: Record<CurationStrategy, string> = {
  blend: 'What is in doubt, and where nobody looked: the product’s own.',
  random: 'At random.',
  medoid: 'The middles of groups.',
  typiclust: 'The most typical of each group without a verdict.',
  'core-set': 'The farthest from all that were seen.',
  entropy: 'The highest entropy.',
  margin: 'The smallest margin.',
}

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
    reasonKey: t.exposeString('reasonKey', {
      description: 'Key of the sentence, for another language.',
    }),
    reasonParams: t.field({
      type: 'JSON',
      description: 'Its parameters.',
      resolve: (it) => it.reasonParams,
    }),
  }),
})

const StrategyEnum = builder.enumType('CurationStrategy', {
  description: 'How the next candidates are chosen.',
  values: Object.fromEntries(
    curationStrategies.map((value) => [
      value.toUpperCase().replace('-', '_'),
      { value, description: strategySays[value] },
    ]),
  ),
})

const ReviewerType = builder.objectRef<ReviewerFigures>('ReviewerFigures').implement({
  description: 'How one reviewer judges.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Who.' }),
    verdicts: t.exposeInt('verdicts', { description: 'Verdicts that stand.' }),
    medianMilliseconds: t.exposeInt('medianMilliseconds', {
      description: 'How long they look at a picture, in the middle.',
    }),
    steadiness: t.exposeFloat('steadiness', {
      nullable: true,
      description:
        'Share of blind repeats on which they said the same; null where there were none.',
    }),
  }),
})

const AgreementType = builder.objectRef<ReviewerAgreement>('ReviewerAgreement').implement({
  description: 'How far the reviewers mean the same; null where no two judged one image.',
  fields: (t) => ({
    alpha: t.exposeFloat('alpha', { nullable: true, description: 'Krippendorff’s alpha.' }),
    kappa: t.exposeFloat('kappa', {
      nullable: true,
      description: 'Cohen’s kappa, over the pairs of reviewers.',
    }),
    pabak: t.exposeFloat('pabak', {
      nullable: true,
      description: 'Kappa adjusted for prevalence and bias: holds when one value is rare.',
    }),
    shared: t.exposeInt('shared', { description: 'Images that two or more judged.' }),
    reviewers: t.field({
      type: [ReviewerType],
      description: 'Each reviewer.',
      resolve: (it) => [...it.reviewers],
    }),
  }),
})

const SecondLookKind = builder.enumType('SecondLookKind', {
  description: 'Why an image deserves a second look.',
  values: {
    DISAGREEMENT: { value: 'disagreement', description: 'Reviewers differ.' },
    SUSPECT: { value: 'suspect', description: 'The other verdicts speak against this one.' },
  } as const,
})

const SecondLookType = builder.objectRef<SecondLook>('SecondLook').implement({
  description: 'A verdict worth a second look.',
  fields: (t) => ({
    kind: t.field({
      type: SecondLookKind,
      description: 'Why.',
      resolve: (it) => it.kind,
    }),
    value: t.field({
      type: VerdictValueEnum,
      description: 'The verdict that stands.',
      resolve: (it) => it.value,
    }),
    probability: t.exposeFloat('probability', {
      nullable: true,
      description: 'P(accept) by a model that has not seen the verdict.',
    }),
    image: t.field({
      type: ImageRef,
      description: 'The picture.',
      resolve: async (it, _args, context) => {
        const image = await context.ports.pools.imageById(viewerOf(context), it.imageId)
        if (image === null) throw new DomainError('NOT_FOUND', 'There is no such image.')
        return image
      },
    }),
  }),
})

const ClusterShareType = builder.objectRef<ClusterShare>('ClusterShare').implement({
  description: 'How a group of similar images fares in the final set.',
  fields: (t) => ({
    cluster: t.exposeInt('cluster', { description: 'Number of the group.' }),
    pool: t.exposeInt('pool', { description: 'Its images in the pool.' }),
    chosen: t.exposeInt('chosen', { description: 'Its images in the set.' }),
    ratio: t.exposeFloat('ratio', {
      description: 'Share of the set over share of the pool; 1 is fair.',
    }),
    flagged: t.exposeBoolean('flagged', {
      description: 'Under 0.8, and 1 % of the pool or more.',
    }),
    image: t.field({
      type: ImageRef,
      nullable: true,
      description: 'Its most typical image.',
      resolve: (it, _args, context) => context.ports.pools.imageById(viewerOf(context), it.imageId),
    }),
  }),
})

/** A page of images that are known by their ids, in the ids' order. */
async function imagesOf(ids: readonly Id[], args: Parameters<typeof pageOf>[0], context: Context) {
  const page = pageOf(args)
  const from = page.after === null ? 0 : ids.indexOf(page.after) + 1
  const images = await context.ports.pools.imagesByIds(
    viewerOf(context),
    ids.slice(from, from + page.first),
  )
  return connectionOf(
    {
      nodes: images.filter((image) => image !== null),
      hasNextPage: from + page.first < ids.length,
    },
    (image) => image.id,
  )
}

const FinalSetType = builder.objectRef<FinalSet>('FinalSet').implement({
  description: 'The smallest set that covers what was accepted.',
  fields: (t) => ({
    size: t.exposeInt('size', { description: 'Images in it.' }),
    suggested: t.exposeInt('suggested', { description: 'The size that is enough.' }),
    maximum: t.exposeInt('maximum', { description: 'All accepted images.' }),
    coverage: t.exposeFloat('coverage', {
      description: '0 to 1: how well it stands for all that was accepted.',
    }),
    poolCoverage: t.exposeFloat('poolCoverage', {
      description: 'Share of the pool that lies as near to the set as to its own 30th neighbour.',
    }),
    attributes: t.field({
      type: [AttributeSharesType],
      description: 'Of person attributes, where they are turned on; groups of five and more only.',
      resolve: (it) => [...it.attributes],
    }),
    clusters: t.field({
      type: [ClusterShareType],
      description: 'How each group of similar images fares.',
      complexity: 20,
      resolve: (it) => [...it.clusters],
    }),
    images: t.connection({
      type: ImageRef,
      description: 'The images, most useful first.',
      resolve: (it, args, context) => imagesOf(it.imageIds, args, context),
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
    waiting: t.connection({
      type: CandidateRef,
      description:
        'Of your rounds what nobody has judged yet, in the order to judge it; 200 at most.',
      resolve: async (it, args, context) => {
        const all = await context.ports.curations.waiting(viewerOf(context), it.id)
        const page = pageOf(args)
        const from = page.after === null ? 0 : all.findIndex(({ id }) => id === page.after) + 1
        return connectionOf(
          {
            nodes: all.slice(from, from + page.first),
            hasNextPage: from + page.first < all.length,
          },
          (candidate) => candidate.id,
        )
      },
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
    strategy: t.field({
      type: StrategyEnum,
      description: 'How the next candidates are chosen.',
      resolve: (it) => it.strategy,
    }),
    agreement: t.field({
      type: AgreementType,
      description: 'How far the reviewers mean the same.',
      complexity: 20,
      resolve: (it, _args, context) => context.ports.curations.agreement(viewerOf(context), it.id),
    }),
    secondLooks: t.field({
      type: [SecondLookType],
      description: 'Verdicts worth a second look, disagreements first; 100 at most.',
      complexity: 100,
      resolve: async (it, _args, context) =>
        (await context.ports.curations.secondLooks(viewerOf(context), it.id)).slice(0, 100),
    }),
    search: t.connection({
      type: ImageRef,
      description: 'Images that a text describes, the nearest first; 100 at most. Needs CLIP.',
      args: { text: t.arg.string({ required: true, description: 'What to look for.' }) },
      resolve: async (it, args, context) => {
        const viewer = viewerOf(context)
        const ids = await context.ports.curations.search(viewer, it.id, args.text, 100)
        return imagesOf(ids, args, context)
      },
    }),
    similar: t.connection({
      type: ImageRef,
      description: 'Images like one of the pool, the nearest first; 100 at most.',
      args: { image: t.arg.id({ required: true, description: 'The image.' }) },
      resolve: async (it, args, context) => {
        const viewer = viewerOf(context)
        const ids = await context.ports.curations.similar(
          viewer,
          it.id,
          rawId(args.image, 'Image'),
          100,
        )
        return imagesOf(ids, args, context)
      },
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
    strategy: t.field({
      type: StrategyEnum,
      required: false,
      description: 'How candidates are chosen, for comparison; BLEND when left away.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.start(viewer, {
      id: clientId(input.id),
      poolId: rawId(input.pool, 'Pool'),
      size: input.size ?? null,
      strategy: input.strategy ?? null,
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

defineMutation('verdictSettle', {
  description: 'One word on an image that ends a disagreement or mends a verdict.',
  type: CurationRef,
  scope: 'reviewer',
  input: (t) => ({
    curation: t.id({ description: 'The curation.' }),
    image: t.id({ description: 'The image.' }),
    value: t.field({ type: VerdictValueEnum, description: 'The verdict.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.settle(viewer, {
      curationId: rawId(input.curation, 'Curation'),
      imageId: rawId(input.image, 'Image'),
      value: input.value,
    }),
})

defineMutation('roundAsk', {
  description: 'A round of given images that were not judged yet ("more from here"); 100 at most.',
  type: RoundRef,
  scope: 'reviewer',
  input: (t) => ({
    curation: t.id({ description: 'The curation.' }),
    images: t.idList({ description: 'The images.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.curations.ask(viewer, {
      curationId: rawId(input.curation, 'Curation'),
      imageIds: input.images.map((id) => rawId(id, 'Image')),
    }),
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
