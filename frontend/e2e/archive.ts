import { crc32, deflateSync } from 'node:zlib'

/** A PNG of one pixel. */
export function pixel(red: number, green: number, blue: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.from([0, red, green, blue]))), chunk('IEND', Buffer.alloc(0))])
}

/** A PMTiles archive (version 3, nothing compressed) with this PNG as its only tile: the whole world at zoom 0. */
export function archive(png: Buffer): Buffer {
  const directory = Buffer.from([1, 0, 1, ...varint(png.length), 1]) // one entry: tile 0, a run of one, its length, offset 0 (plus one)
  const metadata = Buffer.from('{}')
  const head = Buffer.alloc(127)
  head.write('PMTiles', 'latin1')
  head[7] = 3
  const begin = head.length + directory.length + metadata.length
  const numbers = [head.length, directory.length, head.length + directory.length, metadata.length, begin, 0, begin, png.length, 1, 1, 1]
  numbers.forEach((n, i) => head.writeBigUInt64LE(BigInt(n), 8 + 8 * i))
  head.set([1, 1, 1, 2, 0, 0], 96) // clustered; neither directories nor tiles compressed; PNG; zooms 0 to 0
  for (const [at, degrees] of [[102, -180], [106, -85], [110, 180], [114, 85]] as const) head.writeInt32LE(degrees * 1e7, at) // prettier-ignore
  return Buffer.concat([head, directory, metadata, png])
}

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]
}
