import { PASSWORD } from './console'

/** What a search finds, as far as tests ask. */
export interface Found {
  kind: string
  id?: number
  code: string
  name: string
  area: string
  lon: number
  lat: number
}

/** What goes on outside of the browser: the tests' own set-up through the public interface. */
export class Field {
  private constructor(
    private readonly url: string,
    private readonly cookie: string,
  ) {}

  /** Signs in as an account of the demonstration. */
  static async as(url: string, name: string): Promise<Field> {
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, password: PASSWORD }),
    })
    if (!answer.ok) throw new Error(`sign-in as ${name}: ${answer.status} ${await answer.text()}`)
    return new Field(url, answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')) // prettier-ignore
  }

  async get<T>(path: string): Promise<T> {
    return this.send('GET', path)
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.send('POST', path, JSON.stringify(body))
  }

  /** What is found first. */
  async first(query: string): Promise<Found> {
    const { items } = await this.get<{ items: Found[] }>(`/api/v1/search?q=${encodeURIComponent(query)}`)
    if (!items[0]) throw new Error(`nothing is found for ${query}`)
    return items[0]
  }

  /** Reports an incident; gives its number. */
  async report(className: string, text: string, lon: number, lat: number): Promise<number> {
    return (await this.post<{ id: number }>('/api/v1/incidents', { class: className, text, lon, lat })).id
  }

  /** Lets the phones of as many workers who are on shift as there are places report them now; gives their names. For administrators. */
  async standAt(places: readonly { lon: number; lat: number }[]): Promise<string[]> {
    const { items: workers } = await this.get<{ items: { id: number; name: string; code: string; on_shift: boolean }[] }>('/api/v1/workers?limit=500')
    const people = workers.filter((worker) => worker.on_shift && !worker.code.startsWith('DEMO')).slice(0, places.length)
    if (people.length < places.length) throw new Error(`only ${people.length} workers are on shift`)
    const { items: devices } = await this.get<{ items: { uid: string; worker_id: number }[] }>('/api/v1/devices?limit=500')
    for (const [i, { lon, lat }] of places.entries()) {
      const uid = devices.find((device) => device.worker_id === people[i]!.id)!.uid
      const answer = await fetch(`${this.url}/ingest/osmand?id=${uid}&lat=${lat}&lon=${lon}&timestamp=${Math.floor(Date.now() / 1000)}`, { method: 'POST' })
      if (!answer.ok) throw new Error(`the fix of ${uid}: ${answer.status}`)
    }
    return people.map((worker) => worker.name)
  }

  private async send<T>(method: string, path: string, body?: string): Promise<T> {
    const answer = await fetch(this.url + path, { method, headers: { Cookie: this.cookie, 'Content-Type': 'application/json' }, ...(body ? { body } : {}) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
}
