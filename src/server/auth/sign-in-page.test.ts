import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { signInPage } from './sign-in-page.ts';

interface Element {
  textContent: string;
  hidden: boolean;
  onclick?: () => Promise<void>;
}

/** Runs the script of the page where everything that it touches is written down. */
async function open(fragment: string, answers: Readonly<Record<string, object | undefined>>) {
  const { html } = signInPage(true, undefined);
  const script = /<script type="module">([^]*)<\/script>/.exec(html)?.[1] ?? '';
  const elements = new Map<string, Element>();
  const requests: { url: string; method: string; headers: object; body?: string }[] = [];
  const shown: string[] = [];
  const element = (id: string): Element => {
    const known = elements.get(id) ?? { textContent: '', hidden: true };
    elements.set(id, known);
    return known;
  };
  const done: unknown = runInNewContext(`${script.trim().replace(/\n\(code/, '\nglobalThis.done = (code')}; done`, {
    document: { getElementById: element },
    location: { hash: fragment, pathname: '/login' },
    history: { replaceState: (_state: null, _title: string, url: string) => void shown.push(url) },
    fetch: async (url: string, options: { method?: string; headers: object; body?: string }) => {
      requests.push({ url, method: 'GET', ...options });
      const answer = answers[url];
      return { ok: answer !== undefined, json: async () => answer ?? { detail: 'refused' } };
    },
  });
  await done;
  return { element, requests, shown };
}

test('a link is taken out of the address bar at once, and redeemed in a body', async () => {
  const session = { user: { username: '<b>ann</b>' }, csrfToken: 'token' };
  const { element, requests, shown } = await open('#secret', { 'auth/link': {}, 'auth/session': session });
  expect(shown).toEqual(['/login']);
  expect(requests.map(({ url, method, body }) => [url, method, body])).toEqual([
    ['auth/link', 'POST', '{"code":"secret"}'],
    ['auth/session', 'GET', undefined],
  ]);
  // As text, whatever it holds.
  expect(element('state').textContent).toBe('You are signed in as <b>ann</b>.');
  await element('out').onclick?.();
  expect(requests.at(-1)).toMatchObject({ url: 'auth/logout', method: 'POST', headers: { 'x-plumb-csrf': 'token' } });
  expect(element('state').textContent).toBe('You are signed out.');
});

test('who is not signed in is shown how to', async () => {
  const { element, requests } = await open('', {});
  expect(requests.map(({ url }) => url)).toEqual(['auth/session']);
  expect(element('in').hidden).toBe(false);
});

function hash(text: string | undefined): string {
  return `'sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}'`;
}

test('the policy allows the script and the style of the page, and nothing else', () => {
  const { html, policy } = signInPage(false, 'auth.claims');
  expect(policy).toContain(`script-src ${hash(/<script type="module">([^]*)<\/script>/.exec(html)?.[1])};`);
  expect(policy).toContain(`style-src ${hash(/<style>([^]*)<\/style>/.exec(html)?.[1])};`);
  expect(policy).toMatch(/^default-src 'none';/);
  expect(html).not.toMatch(/\son\w+=|style=|javascript:/);
});

test('of what comes from outside no text is shown', () => {
  expect(signInPage(false, 'auth.claims').html).toContain('role="alert"');
  for (const problem of [
    '<img src=x>',
    'auth.<b>',
    'kube.invalid',
    '__proto__',
    'auth.nonsense',
    ['auth.claims'],
    {},
  ]) {
    if (Array.isArray(problem)) continue;
    expect(signInPage(false, problem).html).not.toContain('role="alert"');
  }
});
