import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { expect, test } from 'vitest';
import { madeObjects } from './made-objects.ts';
import { parseApplication, parseRepository } from '../../api/index.ts';
import { defaultSecret, readNamespace } from './settings.ts';
import type { KubeObject } from '../../object.ts';

const namespace = (labels: Record<string, string>, annotations: Record<string, string> = {}) => ({
  metadata: { name: 'models', labels, annotations },
});
const on = { 'plumbline.dev/gitops': 'enabled' };
const url = { 'plumbline.dev/git-repo': 'https://git.example.com/models.git' };

test('what the page shows is a namespace that Git maintains, with the Secret that is looked for', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'gitops-namespaces.md'), 'utf8');
  const [, block = ''] = /<!-- test: gitops-namespace -->\n\n```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const documents = parseAllDocuments(block);
  if ('empty' in documents) throw new Error('the page has no such block');
  const [first, second] = documents.map((document) => document.toJS() as KubeObject);
  expect(readNamespace(first ?? namespace({}))).toEqual({
    state: 'on',
    settings: {
      namespace: 'models',
      url: 'https://git.example.com/team/models.git',
      branch: 'main',
      secret: undefined,
      format: 'json',
      mode: 'commit',
      layout: 'objects',
      prefix: '',
      serviceAccount: undefined,
      forge: undefined,
    },
  });
  expect(second?.metadata).toEqual({ name: defaultSecret, namespace: 'models' });
});

const stateOf = (labels: Record<string, string>) => readNamespace(namespace(labels, url)).state;

test('either label counts, and ours counts more', () => {
  expect(stateOf(on)).toBe('on');
  expect(stateOf({ 'seldon.gitops': 'enabled' })).toBe('on');
  expect(stateOf({ 'seldon.gitops': 'enabled', 'plumbline.dev/gitops': 'disabled' })).toBe('off');
  expect(stateOf({ 'seldon.gitops': 'disabled', 'plumbline.dev/gitops': 'enabled' })).toBe('on');
  expect(stateOf({ 'plumbline.dev/gitops': 'true' })).toBe('off');
  expect(stateOf({})).toBe('off');
});

test('every annotation that is wrong is told, with its name', () => {
  const read = readNamespace(
    namespace(on, {
      'plumbline.dev/git-path': '../..',
      'plumbline.dev/git-mode': 'merge',
      'plumbline.dev/git-format': 'toml',
      'plumbline.dev/git-forge': 'SourceForge',
    }),
  );
  if (read.state !== 'invalid') throw new Error('it should be invalid');
  expect(
    read.problems.map(({ where }) => where?.field).toSorted((one = '', other = '') => (one < other ? -1 : 1)),
  ).toEqual(
    ['git-forge', 'git-format', 'git-mode', 'git-path', 'git-repo'].map(
      (name) => `metadata.annotations["plumbline.dev/${name}"]`,
    ),
  );
});

test('what is made for a namespace is understood by the kinds, and has all that the annotations say', () => {
  const read = readNamespace(
    namespace(on, {
      ...url,
      'plumbline.dev/git-branch': 'live',
      'plumbline.dev/git-path': '/clusters/one/',
      'plumbline.dev/git-mode': 'PullRequest',
      'plumbline.dev/git-forge': 'gitea',
      'plumbline.dev/git-forge-url': 'https://git.example.com/api/v1',
      'plumbline.dev/git-service-account': 'syncer',
    }),
  );
  if (read.state !== 'on') throw new Error('it should be on');
  const [repository, application] = madeObjects(read.settings, 'key');
  expect(parseRepository(repository).spec).toMatchObject({
    url: 'https://git.example.com/models.git',
    ref: { branch: 'live' },
    secretRef: { name: 'key' },
    forge: { kind: 'Gitea', apiUrl: 'https://git.example.com/api/v1' },
  });
  expect(parseApplication(application).spec).toMatchObject({
    source: { repositoryRef: { name: 'gitops' }, path: 'clusters/one/models', directory: { recurse: true } },
    serviceAccountName: 'syncer',
    sync: { allowEmpty: true, pruneLimit: { percent: 100 } },
    deletionPolicy: 'Orphan',
  });
});

test('what becomes of changes by hand is one of three words', () => {
  expect(stateOf({ ...on, 'plumbline.dev/git-admission': 'refuse' })).toBe('on');
  expect(readNamespace(namespace({ ...on, 'plumbline.dev/git-admission': 'refused' }, url))).toMatchObject({
    state: 'invalid',
    problems: [
      {
        message: '"refused" is none of off, refuse, commit',
        where: { field: 'metadata.labels["plumbline.dev/git-admission"]' },
      },
    ],
  });
});
