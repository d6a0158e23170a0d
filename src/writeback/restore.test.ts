import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPast, refusal } from '../../test/support/past.ts';
import type { CommitId } from '../git/index.ts';
import type { ObjectKey } from '../object.ts';
import { readAudit } from './audit.ts';
import type { NamespaceLayout } from './layout.ts';
import type { Edited } from './edit.ts';
import { type PlannedObject, previewPlan } from './planned.ts';
import { planRestore, type RestoreScope, type RestoreWish } from './restore.ts';
import { parseSubject } from './subject.ts';

const layout: NamespaceLayout = { prefix: '', namespace: 'team', format: 'json' };
const key: ObjectKey = { group: 'apps', kind: 'Deployment', namespace: 'team', name: 'web' };
const service: ObjectKey = { group: '', kind: 'Service', namespace: 'team', name: 'web' };
const main = 'team/Deployment/web/web.json';
const side = 'team/Deployment/web/service.json';
const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };
const by = { user: 'jane', email: 'jane@example.org', author };

const deployment = (replicas: number): string =>
  `${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas } }, undefined, 2)}\n`;

async function bench() {
  const all = await openPast();
  const plan = async (
    target: CommitId,
    scope: RestoreScope = { kind: 'objects', layout, keys: [key], sideObjects: true },
    more: Partial<RestoreWish> = {},
  ): Promise<Edited> => {
    const tip = await all.tip();
    return planRestore(all.past, { scope, target, by, ...more }, tip, all.signal);
  };
  return { ...all, plan };
}

const paths = ({ changes }: Edited) =>
  changes.map(({ path, content }) => `${content === undefined ? '-' : '+'}${path}`).toSorted();

test('one resource is put back, with what lies beside it, and the commit names the target', async () => {
  const { change, plan, commit, read, past, tip, signal } = await bench();
  const target = await change({ [main]: deployment(1), [side]: '{"a":1}' });
  await change({ [main]: deployment(2), [side]: '{"a":2}', 'team/Deployment/web/more.json': '{}' });
  await change({ 'team/Service/web/web.json': '{}' });
  const planned = await plan(target);
  expect(paths(planned)).toEqual([`+${side}`, `+${main}`, '-team/Deployment/web/more.json'].toSorted());
  expect(parseSubject(planned.message)).toEqual({
    action: 'Restoring deployment',
    message: `Restore apps/Deployment team/web to ${target}`,
    author: 'jane',
    email: 'jane@example.org',
  });
  const diffs = await previewPlan(past, await tip(), planned.changes, signal);
  expect(diffs.find(({ path }) => path === main)?.diff).toContain('-    "replicas": 2\n+    "replicas": 1');
  const restored = await commit(planned);
  expect(await read(main)).toBe(deployment(1));
  expect(await read('team/Service/web/web.json')).toBe('{}');
  const { entries } = await readAudit(past, { tip: await tip(), paths: ['team/Deployment/web'], limit: 1 }, signal);
  expect(entries[0]).toMatchObject({ commit: restored, action: 'Restoring deployment', user: { name: 'jane' } });
  await expect(plan(target)).rejects.toMatchObject({ code: 'writeback.unchanged' });
});

test('without the side objects only the object itself is put back; own words name the target too', async () => {
  const { change, plan } = await bench();
  const target = await change({ [main]: deployment(1), [side]: '{"a":1}' });
  await change({ [main]: deployment(2), [side]: '{"a":2}' });
  const planned = await plan(
    target,
    { kind: 'objects', layout, keys: [key], sideObjects: false },
    { by: { ...by, action: 'Undo', message: 'It was too slow', operation: 'op-1' } },
  );
  expect(paths(planned)).toEqual([`+${main}`]);
  expect(planned.pullRequest).toEqual({
    title: `Restore apps/Deployment team/web to ${target.slice(0, 12)}`,
    body: `It was too slow\n\nAsked for by jane. The commit that is meant is ${target}.`,
  });
  expect(planned.message).toBe(
    `{"Action":"Undo","Message":"It was too slow (${target})","Author":"jane","Email":"jane@example.org"}\n\nPlumbline-Operation: op-1\n`,
  );
});

test('what was deleted comes back; from the older layout into that of today', async () => {
  const { change, plan, commit, read } = await bench();
  const old = 'team/Deployment-web.json';
  const target = await change({ [old]: deployment(1) });
  await change({ [old]: null });
  const planned = await plan(target);
  expect(paths(planned)).toEqual([`+${main}`]);
  await commit(planned);
  expect(await read(main)).toBe(deployment(1));
});

