import { addProtocol, type SourceSpecification } from 'maplibre-gl'
import { PMTiles, Protocol, TileType } from 'pmtiles'

let protocol: Protocol | undefined

/** Makes a source of a PMTiles file, read in parts. The file says itself whether it holds pictures or vector tiles, and which zooms. */
export async function openArchive(url: string, attribution: string): Promise<SourceSpecification> {
  if (!protocol) {
    protocol = new Protocol()
    addProtocol('pmtiles', protocol.tile)
  }
  const archive = new PMTiles(url)
  protocol.add(archive)
  const { tileType, minZoom, maxZoom } = await archive.getHeader()
  const common = { tiles: [`pmtiles://${url}/{z}/{x}/{y}`], minzoom: minZoom, maxzoom: maxZoom, attribution }
  return tileType === TileType.Mvt ? { type: 'vector', ...common } : { type: 'raster', tileSize: 256, ...common }
}
