import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would take graphql's .mjs and Node its .js: two copies, whose types do not know each other.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['{schema,intelligence,server,client,migrations,test}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'test/kubernetes/**', 'test/bench/**', 'test/soak/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page or a run on a busy machine: a second is not long.
    expect: { poll: { timeout: 10_000 } },
    // Two torch processes with two threads each spin each other down without it (x30 measured).
    env: { OMP_WAIT_POLICY: 'passive' },
  },
})
