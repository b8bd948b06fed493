import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { createPages } from './router'
import { usePreferences } from './stores/preferences'
import './ui/tokens.css'
import './ui/base.css'

const app = createApp(App).use(createPinia()).use(i18n)
usePreferences()
app.use(createPages()).mount('#app')
