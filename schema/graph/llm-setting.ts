import { builder, viewerOf } from '../builder.ts'
import type { LlmCall, LlmProbe, LlmSetting, LlmState } from '../domain/llm-setting.ts'
import { FallbackEnum } from './ask.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'

const LlmSettingType = builder.objectRef<LlmSetting>('LlmSetting').implement({
  description: 'How goals are read with a language model’s help.',
  fields: (t) => ({
    available: t.exposeBoolean('available', {
      description: 'Whether a server is named, by the environment or an administrator.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is asked.' }),
    host: t.exposeString('host', {
      nullable: true,
      description: 'The host of the server that is asked.',
    }),
    url: t.exposeString('url', {
      nullable: true,
      description:
        'The address that administrators have set; null: the environment’s server is asked.',
    }),
    fromEnvironment: t.exposeBoolean('fromEnvironment', {
      description: 'Whether the environment names a server.',
    }),
    keyStored: t.exposeBoolean('keyStored', {
      description: 'Whether a key is stored for the address; it is never given back.',
    }),
    model: t.exposeString('model', { nullable: true, description: 'The model that is asked.' }),
    timeoutSeconds: t.exposeFloat('timeoutSeconds', {
      description: 'How long an answer may take, both attempts together.',
    }),
    dailyTokens: t.exposeInt('dailyTokens', { description: 'Tokens a person may use in a day.' }),
    dailyMoney: t.exposeFloat('dailyMoney', { description: 'USD a person may use in a day.' }),
    priceIn: t.exposeFloat('priceIn', { description: 'USD for a million tokens of a prompt.' }),
    priceOut: t.exposeFloat('priceOut', { description: 'USD for a million tokens of a reply.' }),
  }),
})

builder.queryField('llmSettings', (t) =>
  t.field({
    type: LlmSettingType,
    description: 'What holds for the language model; for administrators.',
    authScopes: { administrator: true },
    resolve: (_root, _args, context) => context.ports.llmSettings.get(viewerOf(context)),
  }),
)

defineMutation('llmSettingsSet', {
  description:
    'Sets how the language model is used, from the next goal on; what is left away is the environment’s.',
  type: LlmSettingType,
  scope: 'administrator',
  input: (t) => ({
    enabled: t.boolean({ description: 'Whether it is asked at all.' }),
    url: t.string({
      required: false,
      description:
        'Base URL of an OpenAI-compatible server, with its version; without one the environment’s server and key.',
    }),
    key: t.string({
      required: false,
      description:
        'The key of that address, written only; left away the stored one stays, empty: it needs none.',
    }),
    model: t.string({ required: false, description: 'The model’s name on its server.' }),
    timeoutSeconds: t.float({ required: false, description: '1 to 120.' }),
    dailyTokens: t.int({ required: false, description: 'Tokens a person may use in a day.' }),
    dailyMoney: t.float({ required: false, description: 'USD a person may use in a day.' }),
    priceIn: t.float({ required: false, description: 'USD for a million tokens of a prompt.' }),
    priceOut: t.float({ required: false, description: 'USD for a million tokens of a reply.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.llmSettings.set(viewer, {
      enabled: input.enabled,
      url: input.url ?? null,
      key: input.key ?? null,
      model: input.model ?? null,
      timeoutSeconds: input.timeoutSeconds ?? null,
      dailyTokens: input.dailyTokens ?? null,
      dailyMoney: input.dailyMoney ?? null,
      priceIn: input.priceIn ?? null,
      priceOut: input.priceOut ?? null,
    }),
})

const LlmPersonType = builder.objectRef<LlmState['people'][number]>('LlmPersonUsage').implement({
  description: 'What one person’s goals took of the language model today.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The person.' }),
    calls: t.exposeInt('calls', { description: 'Calls.' }),
    tokens: t.exposeInt('tokens', {
      description: 'Tokens, those set aside for a running call too.',
    }),
    money: t.exposeFloat('money', { description: 'USD.' }),
  }),
})

