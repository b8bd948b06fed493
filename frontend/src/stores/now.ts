import { reactive, readonly } from 'vue'

const now = reactive({ server: Date.now() })
let offset = 0

/** The server's time, once a second: what ages on the page are counted from. */
export function useNow(): { readonly server: number } {
  return readonly(now)
}

/** Server minus local, ms; set when the clocks have been compared. */
export function setClockOffset(ms: number): void {
  offset = ms
}

setInterval(() => (now.server = Date.now() + offset), 1000)
