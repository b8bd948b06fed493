import base from './playwright.config'

/** Not a test: measures the page in a browser and says whether the targets are met. Not part of `make test`, which asserts on no time. */
export default { ...base, testDir: './measure', testMatch: /\.measure\.ts$/, globalSetup: undefined, timeout: 3_600_000, use: { ...base.use, trace: 'off' as const } }
