import { expect, test } from 'vitest';
import { clearingOf } from './hook-calls.ts';
import { hookOf, hookProblem, hookWarnings, runsToEnd } from './hook.ts';

const argo = 'argocd.argoproj.io/hook';
const helm = 'helm.sh/hook';
const own = 'plumbline.dev/hook';

/** The phases of a hook as text; other answers as they are. */
function phasesOf(annotations: Record<string, string> | undefined): string | undefined {
  const hook = hookOf(annotations);
  if (hook === undefined || typeof hook === 'string') return hook;
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
  [{ [argo]: 'Skip' }, 'skipped'],
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
  [{ [helm]: 'test-failure' }, 'ignored'],
  [{ [helm]: 'pre-rollback' }, 'ignored'],
  [{ [helm]: 'post-rollback' }, 'ignored'],
  // As Helm reads it: in lower case, and what names no event is never applied.
  [{ [helm]: 'Pre-Install, PRE-UPGRADE' }, 'PreSync'],
  [{ [helm]: '' }, 'ignored'],
  [{ [helm]: 'before-install' }, 'ignored'],
  // As Argo CD reads it: the case counts, and where it names no phase Helm's counts.
  [{ [argo]: 'presync' }, 'ignored'],
  [{ [argo]: '' }, 'ignored'],
  [{ [argo]: 'Nothing', [helm]: 'pre-delete' }, 'PreDelete'],
  [{ [argo]: 'Nothing', [helm]: 'crd-install' }, 'ignored'],
  [{ [argo]: 'Skip', [helm]: 'pre-install' }, 'skipped'],
  [{ [argo]: 'Skip, PreSync' }, 'PreSync'],
  [{ [own]: 'Skip', [argo]: 'PreSync' }, 'skipped'],
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
  [
    { 'argocd.argoproj.io/hook-delete-policy': 'HookFailed', 'helm.sh/hook-delete-policy': 'Hook-Succeeded' },
    ['HookFailed', 'HookSucceeded'],
  ],
];
for (const [annotations, expected] of policies) {
  test(`${JSON.stringify(annotations)} has the hook deleted by ${expected.join(', ')}`, () => {
    const hook = hookOf({ [argo]: 'Sync', ...annotations });
    if (hook === undefined || typeof hook === 'string') throw new Error('it is no hook');
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

const telling: readonly (readonly [Record<string, string>, readonly string[]])[] = [
  [{ [argo]: 'PreSync,PostSync' }, []],
  [{ [argo]: 'Skip' }, []],
  [{ [helm]: 'test' }, []],
  [{ [helm]: 'pre-install, Post-Rollback' }, []],
  [{ [helm]: 'crd-install' }, []],
  [{ [argo]: 'presync' }, [`${argo} knows no phase "presync"; the object is never applied`]],
  [{ [argo]: 'PreSync,Later' }, [`${argo} knows no phase "Later"`]],
  [{ [argo]: 'Later', [helm]: 'pre-install' }, [`${argo} knows no phase "Later"`]],
  [{ [argo]: '' }, [`${argo} names no phase; the object is never applied`]],
  [{ [helm]: '' }, [`${helm} names no event; the object is never applied`]],
  [{ [helm]: 'pre-instal' }, [`${helm} knows no event "pre-instal"; the object is never applied`]],
  [{ [own]: 'PreSync', [argo]: 'Later' }, []],
  [
    { [argo]: 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'Later,HookFailed' },
    ['argocd.argoproj.io/hook-delete-policy knows no policy "Later"'],
  ],
  [
    { [helm]: 'pre-install', 'helm.sh/hook-delete-policy': 'hook-done' },
    ['helm.sh/hook-delete-policy knows no policy "hook-done"'],
  ],
  [{ 'helm.sh/hook-delete-policy': 'hook-done' }, []],
];
test.each(telling)('%j has the warnings %j', (annotations, warnings) => {
  expect(hookWarnings(annotations)).toEqual(warnings);
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
