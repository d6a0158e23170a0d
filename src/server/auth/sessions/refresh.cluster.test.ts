import { beforeEach, expect, test } from 'vitest';
import { type Browser, createBrowser } from '../../../../test/support/browser.ts';
import { startOidcProvider } from '../../../../test/support/oidc-provider.ts';
import { cookieName, people, signInAs, signInOfFile, type SignInServer } from '../../../../test/support/sign-in.ts';
import type { KubeClient } from '../../../kube/index.ts';
import type { KubeObject } from '../../../object.ts';
import { sessionNames } from './record.ts';

/** What replicas do to one session at the same time, in an order that the tests choose. */
const minute = 60_000;
const bench = signInOfFile('auth-refresh');
const { provider } = bench;

beforeEach(() => {
  provider.requests.length = 0;
});

const isClaim = ({ metadata }: KubeObject): boolean => metadata.annotations?.[sessionNames.refreshing] !== undefined;
const secretOf = (name: string) => ({ group: '', kind: 'Secret', namespace: bench.namespace, name });
const timesAsked = (of = provider): number => of.requests.filter((each) => each === 'POST /token').length;

/** What a replica notes on a session, as others see it: it is another version of the Secret. */
async function note(name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  await bench.admin.patch(secretOf(name), { metadata: { annotations } }, { type: 'merge' });
}

/** The admin's client, which does something before or after it writes a claim. */
function claiming(around: {
  readonly before?: (name: string) => Promise<void>;
  readonly after?: (name: string) => Promise<void>;
}): KubeClient {
  return {
    ...bench.admin,
    async update(object, options) {
      if (!isClaim(object)) return bench.admin.update(object, options);
      await around.before?.(object.metadata.name);
      const claimed = await bench.admin.update(object, options);
      await around.after?.(object.metadata.name);
      return claimed;
    },
  };
}

/** The same session as a browser has it that comes to another replica. */
function sameSession(browser: Browser, from: SignInServer, to: SignInServer): Browser {
  const same = createBrowser();
  same.cookies.set(cookieName(to.url), browser.cookies.get(cookieName(from.url)) ?? '');
  return same;
}

async function whoami(browser: Browser, { url }: SignInServer) {
  const { status, text } = await browser.send(`${url}/api/v1/whoami`);
  const body = JSON.parse(text) as { readonly code?: string; readonly user?: { readonly groups: readonly string[] } };
  return { status, code: body.code, groups: body.user?.groups };
}

const guests = { status: 200, groups: ['oidc:guests'] };

function joinGuests(of = provider): void {
  of.accounts.set('a-1', { ...of.accounts.get('a-1'), groups: ['guests'] });
}

test('a session that is used elsewhere while the issuer answers keeps the answer, and its new refresh token', async () => {
  let noted = 0;
  const seen = async (name: string): Promise<void> => {
    noted += 1;
    await note(name, { [sessionNames.seen]: new Date().toISOString() });
  };
  const server = await bench.start({ client: claiming({ after: seen }) });
  const { browser } = await signInAs(server, provider, 'a-1');
  provider.requests.length = 0;
  joinGuests();
  for (let round = 1; round <= 3; round += 1) {
    server.pass(5 * minute);
    expect(await whoami(browser, server)).toMatchObject(guests);
    expect({ noted, asked: timesAsked() }).toEqual({ noted: round, asked: round });
  }
});

test('who is overtaken by a note that the session was used asks all the same, and believes nothing too old', async () => {
  let noted = 0;
  const once = async (name: string): Promise<void> => {
    if (noted++ === 0) await note(name, { [sessionNames.seen]: new Date().toISOString() });
  };
  const server = await bench.start({ client: claiming({ before: once }) });
  const { browser } = await signInAs(server, provider, 'a-1');
  joinGuests();
  server.pass(40 * minute);
  expect(await whoami(browser, server)).toMatchObject(guests);
  expect(noted).toBe(2);
});

test('while another replica asks the session goes on, and one that is too old for that waits for its answer', async () => {
  const claimed = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const answered = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  let round: 0 | 1 = 0;
  const hold = async (): Promise<void> => {
    claimed[round].resolve();
    await answered[round].promise;
  };
  const waits: KubeClient = {
    ...bench.admin,
    stream(request) {
      // The other one looks for the answer, which comes only now.
      answered[1].resolve();
      return bench.admin.stream(request);
    },
  };
  const one = await bench.start({ client: claiming({ after: hold }) });
  const other = await bench.start({ client: waits });
  const { browser } = await signInAs(one, provider, 'a-1');
  const same = sameSession(browser, one, other);
  provider.requests.length = 0;
  joinGuests();
  const pass = (milliseconds: number): void => [one, other].forEach((server) => server.pass(milliseconds));

  pass(10 * minute);
  const first = whoami(browser, one);
  await claimed[0].promise;
  expect(await whoami(same, other)).toMatchObject({
    status: 200,
    groups: [expect.stringContaining('oidc:developers-')],
  });
  answered[0].resolve();
  expect(await first).toMatchObject(guests);

  round = 1;
  pass(40 * minute);
  const second = whoami(browser, one);
  await claimed[1].promise;
  expect(await whoami(same, other)).toMatchObject(guests);
  expect(await second).toMatchObject(guests);
  expect(timesAsked()).toBe(2);
});

test('what a replica began that died is taken over, and a clock that is far ahead holds nobody up', async () => {
  for (const ahead of [500, 24 * 60 * minute]) {
    const server = await bench.start();
    const { browser } = await signInAs(server, provider, 'a-1');
    provider.requests.length = 0;
    joinGuests();
    server.pass(40 * minute);
    const until = new Date(server.now() + ahead).toISOString();
    for (const { metadata } of await bench.sessions()) await note(metadata.name, { [sessionNames.refreshing]: until });
    expect(await whoami(browser, server)).toMatchObject(guests);
    expect(timesAsked()).toBe(1);
  }
});

test('an issuer that does not answer one replica is told to those who wait, and is asked again later', async () => {
  const own = await startOidcProvider();
  for (const [subject, claims] of people(bench.namespace)) own.accounts.set(subject, claims);
  const [one, other] = [await bench.start({ provider: own }), await bench.start({ provider: own })];
  const { browser } = await signInAs(one, own, 'a-1');
  const same = sameSession(browser, one, other);
  await own.stop();
  one.pass(40 * minute);
  other.pass(40 * minute);
  expect(await whoami(browser, one)).toMatchObject({ status: 503, code: 'auth.unavailable' });
  expect(await whoami(same, other)).toMatchObject({ status: 503, code: 'auth.unavailable' });
  expect(other.logged.join('\n')).toContain('did not answer a moment ago');
});
