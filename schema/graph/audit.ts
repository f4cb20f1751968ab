import { builder, viewerOf } from '../builder.ts'
import type { AuditFault, AuditRecord, AuditReport } from '../domain/audit.ts'
import { connectionOf, pageOf } from './page.ts'
import { ProjectRef } from './refs.ts'

const AuditRecordType = builder.objectRef<AuditRecord>('AuditRecord').implement({
  description: 'One action of one person, written down in the transaction that did it.',
  fields: (t) => ({
    ordinal: t.exposeInt('ordinal', { description: 'Its place in the project’s chain, from 1.' }),
    person: t.exposeString('person', { nullable: true, description: 'Who did it.' }),
    action: t.exposeString('action', { description: 'What was done: the mutation’s name.' }),
    subject: t.exposeString('subject', { description: 'The key of what it was done to.' }),
    body: t.field({ type: 'JSON', description: 'The facts.', resolve: (it) => it.body }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (it) => it.at }),
  }),
})

const AuditFaultType = builder.objectRef<AuditFault>('AuditFault').implement({
  description: 'Where a chain is not what was written.',
  fields: (t) => ({
    project: t.globalID({
      nullable: true,
      description: 'The project; null: the installation’s own chain.',
      resolve: (it) => (it.projectId === null ? null : { type: 'Project', id: it.projectId }),
    }),
    ordinal: t.exposeInt('ordinal', { description: 'The entry.' }),
    message: t.exposeString('message', { description: 'What is wrong with it, in a sentence.' }),
  }),
})

const AuditReportType = builder.objectRef<AuditReport>('AuditReport').implement({
  description: 'What a check of all audit chains found.',
  fields: (t) => ({
    chains: t.exposeInt('chains', { description: 'How many chains there are.' }),
    entries: t.exposeInt('entries', { description: 'How many entries were read.' }),
    faults: t.field({
      type: [AuditFaultType],
      description: 'What is changed or missing, at most 100; empty: all is as it was written.',
      resolve: (it) => [...it.faults],
    }),
  }),
})

builder.objectField(ProjectRef, 'audit', (t) =>
  t.connection({
    type: AuditRecordType,
    description: 'What was done in it, newest first.',
    resolve: async (it, args, context) =>
      connectionOf(
        await context.ports.audits.ofProject(viewerOf(context), it.id, pageOf(args)),
        (record) => record.id,
      ),
  }),
)

builder.queryField('auditCheck', (t) =>
  t.field({
    type: AuditReportType,
    description: 'Compares every audit chain with its hashes and its signed end; takes a while.',
    authScopes: { administrator: true },
    complexity: 2_000,
    resolve: (_root, _args, context) => context.ports.audits.check(),
  }),
)
