/** Imports point up, data flows down (design 02). Every rule says why. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle means that two files are one: neither can be read or tested alone.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'schema/domain is values: zod and the canonical JSON only, so that every layer may use it.',
      from: { path: '^schema/domain/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot: ['^schema/domain/', 'node_modules/(zod|canonicalize)/', '^node:crypto$|^crypto$'],
      },
    },
    {
      name: 'schema-imports-nothing-of-ours',
      severity: 'error',
      comment: 'The contract does no I/O and knows no implementation.',
      from: { path: '^schema/' },
      to: { path: '^(server|intelligence|client|migrations|test)/' },
    },
    {
      name: 'intelligence-is-pure',
      severity: 'error',
      comment: 'Intelligence proposes values: it has never heard of a database or a server.',
      from: { path: '^intelligence/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(server|client|migrations|test|schema/(?!domain/))' },
    },
    {
      name: 'intelligence-has-one-door',
      severity: 'error',
      comment: 'The server depends on intelligence/index.ts only, so its inside can be rebuilt.',
      from: { path: '^server/' },
      to: { path: '^intelligence/(?!index\\.ts$)' },
    },
    {
      name: 'migrations-stand-alone',
      severity: 'error',
      comment: 'A migration must mean the same for ever.',
      from: { path: '^migrations/' },
      to: { path: '^(server|schema|intelligence|client|test)/' },
    },
    {
      name: 'client-knows-the-wire',
      severity: 'error',
      comment: 'The client knows schema.graphql and nothing else of ours.',
      from: { path: '^client/' },
      to: { path: '^(server|intelligence|migrations|test|schema/(?!schema\\.graphql))' },
    },
    {
      name: 'nobody-imports-test',
      severity: 'error',
      comment: 'Test code never ships.',
      from: {
        path: '^(schema|server|intelligence|client|migrations)/',
        pathNot: '\\.test\\.tsx?$',
      },
      to: { path: '^test/' },
    },
    {
      name: 'one-importer-of-databases',
      severity: 'error',
      comment: 'Drivers live in server/db: everything else takes a handle.',
      from: { path: '^(schema|server|intelligence|client)/', pathNot: '^server/db/' },
      to: { path: 'node_modules/(pg|@electric-sql/pglite|@electric-sql/pglite-pgvector)/' },
    },
    {
      name: 'one-importer-of-langchain',
      severity: 'error',
      comment: 'Time-outs, budget and breaker are kept in one place.',
      from: { pathNot: '^intelligence/llm\\.ts$' },
      to: { path: 'node_modules/(langchain|@langchain)/' },
    },
    {
      name: 'one-importer-of-kubernetes',
      severity: 'error',
      comment: 'Its watch is faulty: one file deals with it.',
      from: { pathNot: '^server/executor/kubernetes/cluster\\.ts$' },
      to: { path: 'node_modules/@kubernetes/client-node/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
    exclude: { path: '(^dist/|^\\.cache/)' },
  },
}
