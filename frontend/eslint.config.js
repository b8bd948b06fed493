import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import typescript from 'typescript-eslint'

export default typescript.config(
  { ignores: ['dist/', 'test-results/', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...typescript.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: { parserOptions: { parser: typescript.parser }, globals: globals.browser },
    rules: {
      // The compiler knows better.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Layout is left to the eye.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always' } }],
      'vue/no-v-html': 'error',
    },
  },
  // The rule of the rooms: these know nothing of the framework, nor of the pages.
  {
    files: ['src/api/client.ts', 'src/api/problem.ts', 'src/realtime/**/*.ts', 'src/tracks/**/*.ts', 'src/map/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['vue', 'vue-*', 'pinia', '@/stores/*', '@/pages/*', '@/i18n*'], message: 'no framework here' }] }],
    },
  },
  { files: ['e2e/**', 'test/**', '*.config.*'], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
)
