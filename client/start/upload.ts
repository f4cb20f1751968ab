import { act, Refusal } from '../graph/ask.ts'
import { storedToken } from '../graph/client.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'

const UploadBegin = graphql(
  `
    mutation UploadBegin($pool: ID!) {
      uploadBegin(input: { pool: $pool }) {
        __typename
        ... on UploadTicket {
          url
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

// Enough to keep the line busy, few enough that progress moves and a lost connection costs little.
const batchFiles = 20
const batchBytes = 64 * 1024 * 1024

/** What became of a file of vectors. */
export interface VectorsTold {
  readonly outcome: 'IMPORTED' | 'REFUSED'
  readonly fileName: string
  readonly message: string
}

const isVectors = (file: File): boolean => /\.safetensors$/i.test(file.name)

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

function send(
  url: string,
  files: readonly File[],
  onBytes: (sent: number) => void,
): Promise<VectorsTold[]> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    for (const file of files) form.append('files', file, file.webkitRelativePath || file.name)
    request.upload.onprogress = (event) => onBytes(event.loaded)
    request.onload = () => {
      if (request.status === 200) {
        const told = JSON.parse(request.responseText) as { vectors?: VectorsTold[] }
        return done(told.vectors ?? [])
      }
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

/**
 * Sends files to a pool, some at a time; `onProgress` gets 0 to 1. A batch that fails is tried once more. Vectors go last:
 * the pictures that they name must be there. Resolves to what became of them.
 */
export async function uploadFiles(
  pool: string,
  files: readonly File[],
  onProgress: (part: number) => void,
): Promise<VectorsTold[]> {
  const told: VectorsTold[] = []
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1
  let before = 0
  const inOrder = [...files.filter((file) => !isVectors(file)), ...files.filter(isVectors)]
  for (const batch of batchesOf(inOrder)) {
    const size = batch.reduce((sum, file) => sum + file.size, 0)
    const once = async () => {
      const { uploadBegin } = await act(UploadBegin, { pool })
      const vectors = await send(uploadBegin.url, batch, (sent) =>
        onProgress((before + Math.min(sent, size)) / total),
      )
      told.push(...vectors)
    }
    // What arrived the first time is an exact duplicate the second time: nothing is doubled.
    await once().catch(once)
    before += size
    onProgress(before / total)
  }
  return told
}
