import type { IconNode } from 'lucide'
import type { Severity } from '@/api/types'
import type { Palette } from './palette'

/** Edge of a marker's image, CSS pixels. */
const SIZE = 28
/** Images are drawn this much larger, for dense screens. */
export const MARKER_RATIO = 3

/** Outlines of the severities' shapes in a square of 28, and how far the icon's centre lies below the middle. */
const shapes: Record<Severity, { path: string; drop: number; icon: number }> = {
  normal: { path: 'M14 2a12 12 0 1 0 0 24a12 12 0 1 0 0-24z', drop: 0, icon: 14 },
  attention: { path: 'M14 .5 27.5 14 14 27.5.5 14z', drop: 0, icon: 12 },
  urgent: { path: 'M14 1 27.5 26H.5z', drop: 3.8, icon: 12 },
  critical: { path: 'M2.5 2.5h23v23h-23z', drop: 0, icon: 15 },
}

/** Draws the marker of an incident: its class's icon in its severity's shape, so that neither rests on colour alone. */
export function drawMarker(icon: IconNode, severity: Severity, palette: Palette): ImageData {
  const edge = SIZE * MARKER_RATIO
  const pen = new OffscreenCanvas(edge, edge).getContext('2d')!
  const shape = shapes[severity]
  pen.scale(MARKER_RATIO, MARKER_RATIO)
  const outline = new Path2D(shape.path)
  pen.lineJoin = 'round'
  pen.lineWidth = 2
  pen.strokeStyle = palette.markerLine
  pen.fillStyle = palette.severity[severity]
  pen.fill(outline)
  pen.stroke(outline)
  drawIcon(pen, icon, 14, 14 + shape.drop, shape.icon, palette.onSeverity)
  return pen.getImageData(0, 0, edge, edge)
}

/** Edge of a cluster's image, CSS pixels. */
const CLUSTER = 38

/** Draws the sign of several incidents in one place: a stack in the shape of the worst of them. The number is written over it. */
export function drawCluster(severity: Severity, palette: Palette): ImageData {
  const edge = CLUSTER * MARKER_RATIO
  const pen = new OffscreenCanvas(edge, edge).getContext('2d')!
  const outline = new Path2D(shapes[severity].path)
  pen.lineJoin = 'round'
  pen.strokeStyle = palette.markerLine
  pen.fillStyle = palette.severity[severity]
  for (const [x, y, opacity] of [
    [8, 0, 0.5],
    [3, 4, 1],
  ] as const) {
    pen.setTransform(MARKER_RATIO * 1.15, 0, 0, MARKER_RATIO * 1.15, x * MARKER_RATIO, y * MARKER_RATIO)
    pen.globalAlpha = opacity
    pen.lineWidth = 1.8
    pen.fill(outline)
    pen.stroke(outline)
  }
  return pen.getImageData(0, 0, edge, edge)
}

/** Edge of a place's image, CSS pixels. */
const PLACE = 18

/** Draws the sign of a place that serves the district: its kind's icon on a quiet disc, which no severity has the shape and colour of. */
export function drawPlace(icon: IconNode, palette: Palette): ImageData {
  const edge = PLACE * MARKER_RATIO
  const pen = new OffscreenCanvas(edge, edge).getContext('2d')!
  pen.scale(MARKER_RATIO, MARKER_RATIO)
  pen.beginPath()
  pen.roundRect(1, 1, PLACE - 2, PLACE - 2, 5)
  pen.fillStyle = palette.halo
  pen.fill()
  pen.lineWidth = 1
  pen.strokeStyle = palette.areaLineStrong
  pen.stroke()
  drawIcon(pen, icon, PLACE / 2, PLACE / 2, 12, palette.facility)
  return pen.getImageData(0, 0, edge, edge)
}

/** Draws an icon of 24 units so many pixels large around a point. */
function drawIcon(pen: OffscreenCanvasRenderingContext2D, icon: IconNode, x: number, y: number, size: number, colour: string): void {
  pen.translate(x - size / 2, y - size / 2)
  pen.scale(size / 24, size / 24)
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  pen.lineWidth = 2.4
  pen.strokeStyle = colour
  for (const [tag, attributes] of icon) pen.stroke(pathOf(tag, attributes as Record<string, string | number>))
}

/** An element of an icon as a path. Icons consist of these few elements. */
function pathOf(tag: string, a: Record<string, string | number>): Path2D {
  const n = (name: string) => Number(a[name] ?? 0)
  const path = new Path2D(tag === 'path' ? String(a.d) : undefined)
  if (tag === 'circle') path.arc(n('cx'), n('cy'), n('r'), 0, Math.PI * 2)
  if (tag === 'ellipse') path.ellipse(n('cx'), n('cy'), n('rx'), n('ry'), 0, 0, Math.PI * 2)
  if (tag === 'rect') path.roundRect(n('x'), n('y'), n('width'), n('height'), n('rx'))
  if (tag === 'line') {
    path.moveTo(n('x1'), n('y1'))
    path.lineTo(n('x2'), n('y2'))
  }
  if (tag === 'polyline' || tag === 'polygon') {
    const points = String(a.points).trim().split(/[\s,]+/).map(Number)
    for (let i = 0; i + 1 < points.length; i += 2) path.lineTo(points[i]!, points[i + 1]!)
    if (tag === 'polygon') path.closePath()
  }
  return path
}
