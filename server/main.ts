import { DomainError } from '#schema/domain/errors.ts'
import { createApp } from './app.ts'
import { readConfig } from './env.ts'

try {
  const config = readConfig()
  const app = await createApp(config)
  console.log(`Autodidact is ready: ${app.url}`)
  if (app.token !== null && config.token === null)
    console.log(`Its token (set AUTODIDACT_TOKEN for one of your own): ${app.token}`)
  console.log(`Data: ${config.dataFolder}`)
  const { notices } = await app.ports.platform.read()
  for (const notice of notices) console.log(notice)
  console.log('Press Ctrl-C to stop; runs go on and are picked up at the next start.')

  let stopping = false
  const stop = () => {
    if (stopping) process.exit(130)
    stopping = true
    console.log('Stopping …')
    app[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
} catch (error) {
  if (error instanceof DomainError) console.error(error.message)
  else console.error(error)
  process.exit(1)
}
