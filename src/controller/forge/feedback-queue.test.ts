import { expect, onTestFinished, test } from 'vitest';
import {
  openForgeServer,
  testConnections,
  type ForgeReply,
  type ForgeServer,
} from '../../../test/support/forge-server.ts';
import type { Application, Repository } from '../../api/index.ts';
import { openForge } from '../../forge/index.ts';
import { sensitive } from '../../sensitive.ts';
import { newApplicationState, type ApplicationState, type RenderedWell } from '../application/application-state.ts';
import type { ReadySource } from '../application/context.ts';
import type { EventInput } from '../../kube/index.ts';
import { createFeedback, type Feedback } from './feedback.ts';
import type { Origin } from '../rendering/origin.ts';
import type { SyncState } from '../status/status.ts';

// The forge is GitHub, which cannot run here: a server of ours that answers as docs.github.com/rest/commits/statuses says.

const repository: Repository = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Repository',
  metadata: { name: 'apps', namespace: 'team', uid: 'r-1' },
  spec: { url: 'https://github.com/octo-org/apps', forge: {} },
};

const commit = (number: number): string => String(number).repeat(40);
const source = { repositoryRef: { name: 'apps' }, path: 'web' };
const origin = {} as Origin;

/** What was found out at a commit; the same `desired` where the commit touched nothing. */
function found(revision: string, desired: RenderedWell['desired']): { source: ReadySource; rendered: RenderedWell } {
  const version = { revision, content: revision, ref: 'refs/heads/main', at: new Date(0), subject: '' };
  const group = 'team/apps main';
  return {
    source: { state: 'ready', parts: [{ source, origin, version, group, url: repository.spec.url }] },
    rendered: { state: 'ok', inputs: '', versions: [{ group, version }], desired, origins: new Map(), warnings: [] },
  };
}

const desired = (digest: string): RenderedWell['desired'] => ({ digest, objects: [] });
const syncing: SyncState = { state: 'syncing', message: 'wave 1' };
const synced: SyncState = { state: 'synced', reason: 'Synced', message: 'all' };
const broken: SyncState = { state: 'failed', reason: 'SyncFailed', problems: [], retry: true };
const health = { status: 'Healthy', message: '' } as const;

function application(name: string): ApplicationState {
  const made: Application = {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'team', uid: name },
    spec: { source },
  };
  return newApplicationState(made, 0);
}

interface Scene {
  readonly server: ForgeServer;
  readonly feedback: Feedback;
  readonly events: EventInput[];
  readonly logged: string[];
  /** Resolves when that many requests have come. */
  arrived(count: number): Promise<void>;
  /** Resolves when the controller has logged this. */
  says(message: string): Promise<void>;
}

async function openScene(reply: (count: number) => ForgeReply | Promise<ForgeReply>): Promise<Scene> {
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  const server = await openForgeServer((_, count) => {
    tell();
    return reply(count);
  });
  const connections = testConnections();
  const stop = new AbortController();
  const events: EventInput[] = [];
  const logged: string[] = [];
  const log = (_: object, message: string): void => {
    logged.push(message);
    tell();
  };
  const forge = openForge({
    repositoryUrl: repository.spec.url,
    apiUrl: server.url,
    credentials: { kind: 'token', token: sensitive('t') },
    connections,
  });
  const feedback = createFeedback({
    forges: { forgeOf: () => Promise.resolve(forge) },
    repositoryOf: () => repository,
    events: { record: (event) => void events.push(event), flush: () => Promise.resolve() },
    log: { info: log, warn: log, error: log, debug: log },
    now: () => 0,
    random: () => 0,
    signal: stop.signal,
  });
  onTestFinished(async () => {
    stop.abort();
    await feedback.ended;
  });
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return {
    server,
    feedback,
    events,
    logged,
    arrived: (count) => until(() => server.asked.length >= count),
    says: (message) => until(() => logged.includes(message)),
  };
}

const statesOf = ({ asked }: ForgeServer): string[] => asked.map(({ body }) => (body as { state: string }).state);

