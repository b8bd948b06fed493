/** Handles are small numbers that the server gives out from 1 on; it has fewer than this. */
export const MAX_HANDLE = 2 ** 20 - 1

/**
 * A number for each worker, by handle, in one array: a page that looks at a hundred thousand workers asks for it a hundred thousand
 * times a second, which a Map answers too slowly. −1 stands for none.
 */
export class Handles {
  private values = new Int32Array(1024)

  /** The worker's number; −1 for none, as for what is no handle at all. */
  get(handle: number): number {
    // Numbers are kept one higher, so that a new array means none.
    const value = this.values[handle]
    return value === undefined ? -1 : value - 1
  }

  /** Sets the worker's number, −1 for none. Handles go from 0 to {@link MAX_HANDLE}. */
  set(handle: number, value: number): void {
    if (handle >= this.values.length) this.grow(handle)
    this.values[handle] = value + 1
  }

  /** Calls back with each worker that has a number. */
  forEach(call: (value: number, handle: number) => void): void {
    for (let handle = 0; handle < this.values.length; handle++) {
      const value = this.values[handle]!
      if (value !== 0) call(value - 1, handle)
    }
  }

  /** Forgets all numbers. */
  clear(): void {
    this.values.fill(0)
  }

  private grow(handle: number): void {
    if (handle > MAX_HANDLE) throw new RangeError(`the handle ${handle} is too large`)
    const values = new Int32Array(2 ** Math.ceil(Math.log2(handle + 1)))
    values.set(this.values)
    this.values = values
  }
}
