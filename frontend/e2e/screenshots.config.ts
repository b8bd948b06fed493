import base from './playwright.config'

/** Not a test: takes the README's pictures from a demonstration with the simulator on. */
export default { ...base, testDir: './pictures', globalSetup: undefined, timeout: 300_000 }