test('while one word is under way, only the newest of the later ones is kept', async () => {
  const first = Promise.withResolvers<ForgeReply>();
  const scene = await openScene((count) => (count === 1 ? first.promise : { status: 201, body: {} }));
  const state = application('web');
  const at = found(commit(1), desired('one'));
  scene.feedback.tell(state, { ...at, sync: syncing, health });
  await scene.arrived(1);
  scene.feedback.tell(state, { ...at, sync: broken, health });
  scene.feedback.tell(state, { ...at, sync: synced, health });
  first.resolve({ status: 201, body: {} });
  await scene.arrived(2);
  await scene.says('commit status set');
  expect(statesOf(scene.server)).toEqual(['pending', 'success']);
  // What is known is not told again.
  scene.feedback.tell(state, { ...at, sync: synced, health });
  scene.feedback.tell(state, { ...found(commit(2), at.rendered.desired), sync: synced, health });
  scene.feedback.tell(state, { ...found(commit(3), desired('two')), sync: synced, health });
  await scene.arrived(3);
  expect(scene.server.lines()[2]).toContain(`/statuses/${commit(3)}`);
});

test('a forge that fails for a while is told in the end', async () => {
  const scene = await openScene((count) => (count <= 4 ? { status: 503 } : { status: 201, body: {} }));
  scene.feedback.tell(application('web'), { ...found(commit(1), desired('one')), sync: synced, health });
  await scene.says('commit status set');
  // Four tries of the client are one of the queue.
  expect(scene.server.asked).toHaveLength(5);
  expect(scene.events).toMatchObject([{ reason: 'ForgeFailed', about: { kind: 'Repository', name: 'apps' } }]);
});

test('what a forge refuses for good is told of by an Event, and not tried again', async () => {
  const scene = await openScene(() => ({ status: 422, body: { message: 'No commit found for SHA: 1' } }));
  scene.feedback.tell(application('web'), { ...found(commit(1), desired('one')), sync: synced, health });
  await scene.says('commit status not set');
  scene.feedback.tell(application('other'), { ...found(commit(2), desired('one')), sync: synced, health });
  await scene.arrived(2);
  expect(scene.server.lines().map((line) => line.split('/').at(-1))).toEqual([commit(1), commit(2)]);
  expect(scene.events[0]?.message).toContain('No commit found');
});

function readySince(lastTransitionTime: string): ApplicationState['written'] {
  return {
    digest: 'one',
    conditions: [{ type: 'Ready', status: 'True', reason: 'Synced', message: '', lastTransitionTime }],
  };
}

test('an Application that was ready long before this process began is taken as told', async () => {
  const scene = await openScene(() => ({ status: 201, body: {} }));
  const old = application('web');
  const at = found(commit(1), desired('one'));
  old.rendered = at.rendered;
  old.written = readySince('1969-12-31T23:00:00Z');
  scene.feedback.tell(old, { ...at, sync: synced, health });
  // One that has only just become ready may not have been told: the forge is asked, and then told.
  const fresh = application('fresh');
  fresh.rendered = at.rendered;
  fresh.written = readySince('1969-12-31T23:55:00Z');
  scene.feedback.tell(fresh, { ...at, sync: synced, health });
  await scene.arrived(1);
  expect(scene.server.lines()).toEqual([`GET /repos/octo-org/apps/commits/${commit(1)}/status?per_page=100`]);
});

test('what comes from a registry is told to nobody', async () => {
  const scene = await openScene(() => ({ status: 201, body: {} }));
  scene.feedback.tell(application('chart'), {
    ...found(`sha256:${'1'.repeat(64)}`, desired('one')),
    sync: synced,
    health,
  });
  scene.feedback.tell(application('web'), { ...found(commit(1), desired('one')), sync: synced, health });
  await scene.says('commit status set');
  expect(scene.server.asked.map(({ body }) => (body as { context: string }).context)).toEqual(['plumbline/team/web']);
});

test('of too many that wait the oldest are given up, and the others told', async () => {
  const first = Promise.withResolvers<ForgeReply>();
  const scene = await openScene((count) => (count === 1 ? first.promise : { status: 201, body: {} }));
  const at = found(commit(1), desired('one'));
  const total = 10_003;
  for (let index = 0; index < total; index += 1) {
    scene.feedback.tell(application(`a-${index}`), { ...at, sync: synced, health });
  }
  expect(scene.logged.filter((message) => message.startsWith('too many'))).toHaveLength(total - 10_000);
  first.resolve({ status: 201, body: {} });
  await scene.arrived(50);
});
