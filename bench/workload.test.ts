import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseApplication, parseRepository } from '../src/api/index.ts';
import { createAuthor, git } from './author.ts';
import {
  applicationObject,
  type BenchObject,
  overlay,
  overlayObjects,
  overlayPath,
  repositoryObject,
  workloadFiles,
} from './workload.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plumbline-bench-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const seen = { uid: '3f0a', resourceVersion: '1', generation: 1, creationTimestamp: '2026-11-21T00:00:00Z' };
const asSeen = (object: BenchObject): BenchObject => ({ ...object, metadata: { ...object.metadata, ...seen } });

test('W(N) has one overlay for each Application, all of one base', () => {
  const files = workloadFiles(1000);
  expect(files.size).toBe(5 + 1000);
  expect([...files.keys()].at(-1)).toBe('apps/app-1000/kustomization.yaml');
  expect(load(files.get('apps/app-0042/kustomization.yaml') ?? '')).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'bench',
    namePrefix: 'app-0042-',
    resources: ['../../base'],
    labels: [{ pairs: { app: 'app-0042' }, includeSelectors: true }],
  });
});

test('an overlay renders to four objects of its own', () => {
  const objects = overlayObjects(7, 'bench');
  expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ConfigMap', 'Service', 'Deployment']);
  for (const { metadata } of objects) {
    expect(metadata).toEqual({ name: 'app-0007-web', namespace: 'bench', labels: { app: 'app-0007' } });
  }
});

test('its resources are valid', () => {
  const application = parseApplication(asSeen(applicationObject(42)));
  expect(application.spec.source?.path).toBe('apps/app-0042');
  const repository = parseRepository(asSeen(repositoryObject('http://127.0.0.1:1/workload.git')));
  expect(application.spec.source?.repositoryRef.name).toBe(repository.metadata.name);
  expect(application.metadata.namespace).toBe(repository.metadata.namespace);
});

test('the repository holds the files, and a commit changes one overlay', async () => {
  const repository = join(directory, 'author.git');
  const target = join(directory, 'target.git');
  await git(['init', '--quiet', '--bare', target], '');
  const author = await createAuthor(repository, () => 1_700_000_000_000);
  const files = workloadFiles(3);
  const first = await author.commit(files, 'Describe 3 applications');
  const second = await author.commit(new Map([[overlayPath(2), overlay(2, '1.0.1')]]), 'Deploy 1.0.1');
  await author.push(target);
  const read = (...args: readonly string[]) => git(['--git-dir', target, ...args], '');
  expect((await read('rev-parse', 'main', 'main^')).split('\n').slice(0, 2)).toEqual([second, first]);
  for (const [path, content] of files) expect(await read('show', `${first}:${path}`)).toBe(content);
  expect(await read('diff', '--name-only', first, second)).toBe('apps/app-0002/kustomization.yaml\n');
  expect(await read('log', '-1', '--format=%s %ct', 'main')).toBe('Deploy 1.0.1 1700000000\n');
});
