import { act, Refusal } from '../graph/ask.ts'
import { storedToken } from '../graph/client.ts'
import { graphql } from '../graph/graphql.ts'

const UploadBegin = graphql(`
  mutation UploadBegin($pool: ID!) {
    uploadBegin(input: { pool: $pool }) {
      __typename
      ... on UploadTicket {
        url
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

// Enough to keep the line busy, few enough that progress moves and a lost connection costs little.
const batchFiles = 20
const batchBytes = 64 * 1024 * 1024

function batchesOf(files: readonly File[]): File[][] {
  const batches: File[][] = []
  let bytes = 0
  for (const file of files) {
    const last = batches.at(-1)
    if (last === undefined || last.length >= batchFiles || bytes + file.size > batchBytes) {
      batches.push([file])
      bytes = file.size
    } else {
      last.push(file)
      bytes += file.size
    }
  }
  return batches
}

function send(url: string, files: readonly File[], onBytes: (sent: number) => void): Promise<void> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    for (const file of files) form.append('files', file, file.webkitRelativePath || file.name)
    request.upload.onprogress = (event) => onBytes(event.loaded)
    request.onload = () => {
      if (request.status === 200) return done()
      let message = request.statusText
      try {
        message = (JSON.parse(request.responseText) as { message?: string }).message ?? message
      } catch {
        // Not our server's words: the status has to do.
      }
      fail(new Refusal('REFUSED', message))
    }
    request.onerror = () => fail(new Refusal('UNREACHABLE', ''))
    request.open('POST', url)
    const token = storedToken()
    if (token !== null) request.setRequestHeader('authorization', `Bearer ${token}`)
    request.send(form)
  })
}

/** Sends files to a pool, some at a time; `onProgress` gets 0 to 1. A batch that fails is tried once more. */
export async function uploadFiles(
  pool: string,
  files: readonly File[],
  onProgress: (part: number) => void,
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1
  let before = 0
  for (const batch of batchesOf(files)) {
    const size = batch.reduce((sum, file) => sum + file.size, 0)
    const once = async () => {
      const { uploadBegin } = await act(UploadBegin, { pool })
      await send(uploadBegin.url, batch, (sent) =>
        onProgress((before + Math.min(sent, size)) / total),
      )
    }
    // What arrived the first time is an exact duplicate the second time: nothing is doubled.
    await once().catch(once)
    before += size
    onProgress(before / total)
  }
}
