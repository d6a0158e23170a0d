import { expect, test } from 'vitest';
import { clearingOf } from './hook-calls.ts';
import { hookOf, hookProblem, runsToEnd } from './hook.ts';

const argo = 'argocd.argoproj.io/hook';
const helm = 'helm.sh/hook';
const own = 'plumbline.dev/hook';

/** The phases of a hook as text; `ignored` and undefined as they are. */
function phasesOf(annotations: Record<string, string> | undefined): string | undefined {
  const hook = hookOf(annotations);
  if (hook === undefined || hook === 'ignored') return hook;
  return hook.runs.map(({ phase, only }) => (only === undefined ? phase : `${phase} at ${only}`)).join(', ');
}

const phases: readonly (readonly [Record<string, string> | undefined, string | undefined])[] = [
  [undefined, undefined],
  [{}, undefined],
  [{ [argo]: 'PreSync' }, 'PreSync'],
  [{ [argo]: 'Sync' }, 'Sync'],
  [{ [argo]: 'PostSync' }, 'PostSync'],
  [{ [argo]: 'SyncFail' }, 'SyncFail'],
  [{ [argo]: 'PreDelete' }, 'PreDelete'],
  [{ [argo]: 'PostDelete' }, 'PostDelete'],
  [{ [argo]: 'PreSync, PostSync' }, 'PreSync, PostSync'],
  [{ [argo]: 'Skip' }, 'ignored'],
  [{ [argo]: 'Nothing' }, 'ignored'],
  [{ [own]: 'PostSync', [argo]: 'PreSync' }, 'PostSync'],
  [{ [argo]: 'Sync', [helm]: 'pre-install' }, 'Sync'],
  [{ [helm]: 'pre-install,pre-upgrade' }, 'PreSync'],
  [{ [helm]: 'post-install,post-upgrade' }, 'PostSync'],
  [{ [helm]: 'pre-install' }, 'PreSync at install'],
  [{ [helm]: 'pre-upgrade' }, 'PreSync at upgrade'],
  [{ [helm]: 'post-install' }, 'PostSync at install'],
  [{ [helm]: 'pre-install, post-upgrade' }, 'PreSync at install, PostSync at upgrade'],
  [{ [helm]: 'pre-delete' }, 'PreDelete'],
  [{ [helm]: 'post-delete' }, 'PostDelete'],
  [{ [helm]: 'crd-install' }, undefined],
  [{ [helm]: 'test' }, 'ignored'],
  [{ [helm]: 'test-success' }, 'ignored'],
  [{ [helm]: 'pre-rollback' }, 'ignored'],
];
for (const [annotations, expected] of phases) {
  test(`${JSON.stringify(annotations)} is ${expected ?? 'no hook'}`, () => {
    expect(phasesOf(annotations)).toBe(expected);
  });
}

const policies: readonly (readonly [Record<string, string>, readonly string[]])[] = [
  [{}, ['BeforeHookCreation']],
  [{ 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' }, ['HookSucceeded']],
  [{ 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded,HookFailed' }, ['HookFailed', 'HookSucceeded']],
  [{ 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' }, ['BeforeHookCreation', 'HookSucceeded']],
  [{ 'helm.sh/hook-delete-policy': 'hook-failed' }, ['HookFailed']],
  [
    { 'plumbline.dev/hook-delete-policy': 'HookFailed', 'helm.sh/hook-delete-policy': 'hook-succeeded' },
    ['HookFailed'],
  ],
  [{ 'argocd.argoproj.io/hook-delete-policy': 'Later' }, ['BeforeHookCreation']],
];
for (const [annotations, expected] of policies) {
  test(`${JSON.stringify(annotations)} has the hook deleted by ${expected.join(', ')}`, () => {
    const hook = hookOf({ [argo]: 'Sync', ...annotations });
    if (hook === undefined || hook === 'ignored') throw new Error('it is no hook');
    expect([...hook.deletePolicies].toSorted()).toEqual(expected);
  });
}

test('a mistake in the annotations of Plumbline is told, one in those of others counts as not there', () => {
  expect(hookProblem({ [own]: 'Before' })).toBe('plumbline.dev/hook names no phase: Before');
  expect(hookProblem({ 'plumbline.dev/hook-delete-policy': 'Later' })).toBe(
    'plumbline.dev/hook-delete-policy names no policy: Later',
  );
  expect([hookProblem({ [own]: 'Skip' }), hookProblem({ [argo]: 'Before' }), hookProblem(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

const of = (group: string, kind: string): boolean => runsToEnd({ group, kind });

test('Jobs, Pods and what an operator brings run to an end', () => {
  expect([of('batch', 'Job'), of('', 'Pod'), of('argoproj.io', 'Workflow')]).toEqual([true, true, true]);
  expect([of('', 'ConfigMap'), of('apps', 'Deployment'), of('rbac.authorization.k8s.io', 'Role')]).toEqual([
    false,
    false,
    false,
  ]);
});

test.each([
  ['', 'ConfigMap', 'Background'],
  ['', 'Secret', 'Background'],
  ['', 'ServiceAccount', 'Background'],
  ['rbac.authorization.k8s.io', 'RoleBinding', 'Background'],
  ['batch', 'Job', 'Foreground'],
  // Its volumes, where they are ephemeral, are claims of its own.
  ['', 'Pod', 'Foreground'],
  // Its EndpointSlices name a service, and not which one of that name.
  ['', 'Service', 'Foreground'],
  ['apps', 'StatefulSet', 'Foreground'],
  ['argoproj.io', 'Workflow', 'Foreground'],
  ['example.org', 'ConfigMap', 'Foreground'],
])('a hook of %s/%s is cleared by a deletion in the %s', (group, kind, wanted) => {
  expect(clearingOf({ group, kind })).toBe(wanted);
});