test('an object stays in the file that it has now, and the ending goes with the content', async () => {
  const { change, plan } = await bench();
  const old = 'team/Deployment-web.json';
  const target = await change({ [old]: deployment(1) });
  await change({ [old]: null, [main]: deployment(2), [side]: '{}' });
  expect(paths(await plan(target))).toEqual([`+${main}`, `-${side}`].toSorted());
  const yaml = 'team/Deployment/web/web.yaml';
  await change({
    [main]: null,
    [yaml]: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
    [side]: null,
  });
  expect(paths(await plan(target))).toEqual([`+${main}`, `-${yaml}`].toSorted());
  await change({ [yaml]: null, [old]: deployment(3) });
  expect(paths(await plan(target))).toEqual([`+${old}`]);
});

test('an object of another group in the plain folder is another object', async () => {
  const { change, plan } = await bench();
  const target = await change({ [main]: deployment(1) });
  await change({ [main]: deployment(1).replace('apps/v1', 'example.org/v1') });
  expect(paths(await plan(target))).toEqual(['+team/Deployment.apps/web/web.json']);
});

test('a file that cannot be read any more is put right', async () => {
  const { change, plan } = await bench();
  const target = await change({ [main]: deployment(1) });
  await change({ [main]: '<<<<<<< oops' });
  expect(paths(await plan(target))).toEqual([`+${main}`]);
});

test('several at once; what was not there then is told of each', async () => {
  const { change, plan } = await bench();
  const before = await change({ 'team/x': '' });
  const target = await change({
    [main]: deployment(1),
    'team/Service/web/web.json': '{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"}}',
  });
  await change({ [main]: deployment(2), 'team/Service/web/web.json': null });
  const scope = { kind: 'objects', layout, keys: [key, service], sideObjects: true } as const;
  expect(paths(await plan(target, scope))).toEqual([`+${main}`, '+team/Service/web/web.json']);
  const error = await refusal(plan(before, scope));
  expect(error).toMatchObject({ code: 'writeback.nothing-to-restore' });
  expect(error.problems.map(({ where }) => where?.object)).toEqual(['apps/Deployment team/web', 'Service team/web']);
});

test('a whole namespace becomes what it was: what was added is taken away, and what runs may still run', async () => {
  const { change, plan, commit, read, tip, past, signal } = await bench();
  const target = await change({ [main]: deployment(1), 'team/run.sh': { executable: 'true\n' }, 'crew/x': '1' });
  await change({ [main]: null, 'team/run.sh': 'true\n', 'team/ConfigMap/a/a.json': '{}', 'crew/x': '2' });
  const scope = { kind: 'paths', paths: ['team'], name: 'namespace team' } as const;
  const planned = await plan(target, scope);
  expect(paths(planned)).toEqual([`+${main}`, '+team/run.sh', '-team/ConfigMap/a/a.json'].toSorted());
  expect(parseSubject(planned.message)?.action).toBe('Restoring namespace');
  await commit(planned);
  const [then, now] = [
    await past.files(target, ['team'], { signal }),
    await past.files(await tip(), ['team'], { signal }),
  ];
  expect([...now]).toEqual([...then]);
  expect(await read('crew/x')).toBe('2');
  await expect(plan(target, { ...scope, paths: ['nowhere'] })).rejects.toMatchObject({
    code: 'writeback.nothing-to-restore',
  });
});

test('a commit that is not of the branch, and one that is nowhere, are refused', async () => {
  const { repository, change, plan } = await bench();
  const target = await change({ [main]: deployment(1) });
  const other = await repository.commit({ [main]: deployment(9) }, { branch: 'other', parent: target });
  await change({ [main]: deployment(2) });
  for (const commit of [other, 'ab'.repeat(20) as CommitId]) {
    await expect(plan(commit)).rejects.toMatchObject({ code: 'writeback.not-in-history' });
  }
});

test('a plain Secret does not come back, nor a link; and nothing is told of the value', async () => {
  const { change, plan } = await bench();
  const secret = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"aHVudGVyMg=="}}';
  const target = await change({ [main]: deployment(1), 'team/Deployment/web/secret.json': secret });
  await change({ 'team/Deployment/web/secret.json': null });
  const error = await refusal(plan(target));
  expect(error).toMatchObject({ code: 'writeback.plain-secret' });
  expect(error.message).not.toContain('aHVudGVyMg');
  const linked = await change({ 'team/Deployment/web/link.json': { link: 'web.json' } });
  await change({ 'team/Deployment/web/link.json': null });
  await expect(plan(linked)).rejects.toMatchObject({ code: 'writeback.unsupported-file' });
});

