import tseslint from 'typescript-eslint'

const noEnv = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Settings are parsed once, in server/env.ts; take a value as a parameter.',
}

// PGlite has one connection: the outer handle inside a transaction would wait for ever.
const noOuterHandle = {
  selector:
    "CallExpression[callee.property.name='execute'][callee.object.callee.property.name='transaction'] :function :matches(CallExpression[callee.object.name='db'], CallExpression > Identifier.arguments[name='db'])",
  message: 'Inside a transaction use its own handle (trx): on PGlite the outer one waits for ever.',
}

export default tseslint.config(
  {
    ignores: [
      '**/*.d.ts',
      '.dependency-cruiser.cjs',
      'node_modules',
      'dist',
      '.cache',
      'deploy',
      'client/graph/graphql-env.d.ts',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      // Ports and dependencies are closures, not instances: taking one apart is how they are used.
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': ['error', noEnv, noOuterHandle],
    },
  },
  {
    files: ['server/env.ts', 'test/**', 'bin/**', '**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', noOuterHandle] },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { projectService: false } },
  },
  {
    // Answers of GraphQL are read as they come: each test asserts what it reads.
    files: ['test/**', '**/*.test.ts', '**/*.test.tsx'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
    },
  },
)
