import { expect, test } from 'vitest';
import { parseApplication } from '../../api/index.ts';
import type { Member } from '../../sync/index.ts';
import { createApplications } from './applications.ts';
import type { ApplicationState } from './application-state.ts';
import type { Version } from '../rendering/origin.ts';
import type { RevisionEvent } from '../repository/revision.ts';

function application(name: string, metadata: object = {}) {
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'prod', uid: name, generation: 1, ...metadata },
    spec: { source: { repositoryRef: { name: 'apps' } } },
  });
}

const version = (revision: string): Version => ({
  revision,
  content: `tree-${revision}`,
  ref: 'refs/heads/main',
  at: new Date(0),
  subject: '',
});
const reads = (path: string, group = 'group') => new Map([[group, record(path)]]);
const record = (path: string) => ({
  files: new Map([[path, 'id']]),
  missed: new Set<string>(),
  directories: new Map<string, string>(),
  links: new Set<string>(),
});

function readAt(state: ApplicationState | undefined, commit: string, group = 'group'): void {
  if (state === undefined) throw new Error('no such Application');
  state.rendered = {
    state: 'failed',
    inputs: '',
    versions: [{ group, version: version(commit) }],
    problems: [{ code: 'internal', message: '' }],
  };
}

function event(changes: RevisionEvent['changes']): RevisionEvent {
  return {
    repository: 'prod/apps',
    selector: 'HEAD',
    revision: { state: 'ready', version: version('two') },
    previous: version('one'),
    changes,
  };
}

test('a commit concerns those who read what it changes; the others are moved on to it', () => {
  const applications = createApplications(() => 0);
  for (const name of ['a', 'b', 'c']) {
    applications.update(application(name));
    applications.recordReads(`prod/${name}`, reads(`${name}.yaml`));
    readAt(applications.get(`prod/${name}`), 'one');
  }
  readAt(applications.get('prod/c'), 'zero');
  const concerned = [...applications.concernedBy(event([{ path: 'a.yaml', change: 'modified' }]), 'group')];
  // `c` was rendered from another commit than the one that these changes begin at.
  expect(concerned).toEqual(['prod/a', 'prod/c']);
  expect(applications.get('prod/b')?.rendered?.versions).toEqual([{ group: 'group', version: version('two') }]);
  expect([...applications.concernedBy(event(undefined), 'group')]).toEqual(['prod/a', 'prod/b', 'prod/c']);
});

test('who waits for another reference than the one it was rendered from hears of that one', () => {
  const applications = createApplications(() => 0);
  applications.update(application('a'));
  applications.recordReads('prod/a', reads('a.yaml', 'old'));
  readAt(applications.get('prod/a'), 'one', 'old');
  expect([...applications.concernedBy(event([]), 'new')]).toEqual([]);
  applications.recordWants('prod/a', ['new']);
  expect([...applications.concernedBy(event([]), 'new')]).toEqual(['prod/a']);
  expect([...applications.concernedBy(event(undefined), 'new')]).toEqual(['prod/a']);
  expect([...applications.concernedBy(event(undefined), 'third')]).toEqual([]);
});

test('those who read another reference of the repository are not concerned', () => {
  const applications = createApplications(() => 0);
  applications.update(application('a'));
  applications.recordReads('prod/a', reads('a.yaml', 'other'));
  readAt(applications.get('prod/a'), 'one', 'other');
  expect([...applications.concernedBy(event([{ path: 'a.yaml', change: 'modified' }]), 'group')]).toEqual([]);
});

test('an Application asks for work when its spec, its requests or its life change, not when its status does', () => {
  const applications = createApplications(() => 0);
  expect(applications.update(application('a'))).toBe(true);
  expect(applications.update(application('a', { resourceVersion: '2' }))).toBe(false);
  expect(applications.update(application('a', { generation: 2 }))).toBe(true);
  expect(
    applications.update(application('a', { generation: 2, annotations: { 'plumbline.dev/requestedAt': '1' } })),
  ).toBe(true);
  const before = applications.get('prod/a');
  expect(applications.update(application('a', { uid: 'anew' }))).toBe(true);
  expect(applications.get('prod/a')).not.toBe(before);
});

const member = (more: Partial<Member> = {}) =>
  ({
    id: 'x',
    uid: 'u',
    fingerprint: 'f',
    health: { status: 'Healthy', message: '' },
    deletionTimestamp: undefined,
    ...more,
  }) as Member;

test('a live object concerns its Application when it differs from what was applied, or its health moves', () => {
  const applications = createApplications(() => 0);
  applications.update(application('a'));
  const state = applications.get('prod/a');
  if (state === undefined) throw new Error('no state');
  state.lastApplied = new Map([['x', { digest: 'd', fingerprint: 'f' }]]);
  const look = (previous: Member | undefined, current: Member | undefined) => [
    ...applications.concernedByMember({ applySet: state.applySet, id: 'x', previous, current }),
  ];
  expect(look(member(), member())).toEqual([]);
  expect(look(member(), member({ resourceVersion: '2' }))).toEqual([]);
  expect(look(member(), member({ fingerprint: 'g' }))).toEqual(['prod/a']);
  expect(look(member(), member({ health: { status: 'Degraded', message: '' } }))).toEqual(['prod/a']);
  expect(look(member(), undefined)).toEqual(['prod/a']);
  state.stepping = true;
  expect(look(member(), undefined)).toEqual([]);
});

test('who wants an object that belongs to another is woken when it is free, and not before', () => {
  const applications = createApplications(() => 0);
  for (const name of ['a', 'b']) applications.update(application(name));
  const [a, b] = [applications.get('prod/a'), applications.get('prod/b')];
  if (a === undefined || b === undefined) throw new Error('no state');
  const claim = (object: string) => ({ object, owner: a.applySet });
  const look = (current: Member | undefined) => [
    ...applications.concernedByMember({ applySet: a.applySet, id: 'x', previous: member(), current }),
  ];
  applications.recordClaims('prod/b', [claim('x'), claim('y')]);
  b.failed = { digest: 'd', generation: 1, left: 0, problems: [], attempts: 3, retryAt: 1_000 };
  expect(look(member({ fingerprint: 'g' }))).toEqual(['prod/a']);
  expect(b.failed).toBeDefined();
  expect(look(undefined)).toEqual(['prod/a', 'prod/b']);
  expect(b.failed).toBeUndefined();
  applications.recordClaims('prod/b', [claim('y')]);
  expect(look(undefined)).toEqual(['prod/a']);
  applications.recordClaims('prod/b', [claim('x')]);
  applications.delete('prod/b');
  expect(look(undefined)).toEqual(['prod/a']);
  expect(applications.ownerName(a.applySet)).toBe('Application prod/a');
  expect(applications.ownerName(b.applySet)).toBeUndefined();
});

test('who has an object is told who else wants it, once', () => {
  const applications = createApplications(() => 0);
  for (const name of ['a', 'b', 'c']) applications.update(application(name));
  const owner = applications.get('prod/a')?.applySet ?? '';
  const claims = [{ object: 'x', owner }];
  expect(applications.recordClaims('prod/b', claims)).toEqual(['prod/a']);
  expect(applications.recordClaims('prod/b', claims)).toEqual([]);
  expect(applications.claimsOn(owner)).toEqual(['x: Application prod/b wants it as well']);
  expect(applications.claimsOn(applications.get('prod/c')?.applySet ?? '')).toEqual([]);
  expect(applications.recordClaims('prod/b', [])).toEqual(['prod/a']);
  expect(applications.claimsOn(owner)).toEqual([]);
});