test('what the API server would refuse is refused, with all its reasons', async () => {
  const { change, plan } = await bench();
  const target = await change({ [main]: deployment(1) });
  await change({ [main]: deployment(2) });
  const seen: PlannedObject[] = [];
  const tryObjects = async (objects: readonly PlannedObject[]) => {
    seen.push(...objects);
    return [
      { code: 'kube.invalid', message: 'one' },
      { code: 'kube.admission-denied', message: 'two' },
    ] as const;
  };
  const error = await refusal(plan(target, undefined, { tryObjects }));
  expect(error.problems.map(({ code }) => code)).toEqual(['kube.invalid', 'kube.admission-denied']);
  expect(seen).toEqual([
    { file: main, before: JSON.parse(deployment(2)) as unknown, after: JSON.parse(deployment(1)) as unknown },
  ]);
});

test('files that are rendered need not be readable; what speaks against them is told with the plain Secrets', async () => {
  const { change, plan } = await bench();
  const scope = { kind: 'paths', paths: ['chart'], name: 'application team/chart' } as const;
  const template = 'kind: ConfigMap\n{{- if .Values.a }}\n  a: {{ .Values.a }}\n{{- end }}\n';
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n';
  const target = await change({ 'chart/templates/a.yaml': template, 'chart/templates/s.yaml': secret });
  await change({ 'chart/templates/a.yaml': 'kind: ConfigMap\n', 'chart/templates/s.yaml': null });
  const seen: string[] = [];
  const tryFiles = async (files: readonly { readonly path: string }[]) => {
    seen.push(...files.map(({ path }) => path));
    return [{ code: 'kube.invalid', message: 'one' }] as const;
  };
  const error = await refusal(plan(target, scope, { tryFiles }));
  expect(error.problems.map(({ code }) => code)).toEqual(['writeback.plain-secret', 'kube.invalid']);
  expect(error.message).not.toContain('hunter2');
  expect(seen.toSorted()).toEqual(['chart/templates/a.yaml', 'chart/templates/s.yaml']);
  const alone = { ...scope, paths: ['chart/templates/a.yaml'] } as const;
  expect(paths(await plan(target, alone, { tryFiles: async () => [] }))).toEqual(['+chart/templates/a.yaml']);
  await expect(plan(target, alone)).rejects.toMatchObject({ code: 'writeback.file-invalid' });
});

test('whatever was done, a restore gives back exactly what was there, and the log says so', async () => {
  const all = await bench();
  const { change, plan, commit, past, tip, signal } = all;
  const scope = { kind: 'paths', paths: ['team'], name: 'namespace team' } as const;
  const path = fc.constantFrom(main, side, 'team/Deployment-web.json', 'team/a.txt');
  const edit = fc.dictionary(path, fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(null)), { minKeys: 1 });
  const filesAt = async (id: CommitId) => [...(await past.files(id, ['team'], { signal }))];
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 2, maxLength: 4 }), fc.nat(), async (edits, chosen) => {
      const states: CommitId[] = [];
      for (const each of edits) {
        const files = Object.entries(each).map(([name, value]): [string, string | null] => [
          name,
          value === null ? null : deployment(value),
        ]);
        number += 1;
        states.push(await change({ 'team/there': 'always\n', crew: String(number), ...Object.fromEntries(files) }));
      }
      const target = states[chosen % states.length];
      if (target === undefined) throw new Error('nothing was committed');
      const there = await filesAt(await tip());
      if (JSON.stringify(there) === JSON.stringify(await filesAt(target))) {
        await expect(plan(target, scope)).rejects.toMatchObject({ code: 'writeback.unchanged' });
        return;
      }
      const restored = await commit(await plan(target, scope));
      expect(await filesAt(await tip())).toEqual(await filesAt(target));
      const { entries } = await readAudit(past, { tip: await tip(), paths: ['team'], limit: 1 }, signal);
      expect(entries).toMatchObject([{ commit: restored, message: `Restore namespace team to ${target}` }]);
    }),
    { numRuns: 8 },
  );
});
