import type { ProblemBody } from './types'

/**
 * A refusal by the server, or no answer at all. `message` is a sentence for people in their language; `code` is stable and for programs.
 */
export class Problem extends Error {
  constructor(
    readonly code: string,
    sentence: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Sentences about single inputs, by the input's name. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    /** Names the request in the server's logs. */
    readonly requestId = '',
  ) {
    super(sentence)
    this.name = 'Problem'
  }
}

/** Code of a {@link Problem} when the server could not be reached. */
export const UNREACHABLE = 'network.unreachable'

/** Makes a problem of an answer's body; of one that isn't a problem (a proxy's page, for instance) too. */
export function problemOf(body: unknown, status: number, otherwise: string): Problem {
  const p = (body ?? {}) as Partial<ProblemBody>
  if (typeof p.detail !== 'string') return new Problem(`http.${status}`, otherwise, status)
  const fields = new Map((p.errors ?? []).map((e) => [e.name, e.detail]))
  return new Problem(p.code ?? `http.${status}`, p.detail, status, fields, p.request_id)
}
