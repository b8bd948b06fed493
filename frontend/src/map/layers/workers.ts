import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibreMap } from 'maplibre-gl'
import { DRAWN_BEHIND, RECORD, RECORD_BYTES, type Tracks } from '../../tracks/tracks'
import { removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'
import { buildProgram, rgb } from '../webgl'
import { fragmentShader, vertexShader } from './workers-shader'

const ID = 'workers'
/** From this zoom on a disc is large enough for the duty's initial. */
const INITIALS_FROM = 15.5

/**
 * The workers: one instanced draw call over the records of {@link Tracks}. A frame from the server costs one upload, a frame on the
 * screen a handful of uniforms, however many walk.
 */
export class WorkersLayer implements MapLayer, CustomLayerInterface {
  readonly id = ID
  readonly type = 'custom' as const
  readonly renderingMode = '2d' as const
  readonly switches = { workers: [ID] }
  /** Handle of the selected worker, 0 for none. */
  chosen = 0
  /** 1, or less while the connection is lost. */
  opacity = 1
  /** Told after each drawn frame with the server's clock, ms. */
  onDrawn: ((now: number) => void) | undefined

  private map: MapLibreMap | undefined
  private palette: Palette | undefined
  private program: WebGLProgram | undefined
  private vertexArray: WebGLVertexArrayObject | undefined
  private buffer: WebGLBuffer | undefined
  private letters: WebGLTexture | undefined
  private uniforms: Record<string, WebGLUniformLocation | null> = {}
  private uploaded = -1
  private capacity = 0
  private initials: [string, string] = ['长', '员']
  private lettersDrawn = ''
  private readonly relative = new Float32Array(16)

  /** `now` reads the server's clock in ms. */
  constructor(
    private readonly tracks: Tracks,
    private readonly now: () => number,
  ) {}

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    this.palette = palette
    map.addLayer(this)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    this.palette = palette
    map.triggerRepaint()
  }

  remove(map: MapLibreMap): void {
    removeFrom(map, [ID])
    this.map = undefined
  }

  /** Asks for a drawing, for instance after a frame from the server. */
  refresh(): void {
    this.map?.triggerRepaint()
  }

  /** The initials of grid leaders (mark 1) and grid workers (mark 2). */
  write(leader: string, member: string): void {
    this.initials = [leader, member]
    this.refresh()
  }

  /** Radius of a marker at a zoom, CSS pixels. */
  radius(zoom: number): number {
    return Math.min(10, Math.max(4.5, 4.5 + (zoom - 13) * 1.7))
  }

  // What MapLibre calls (CustomLayerInterface).

  onAdd(_map: MapLibreMap, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    this.program = buildProgram(gl, vertexShader, fragmentShader)
    const names = 'matrix viewport time radius ratio bearing chosen opacity initials colours rim accent letters'
    for (const name of names.split(' ')) this.uniforms[name] = gl.getUniformLocation(this.program, name)
    this.describeRecords(gl)
    this.letters = gl.createTexture()
    this.lettersDrawn = ''
    this.uploaded = -1
    this.capacity = 0
  }

  onRemove(_map: MapLibreMap, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    gl.deleteProgram(this.program!)
    gl.deleteVertexArray(this.vertexArray!)
    gl.deleteBuffer(this.buffer!)
    gl.deleteTexture(this.letters!)
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const now = this.now()
    if (this.tracks.count > 0) this.draw(context as WebGL2RenderingContext, input, now)
    this.onDrawn?.(now)
    if (this.tracks.movingUntil > now) this.map?.triggerRepaint()
  }

  private draw(gl: WebGL2RenderingContext, input: CustomRenderMethodInput, now: number): void {
    gl.useProgram(this.program!)
    gl.bindVertexArray(this.vertexArray!)
    this.upload(gl)
    this.writeLetters(gl)
    this.setUniforms(gl, input, now)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.disable(gl.DEPTH_TEST)
    gl.disable(gl.STENCIL_TEST)
    gl.disable(gl.CULL_FACE)
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.tracks.count)
    gl.bindVertexArray(null)
  }

  private setUniforms(gl: WebGL2RenderingContext, input: CustomRenderMethodInput, now: number): void {
    const u = this.uniforms
    const map = this.map!
    const palette = this.palette!
    const ratio = map.getPixelRatio()
    gl.uniformMatrix4fv(u.matrix!, false, this.matrixAtOrigin(input.defaultProjectionData.mainMatrix))
    gl.uniform2f(u.viewport!, gl.drawingBufferWidth, gl.drawingBufferHeight)
    gl.uniform1f(u.time!, (now - DRAWN_BEHIND - this.tracks.epoch) / 1000)
    gl.uniform1f(u.radius!, this.radius(map.getZoom()) * ratio)
    gl.uniform1f(u.ratio!, ratio)
    gl.uniform1f(u.bearing!, (map.getBearing() * Math.PI) / 180)
    gl.uniform1ui(u.chosen!, this.chosen)
    gl.uniform1f(u.opacity!, this.opacity)
    gl.uniform1f(u.initials!, map.getZoom() >= INITIALS_FROM ? 1 : 0)
    gl.uniform3fv(u.colours!, palette.workers.flatMap(rgb))
    gl.uniform3fv(u.rim!, rgb(palette.markerLine))
    gl.uniform3fv(u.accent!, rgb(palette.accent))
    gl.activeTexture(gl.TEXTURE0)
    gl.bindTexture(gl.TEXTURE_2D, this.letters!)
    gl.uniform1i(u.letters!, 0)
  }

  /** The world's matrix, moved to the records' origin in double precision: float32 then loses nothing that can be seen. */
  private matrixAtOrigin(m: ArrayLike<number>): Float32Array {
    const [x, y] = this.tracks.origin
    for (let i = 0; i < 16; i++) this.relative[i] = m[i]!
    for (let i = 0; i < 4; i++) this.relative[12 + i] = m[i]! * x + m[4 + i]! * y + m[12 + i]!
    return this.relative
  }

  private upload(gl: WebGL2RenderingContext): void {
    if (this.uploaded === this.tracks.revision) return
    this.uploaded = this.tracks.revision
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer!)
    const records = this.tracks.records
    if (records.byteLength !== this.capacity) {
      gl.bufferData(gl.ARRAY_BUFFER, records.byteLength, gl.DYNAMIC_DRAW)
      this.capacity = records.byteLength
    }
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, new Uint8Array(records, 0, this.tracks.count * RECORD_BYTES))
  }

  private describeRecords(gl: WebGL2RenderingContext): void {
    const at = (name: string) => gl.getAttribLocation(this.program!, name)
    this.vertexArray = gl.createVertexArray()
    gl.bindVertexArray(this.vertexArray)
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer())
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW)
    gl.enableVertexAttribArray(at('corner'))
    gl.vertexAttribPointer(at('corner'), 2, gl.FLOAT, false, 0, 0)
    this.buffer = gl.createBuffer()
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    for (const [name, size, type, offset] of [
      ['from', 2, gl.FLOAT, RECORD.from],
      ['to', 2, gl.FLOAT, RECORD.to],
      ['times', 2, gl.FLOAT, RECORD.times],
      ['look', 4, gl.UNSIGNED_BYTE, RECORD.look],
    ] as const) {
      gl.enableVertexAttribArray(at(name))
      gl.vertexAttribPointer(at(name), size, type, false, RECORD_BYTES, offset)
      gl.vertexAttribDivisor(at(name), 1)
    }
    gl.enableVertexAttribArray(at('handle'))
    gl.vertexAttribIPointer(at('handle'), 1, gl.UNSIGNED_INT, RECORD_BYTES, RECORD.handle)
    gl.vertexAttribDivisor(at('handle'), 1)
    gl.bindVertexArray(null)
  }

  /** Draws the two initials into a texture, with the system's fonts. */
  private writeLetters(gl: WebGL2RenderingContext): void {
    const wanted = this.initials.join()
    if (wanted === this.lettersDrawn) return
    this.lettersDrawn = wanted
    const cell = 64
    const canvas = new OffscreenCanvas(cell * 2, cell)
    const pen = canvas.getContext('2d')!
    pen.font = `600 ${cell * 0.78}px system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    this.initials.forEach((letter, i) => pen.fillText(letter, cell * (i + 0.5), cell * 0.54))
    gl.bindTexture(gl.TEXTURE_2D, this.letters!)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE)
    gl.generateMipmap(gl.TEXTURE_2D)
  }
}
