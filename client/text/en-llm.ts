/** The words of the language model's page, in English. */
export const enLlm = {
  llm: {
    nav: 'Language model',
    title: 'Language model',
    help: 'It helps to read what people want to train. Without one the built-in grammar reads alone, and nothing else changes.',
    onlyAdministrators: 'Only administrators see this page.',
    server: 'Server and caps',
    enabled: 'Ask it',
    url: 'Base URL',
    urlHelp: (host: string | null) =>
      host === null
        ? 'Any OpenAI-compatible server, with its version: http://localhost:11434/v1'
        : `Empty: the environment’s server (${host}), with its own key.`,
    key: 'Key',
    keyStored: 'A key is stored; type another to replace it. It is never shown.',
    keyNone: 'Stored sealed and never shown; leave it empty where the server takes none.',
    noKey: 'This server takes no key: forget the stored one',
    model: 'Model',
    timeout: 'Seconds for an answer',
    dailyTokens: 'Tokens a person and day',
    dailyMoney: 'USD a person and day',
    priceIn: 'USD for a million tokens in',
    priceOut: 'USD for a million tokens out',
    empty: (value: string) => `environment: ${value}`,
    save: 'Save',
    saved: 'Saved: it holds from the next goal on.',
    state: 'Now and today',
    off: 'It is off: the grammar reads alone.',
    on: (model: string, host: string) => `${model} at ${host} is asked.`,
    works: 'It answers, as far as is known.',
    failures: (n: number) => `It failed ${n} ${n === 1 ? 'time' : 'times'} in a row.`,
    open: (at: string) => `It failed several times and is left alone until ${at}.`,
    retry: 'Try again now',
    test: 'Test connection',
    testing: 'Asking …',
    tested: (ms: string, tokens: string) =>
      `It answered as agreed in ${ms} s and took ${tokens} tokens.`,
    failed: {
      OFF: 'It is off. Name a server and a model, tick "Ask it", and save.',
      BREAKER_OPEN: 'It is left alone after failing: try again now.',
      CAP_REACHED:
        'Your own tokens or money of today are used up: raise the caps, then test again.',
      TIMED_OUT:
        'No answer in time. Allow more seconds, take a smaller model, or look whether the server is still loading it.',
      RATE_LIMITED: 'The server takes no more calls now: wait, or ask its provider for more.',
      SERVER_ERROR: 'The server failed by itself: look at its log.',
      UNREACHABLE:
        'Nothing answers at this address. Look whether the server runs, and whether host, port and version (/v1) are right.',
      TOO_LARGE: 'It answered far too much: this is hardly a language model’s server.',
      UNREADABLE:
        'It answered, but not in the agreed form. Take a model that can give structured output (JSON schema).',
      REFUSED: 'The server refused the call: look at the key and at the name of the model.',
    } as Record<string, string>,
    today: 'Today (UTC)',
    calls: 'Calls',
    failedCalls: 'failed',
    tokens: 'Tokens',
    money: 'USD',
    person: 'Person',
    none: 'Nobody has asked it today.',
    record: 'What was asked and answered',
    recordHelp:
      'Every call is kept with its prompt and its reply, for administrators only. Keys are no part of it.',
    noRecord: 'No call was made yet.',
    asked: 'Asked',
    answered: 'Answered',
    noAnswer: 'Nothing came.',
    more: 'Show more',
    outcome: {
      OK: 'used',
      RUNNING: 'not answered yet',
      TIMED_OUT: 'took too long',
      RATE_LIMITED: 'took no more calls',
      SERVER_ERROR: 'server failed',
      UNREACHABLE: 'not reached',
      TOO_LARGE: 'far too much',
      UNREADABLE: 'not in the agreed form',
      REFUSED: 'refused',
    } as Record<string, string>,
    agrees: (same: number, all: number) => `It agrees with the grammar on ${same} of ${all}.`,
    other: (value: string) => `the language model read ${value}`,
    dropped: (paths: string) =>
      `Not believed, for it is neither in the goal nor in the catalogue: ${paths}.`,
    explained: { GRAMMAR: 'The built-in grammar', LLM: 'The language model' } as Record<
      string,
      string
    >,
  },
}
