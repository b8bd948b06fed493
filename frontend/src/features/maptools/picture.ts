import type { Map as MapLibreMap } from 'maplibre-gl'

/** What is written around a picture of the map. */
export interface Caption {
  title: string
  /** When it was taken, in words. */
  time: string
  attribution: string
  /** A length as the reader's language writes it. */
  length: (metres: number) => string
}

/** Height of the bands above and below the map, CSS pixels. */
const BAND = 36
/** The scale bar is at most so long, CSS pixels. */
const BAR = 140

/** Draws the map as it is now onto a canvas, with title, time, scale and attribution: for paper and for files. North is up, as always. */
export function drawPicture(map: MapLibreMap, canvas: HTMLCanvasElement, caption: Caption): void {
  // The drawing buffer holds nothing between frames: it is drawn and read within one turn.
  map.redraw()
  const source = map.getCanvas()
  const ratio = map.getPixelRatio()
  const width = source.width / ratio
  const height = source.height / ratio
  canvas.width = source.width
  canvas.height = source.height + 2 * BAND * ratio
  const pen = canvas.getContext('2d')!
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  pen.scale(ratio, ratio)
  pen.fillStyle = colour('--panel')
  pen.fillRect(0, 0, width, height + 2 * BAND)
  pen.drawImage(source, 0, BAND, width, height)
  pen.textBaseline = 'middle'
  text(pen, caption.title, 12, BAND / 2, `600 15px ${colour('--font')}`, colour('--text'))
  pen.textAlign = 'right'
  text(pen, caption.time, width - 12, BAND / 2, `13px ${colour('--font')}`, colour('--text'))
  text(pen, caption.attribution, width - 12, height + BAND * 1.5, `12px ${colour('--font')}`, colour('--text-2'))
  pen.textAlign = 'left'
  drawScale(pen, map, height + BAND * 1.5, caption, colour('--text'), colour('--font'))
}

function text(pen: CanvasRenderingContext2D, words: string, x: number, y: number, font: string, colour: string): void {
  pen.font = font
  pen.fillStyle = colour
  pen.fillText(words, x, y)
}

function drawScale(pen: CanvasRenderingContext2D, map: MapLibreMap, y: number, caption: Caption, colour: string, font: string): void {
  const perPixel = metresPerPixel(map.getCenter().lat, map.getZoom())
  const metres = roundLength(BAR * perPixel)
  const length = metres / perPixel
  pen.strokeStyle = colour
  pen.lineWidth = 1.5
  pen.beginPath()
  pen.moveTo(12, y - 5)
  pen.lineTo(12, y + 4)
  pen.lineTo(12 + length, y + 4)
  pen.lineTo(12 + length, y - 5)
  pen.stroke()
  text(pen, caption.length(metres), 20 + length, y, `12px ${font}`, colour)
}

/** Metres on the ground per CSS pixel, on Web Mercator's sphere as the map draws it. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (2 * Math.PI * 6378137 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom)
}

/** The largest of 1, 2, 5, 10, 20 … that isn't longer. */
export function roundLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres))
  const digit = [5, 2, 1].find((d) => d * power <= metres * (1 + 1e-9)) ?? 1
  return digit * power
}

/** Gives a canvas to the person as a PNG file. */
export function savePicture(canvas: HTMLCanvasElement, name: string): void {
  canvas.toBlob((blob) => {
    if (!blob) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }, 'image/png')
}
