import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { preferredLocale } from '.'
import en from './en'
import zhCN from './zh-CN'

type Messages = { [key: string]: string | Messages }

function flatten(messages: Messages, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') flat.set(prefix + key, value)
    else for (const [k, v] of flatten(value, `${prefix}${key}.`)) flat.set(k, v)
  }
  return flat
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (/\.(vue|ts)$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name)) yield path
  }
}

const zh = flatten(zhCN)
const english = flatten(en)

describe('messages', () => {
  it('exist in both languages, with the same placeholders, and say something', () => {
    expect([...english.keys()].sort()).toEqual([...zh.keys()].sort())
    for (const [key, text] of zh) {
      expect(placeholders(english.get(key)!), key).toEqual(placeholders(text))
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)!.trim(), key).not.toBe('')
    }
  })

  it('are Chinese in Chinese and not in English', () => {
    const han = /\p{Script=Han}/u
    const foreign = new Set(['header.languageShort', 'unit.ms'])
    for (const [key, text] of zh) if (!foreign.has(key)) expect(han.test(text) || /^\{\w+\}/.test(text), `${key}: ${text}`).toBe(true)
    for (const [key, text] of english) if (!key.startsWith('header.language')) expect(han.test(text), `${key}: ${text}`).toBe(false)
  })

  it('are there for every key that the pages ask for', () => {
    const folder = new URL('..', import.meta.url).pathname
    for (const path of sources(folder)) {
      const text = readFileSync(path, 'utf8')
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g)) expect(zh.has(key!), `${path}: ${key}`).toBe(true)
      // Keys put together at run time must at least begin with a group that exists.
      for (const [, prefix] of text.matchAll(/\bt\(\s*`([\w.]+\.)\$\{/g)) {
        expect([...zh.keys()].some((key) => key.startsWith(prefix!)), `${path}: ${prefix}…`).toBe(true)
      }
    }
  })
})

describe('preferredLocale', () => {
  it('is the choice, else the browser’s language, else Chinese', () => {
    expect(preferredLocale('en', ['zh-CN'])).toBe('en')
    expect(preferredLocale(null, ['zh-TW', 'en'])).toBe('zh-CN')
    expect(preferredLocale(null, ['de-DE'])).toBe('en')
    expect(preferredLocale('xx', [])).toBe('zh-CN')
  })
})
