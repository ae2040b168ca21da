import type { Browser } from 'playwright-core'
import { type Visit, visit } from './browser.ts'
import type { FakePeople } from './fake-people.ts'
import type { FakeServer } from './fake-server.ts'

/** A page in which somebody is signed in, on a device that knows it. */
export async function visitAs(
  browser: Browser,
  server: FakeServer,
  account: ReturnType<FakePeople['add']>,
  path: string,
  options: Parameters<typeof visit>[2] = {},
): Promise<Visit> {
  const kept = JSON.stringify(JSON.stringify({ name: account.name, until: null }))
  const opened = await visit(browser, 'about:blank', {
    ...options,
    script: `if (location.origin === '${server.url}') localStorage.getItem('was') ?? (localStorage.setItem('was', '1'), localStorage.setItem('signed-in', ${kept}))`,
  })
  await opened.context.addCookies([{ ...server.people.cookieOf(account), url: server.url }])
  await opened.page.goto(server.url + path)
  return opened
}
