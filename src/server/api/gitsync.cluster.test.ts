import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { folderOfFile } from '../../../test/support/folder.ts';
import { hasValue } from '../../../test/support/gitops.ts';
import { gitOpsOfFile } from '../../../test/support/scene.ts';
import { servedOfFile } from '../../../test/support/serve-bench.ts';
import { grant, serviceAccountToken } from '../../../test/support/tokens.ts';
import { limit } from '../../../test/support/limit.ts';

/** GitSync for operators in any language: over real HTTP, with the token of a real service account. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const operatorAccount = 'canary-operator';
const folder = folderOfFile();
const bench = gitOpsOfFile('gitsync');
const api = servedOfFile(bench, () => bench.start());
let token: string;

beforeAll(async () => {
  const { client, namespace } = bench;
  token = await serviceAccountToken(client, namespace, operatorAccount);
  await writeFile(join(folder, 'token'), `${token}\n`);
  const user = { kind: 'User', name: `system:serviceaccount:${namespace}:${operatorAccount}` } as const;
  await grant(client, namespace, user, { group: 'plumbline.dev', resource: 'operations', verbs: ['gitsync'] });
  const verbs = ['get', 'create', 'update', 'patch', 'delete'];
  await grant(client, namespace, user, { group: '', resource: 'configmaps', verbs });
});

function configMap(name: string, value: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
}

async function gitSync(change: object, { query = '', bearer = token } = {}) {
  const answer = await fetch(`${api.url}/api/v1/gitsync${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ operator: 'canary-operator', namespace: bench.namespace, ...change }),
    signal: limit(),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

const commits = async (): Promise<number> => Number(await bench.git('rev-list', '--count', 'main'));

test('all that an operator wants becomes one commit, and the answer comes when the cluster has it', async () => {
  const objects = [configMap('one', 'a'), configMap('two', 'a')];
  const change = { objects, action: 'Canary started', message: 'web:2' };
  const { status, body } = await gitSync(change, { query: '?wait=synced' });
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { state: 'Committed', sync: { state: 'synced', revision: body['commit'] } },
  });
  await bench.kube.until(bench.configMaps(), hasValue('two', 'value', 'a'), limit());
  const author = `system:serviceaccount:${bench.namespace}:${operatorAccount}`;
  expect((await bench.subjects()).at(-1)).toMatchObject({ Action: 'Canary started', Message: 'web:2', Author: author });
  const paths = (await bench.git('show', '--format=', '--name-only', String(body['commit']))).split('\n');
  expect(paths.filter((path) => path.endsWith('.json'))).toHaveLength(2);
});

test('what is so already is no commit, and what is removed need not be there', async () => {
  await gitSync({ objects: [configMap('same', 'a')] });
  const before = await commits();
  expect((await gitSync({ objects: [configMap('same', 'a')] })).body).toMatchObject({ state: 'Unchanged' });
  const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never-there' };
  expect((await gitSync({ removed: [gone] })).body).toMatchObject({
    state: 'Unchanged',
    objects: [{ key: { kind: 'ConfigMap', name: 'never-there' }, change: 'unchanged' }],
  });
  expect(await commits()).toBe(before);
  const removed = await gitSync({ removed: [{ ...gone, name: 'same' }] }, { query: '?wait=synced' });
  expect(removed.body).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  expect(await commits()).toBe(before + 1);
});

test('an operation that is sent again is done once', async () => {
  const before = await commits();
  const change = { objects: [configMap('once', 'a')], operation: 'promote-7' };
  const [first, second] = await Promise.all([gitSync(change), gitSync(change)]);
  expect(first.body).toMatchObject({ state: 'Committed' });
  expect(second.body['commit']).toBe(first.body['commit']);
  expect((await gitSync(change)).body['commit']).toBe(first.body['commit']);
  expect(await commits()).toBe(before + 1);
  const other = await gitSync({ ...change, objects: [configMap('once', 'b')] });
  expect(other.status).toBeGreaterThanOrEqual(400);
  expect(other.status).toBeLessThan(500);
});

test('it is tried first, in the name of the operator, and all that is refused is told', async () => {
  const before = await commits();
  const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'wrong' }, data: { value: 7 } };
  const refused = await gitSync({ objects: [wrong, { ...wrong, metadata: { name: 'also-wrong' } }] });
  expect(refused.status).toBe(400);
  expect(refused.body['errors']).toHaveLength(2);
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } };
  expect(await gitSync({ objects: [service] })).toMatchObject({ status: 403, body: { code: 'kube.forbidden' } });
  expect(await gitSync({ objects: [configMap('tried', 'a')], dryRun: true })).toMatchObject({
    body: { state: 'Tried' },
  });
  expect(await commits()).toBe(before);
});

test('only who may is let in', async () => {
  const stranger = await serviceAccountToken(bench.client, bench.namespace, 'stranger');
  const change = { objects: [configMap('stranger', 'a')] };
  expect(await gitSync(change, { bearer: stranger })).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  expect(await gitSync(change, { bearer: 'nonsense' })).toMatchObject({ status: 401 });
  const elsewhere = await gitSync({ ...change, namespace: 'default' });
  expect(elsewhere).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
});

test('a body that is none is told with every field', async () => {
  const { status, body } = await gitSync({ operator: '', colour: 'red', objects: [{ kind: 'ConfigMap' }] });
  expect(status).toBe(400);
  const fields = (body['errors'] as readonly { readonly where: { readonly field: string } }[]).map(
    ({ where }) => where.field,
  );
  expect(fields).toEqual(
    expect.arrayContaining(['body.operator', 'body.colour', 'body.objects.0.apiVersion', 'body.objects.0.metadata']),
  );
});

/** Runs an example with objects on its standard input, and reads what it prints. */
async function example(
  program: string,
  args: readonly string[],
  input: string,
): Promise<Readonly<Record<string, unknown>>> {
  const flags = ['--server', api.url, '--token-file', join(folder, 'token'), '--namespace', bench.namespace];
  const child = spawn(program, [...args, ...flags, '--message', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code: code as unknown, errors }).toEqual({ code: 0, errors: '' });
  return JSON.parse(output) as Readonly<Record<string, unknown>>;
}

test('the example in Go is built with its standard library, and runs', async () => {
  const program = join(folder, 'gitsync');
  await run('go', ['build', '-o', program, '.'], {
    cwd: join(root, 'examples', 'gitsync-go'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-trimpath -mod=readonly', GOPROXY: 'off' },
    timeout: 100_000,
  });
  const objects = [configMap('go-one', 'a'), configMap('go-two', 'a')]
    .map((object) => JSON.stringify(object))
    .join('\n');
  const result = await example(program, ['--operation', 'go-1'], objects);
  expect(result).toMatchObject({ state: 'Committed', sync: { state: 'synced' } });
  expect((await example(program, ['--operation', 'go-1'], objects))['commit']).toBe(result['commit']);
  await bench.kube.until(bench.configMaps(), hasValue('go-two', 'value', 'a'), limit());
});

test('the example in TypeScript runs', async () => {
  const program = join(root, 'examples', 'gitsync-typescript', 'main.ts');
  const objects = JSON.stringify([configMap('ts-one', 'a')]);
  const result = await example(process.execPath, [program], objects);
  expect(result).toMatchObject({ state: 'Committed', sync: { state: 'synced', revision: result['commit'] } });
  expect((await bench.subjects()).at(-1)).toMatchObject({ Action: 'Scaled' });
});
