import { builder, viewerOf } from '../builder.ts'
import type { LlmSetting } from '../domain/llm-setting.ts'
import { defineMutation } from './mutation.ts'

const LlmSettingType = builder.objectRef<LlmSetting>('LlmSetting').implement({
  description: 'How goals are read with a language model’s help.',
  fields: (t) => ({
    available: t.exposeBoolean('available', {
      description: 'Whether the environment names a server.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is asked.' }),
    host: t.exposeString('host', {
      nullable: true,
      description: 'The server’s host; its address and key come from the environment alone.',
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
      model: input.model ?? null,
      timeoutSeconds: input.timeoutSeconds ?? null,
      dailyTokens: input.dailyTokens ?? null,
      dailyMoney: input.dailyMoney ?? null,
      priceIn: input.priceIn ?? null,
      priceOut: input.priceOut ?? null,
    }),
})
