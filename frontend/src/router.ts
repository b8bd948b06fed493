import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from 'vue-router'
import { whenUnauthenticated } from './api'
import { ADMIN_RIGHTS } from './features/admin/sections'
import { useSession } from './stores/session'

/** The pages, each loaded when it is opened. Without a session every page but the sign-in leads there, and back afterwards. */
export function createPages(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: '/console' },
      { path: '/console', name: 'console', component: () => import('./pages/ConsolePage.vue') },
      { path: '/admin/:section?', name: 'admin', component: () => import('./pages/AdminPage.vue'), meta: { rights: ADMIN_RIGHTS } },
      { path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue') },
      { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { public: true } },
      { path: '/:rest(.*)*', redirect: '/console' },
    ],
  })
  router.beforeEach((to) => admit(to))
  whenUnauthenticated(() => {
    const { name, fullPath } = router.currentRoute.value
    useSession().ended()
    if (name && name !== 'sign-in') void router.replace({ name: 'sign-in', query: { next: fullPath } })
  })
  return router
}

async function admit(to: RouteLocationNormalized) {
  const session = useSession()
  // An unreachable server is the page's to tell: the sign-in page does, and the console comes back by itself.
  if (!session.asked) await session.load().catch(() => undefined)
  if (to.meta.public) return session.session ? nextPage(to) : true
  if (!session.session) return { name: 'sign-in', query: to.fullPath === '/console' ? {} : { next: to.fullPath } }
  // With a password that somebody else made, there is nothing else that the server would do.
  if (session.account?.must_change) return to.name === 'password' ? true : { name: 'password', query: { next: to.fullPath } }
  const rights = to.meta.rights as readonly string[] | undefined
  return !rights || rights.some((right) => session.may(right)) ? true : '/console'
}

/** Where to go after signing in: only ever a page of ours. */
export function nextPage(from: Pick<RouteLocationNormalized, 'query'>): string {
  const next = from.query.next
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/console'
}
