import createClient from 'openapi-fetch'
import { Problem, problemOf, UNREACHABLE } from './problem'
import type { paths } from './schema'

/** What the interface's caller provides: the reader's language, and words for what no server can say. */
export interface ApiSurroundings {
  /** A language tag such as `zh-CN`. */
  language(): string
  /** Sentence for an unreachable server. */
  unreachable(): string
  /** Sentence for an answer that isn't one of ours. */
  unexpected(status: number): string
  /** Told of every 401: the session is over. */
  unauthenticated(): void
}

/** The REST interface of the server, typed by its description. Calls answer with data or throw a {@link Problem}. */
export type Api = ReturnType<typeof createApi>

/** `origin` is only given where there is no page, in tests. */
export function createApi(surroundings: ApiSurroundings, origin = '') {
  const client = createClient<paths>({ baseUrl: origin, querySerializer: { array: { style: 'form', explode: true } } })
  client.use({
    onRequest({ request }) {
      request.headers.set('Accept-Language', surroundings.language())
      return request
    },
  })

  /** Waits for an answer and gives its data; a refusal is thrown. */
  async function ask<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data, error, response } = await answer.catch(() => {
      throw new Problem(UNREACHABLE, surroundings.unreachable(), 0)
    })
    if (response.ok) return data as T
    if (response.status === 401) surroundings.unauthenticated()
    throw problemOf(error, response.status, surroundings.unexpected(response.status))
  }

  return { client, ask }
}

/** A key for one intent: a request that is sent again because its answer was lost is carried out once. */
export function intent(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': idempotencyKey() }
}

/** `crypto.randomUUID` exists on HTTPS and localhost only; districts do run on plain HTTP inside their network. */
function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