const LlmStateType = builder.objectRef<LlmState>('LlmState').implement({
  description: 'How the language model does today (UTC).',
  fields: (t) => ({
    failures: t.exposeInt('failures', { description: 'Failures in a row.' }),
    openUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when it is left alone after failing; null: it is asked.',
      resolve: (it) => it.openUntil,
    }),
    calls: t.exposeInt('calls', { description: 'Calls today.' }),
    failed: t.exposeInt('failed', { description: 'Those of them that failed.' }),
    tokens: t.exposeInt('tokens', { description: 'Tokens today.' }),
    money: t.exposeFloat('money', { description: 'USD today.' }),
    people: t.field({
      type: [LlmPersonType],
      description: 'Who spent most, at most 10.',
      resolve: (it) => [...it.people],
    }),
  }),
})

const LlmCallType = builder.objectRef<LlmCall>('LlmCall').implement({
  description: 'One call of the language model, as it is kept for the record.',
  fields: (t) => ({
    person: t.exposeString('person', { description: 'Whose goal it was.' }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (it) => it.at }),
    model: t.exposeString('model', { description: 'The model.' }),
    outcome: t.exposeString('outcome', {
      description: 'OK, RUNNING, or why the answer was not used.',
    }),
    prompt: t.exposeString('prompt', {
      description: 'The messages as they were sent, JSON; the key is no part of them.',
    }),
    reply: t.exposeString('reply', {
      nullable: true,
      description: 'The answer as it came, at most 64 KiB; null when none came.',
    }),
    tokens: t.exposeInt('tokens', { description: 'Tokens, prompt and reply.' }),
    money: t.exposeFloat('money', { description: 'USD.' }),
    attempts: t.exposeInt('attempts', { description: '1, or 2 after a failure that passed.' }),
    milliseconds: t.exposeInt('milliseconds', { description: 'How long it took.' }),
  }),
})

builder.queryField('llmCalls', (t) =>
  t.connection({
    type: LlmCallType,
    description:
      'What the language model was asked and answered, newest first; for administrators.',
    authScopes: { administrator: true },
    resolve: async (_root, args, context) =>
      connectionOf(
        await context.ports.llmSettings.calls(viewerOf(context), pageOf(args)),
        (call) => call.id,
      ),
  }),
)

const LlmProbeType = builder.objectRef<LlmProbe>('LlmProbe').implement({
  description: 'What a test call came to.',
  fields: (t) => ({
    fallback: t.field({
      type: FallbackEnum,
      nullable: true,
      description: 'What went wrong; null: it answered as agreed.',
      resolve: (it) => (it.outcome === 'OK' ? null : it.outcome),
    }),
    milliseconds: t.exposeInt('milliseconds', { description: 'How long it took.' }),
    tokens: t.exposeInt('tokens', { description: 'Tokens it took.' }),
    money: t.exposeFloat('money', { description: 'USD it took.' }),
  }),
})

builder.queryField('llmState', (t) =>
  t.field({
    type: LlmStateType,
    description: 'The language model’s breaker and what was spent today; for administrators.',
    authScopes: { administrator: true },
    resolve: (_root, _args, context) => context.ports.llmSettings.state(viewerOf(context)),
  }),
)

defineMutation('llmTest', {
  description:
    'Asks the language model that is set now to read one short goal; counts against the caller’s day.',
  type: LlmProbeType,
  scope: 'administrator',
  input: (t) => ({
    goal: t.string({
      required: false,
      description: 'The goal to read, at most 2,000 characters; a short one of ours without it.',
    }),
  }),
  resolve: (input, { viewer, ports }) => ports.llmSettings.test(viewer, input.goal ?? null),
})

defineMutation('llmRetry', {
  description: 'Asks the language model again at once, though it failed several times.',
  type: LlmStateType,
  scope: 'administrator',
  input: (t) => ({ model: t.string({ description: 'The model that was left alone.' }) }),
  resolve: (input, { viewer, ports }) => ports.llmSettings.retry(viewer, input.model),
})
