// `npm run bench [name...]`: measures and reports, asserts nothing.
import { embedding } from './embedding.ts'
import { engine } from './engine.ts'
import { events } from './events.ts'
import { graphql } from './graphql.ts'
import { intent } from './intent.ts'
import { queue } from './queue.ts'
import { runs } from './runs.ts'

const benches: Record<string, () => Promise<void>> = {
  intent,
  graphql,
  embedding,
  events,
  runs,
  queue,
  engine,
}
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => benches[name] === undefined)
if (unknown.length > 0) {
  console.error(
    `There is no bench "${unknown.join('", "')}": choose from ${Object.keys(benches).join(', ')}.`,
  )
  process.exit(2)
}
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length === 0 || asked.includes(name)) await bench()
}
