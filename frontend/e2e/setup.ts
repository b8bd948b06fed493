import { Server } from '../test/server'

/** One real server for all specs that don't need one of their own. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await new Server().start()
  process.env.WANGGE_E2E_URL = server.url
  return () => server.remove()
}
