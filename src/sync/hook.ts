import type { KubeObject, ObjectKey } from '../object.ts';

/** When a hook runs. */
export const hookPhases = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreDelete', 'PostDelete'] as const;

/** When a hook runs: before, with and after the objects, when that has failed, before and after their deletion. */
export type HookPhase = (typeof hookPhases)[number];

/** When a hook is deleted. */
export type HookDeletePolicy = 'BeforeHookCreation' | 'HookSucceeded' | 'HookFailed';

/** One occasion on which a hook runs. */
export interface HookRun {
  readonly phase: HookPhase;
  /** Only at the first sync of the set, or only at later ones; at each where left out. */
  readonly only?: 'install' | 'upgrade';
}

/** What makes an object a hook. */
export interface Hook {
  readonly runs: readonly HookRun[];
  readonly deletePolicies: ReadonlySet<HookDeletePolicy>;
  /** True where nothing says when it is deleted, and the policy is the default. */
  readonly policyUnsaid?: true;
}

/** Plumbline's own annotations, which go before those of others. */
const ownHook = 'plumbline.dev/hook';
const ownDeletePolicy = 'plumbline.dev/hook-delete-policy';
const argoHook = 'argocd.argoproj.io/hook';
const argoDeletePolicy = 'argocd.argoproj.io/hook-delete-policy';
const helmHook = 'helm.sh/hook';
const helmDeletePolicy = 'helm.sh/hook-delete-policy';

/** The label of a hook: the sync that it was made for. */
export const operationLabel = 'plumbline.dev/hook-operation';
/** The label of a hook: the phase that it was made for. */
export const phaseLabel = 'plumbline.dev/hook-phase';
/** Keeps a hook that runs to an end from going before that end was seen. */
export const hookFinalizer = 'plumbline.dev/hook';

const phaseNames: ReadonlyMap<string, HookPhase> = new Map(hookPhases.map((phase) => [phase, phase]));

const helmEvents: ReadonlyMap<string, HookRun> = new Map<string, HookRun>([
  ['pre-install', { phase: 'PreSync', only: 'install' }],
  ['pre-upgrade', { phase: 'PreSync', only: 'upgrade' }],
  ['post-install', { phase: 'PostSync', only: 'install' }],
  ['post-upgrade', { phase: 'PostSync', only: 'upgrade' }],
  ['pre-delete', { phase: 'PreDelete' }],
  ['post-delete', { phase: 'PostDelete' }],
]);

/** Events of Helm that do not come to pass here, so that what is for them alone is never applied. */
const otherHelmEvents: ReadonlySet<string> = new Set([
  'test',
  'test-success',
  'test-failure',
  'pre-rollback',
  'post-rollback',
  'crd-install',
]);

const deletePolicies: ReadonlyMap<string, HookDeletePolicy> = new Map<string, HookDeletePolicy>(
  (['BeforeHookCreation', 'HookSucceeded', 'HookFailed'] as const).map((policy) => [policy, policy]),
);

const helmDeletePolicies: ReadonlyMap<string, HookDeletePolicy> = new Map<string, HookDeletePolicy>([
  ['before-hook-creation', 'BeforeHookCreation'],
  ['hook-succeeded', 'HookSucceeded'],
  ['hook-failed', 'HookFailed'],
]);

function listIn(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Helm compares in lower case. */
function helmListIn(text: string | undefined): readonly string[] {
  return listIn(text?.toLowerCase());
}

/**
 * What the annotations make of an object: a hook; `skipped` where it is left as it is (`Skip`); `ignored` where it is
 * as if it were not there (events of Helm that do not come to pass here, and what names nothing that is known); or
 * undefined where it is an object like any other.
 */
export function hookOf(annotations: KubeObject['metadata']['annotations']): Hook | 'skipped' | 'ignored' | undefined {
  if (annotations === undefined || annotations === null) return undefined;
  // One that is null is none.
  const named = annotations[ownHook] ?? annotations[argoHook] ?? undefined;
  const runs = namedRuns(named) ?? helmRuns(annotations[helmHook]);
  if (runs === 'skipped') return runs;
  if (runs === undefined) return named === undefined ? undefined : 'ignored';
  return runs.length === 0 ? 'ignored' : { runs, ...policiesIn(annotations) };
}

/** Undefined where no phase is named: then what Helm says counts, as it does for Argo CD. */
function namedRuns(text: string | undefined): readonly HookRun[] | 'skipped' | undefined {
  const names = listIn(text);
  const phases = new Set(names.map((name) => phaseNames.get(name)).filter((phase) => phase !== undefined));
  if (phases.size > 0) return [...phases].map((phase) => ({ phase }));
  return names.includes('Skip') ? 'skipped' : undefined;
}

/** `pre-install` and `pre-upgrade` together are `PreSync`; each alone only where Helm would run it. */
function helmRuns(text: string | undefined): readonly HookRun[] | undefined {
  const events = helmListIn(text);
  // What Helm 2 took for a hook is a definition like any other.
  if (text === undefined || text === null || (events.length === 1 && events[0] === 'crd-install')) return undefined;
  const runs = events.map((event) => helmEvents.get(event)).filter((run) => run !== undefined);
  const byPhase = Map.groupBy(runs, ({ phase }) => phase);
  return [...byPhase].map(([phase, of]) => {
    const only = new Set(of.map((run) => run.only));
    const [first] = only;
    return only.size === 1 && first !== undefined ? { phase, only: first } : { phase };
  });
}

function policiesIn(annotations: Readonly<Record<string, string>>): Pick<Hook, 'deletePolicies' | 'policyUnsaid'> {
  const own = annotations[ownDeletePolicy];
  const named = listIn(own ?? annotations[argoDeletePolicy]).map((name) => deletePolicies.get(name));
  const ofHelm = own === undefined ? helmListIn(annotations[helmDeletePolicy]) : [];
  const found = [...named, ...ofHelm.map((name) => helmDeletePolicies.get(name))];
  const policies = new Set(found.filter((policy) => policy !== undefined));
  if (policies.size > 0) return { deletePolicies: policies };
  return { deletePolicies: new Set(['BeforeHookCreation']), policyUnsaid: true };
}

/** What in the annotations of other tools makes no hook of an object, or no policy of a hook, although it is meant to. */
export function hookWarnings(annotations: KubeObject['metadata']['annotations']): readonly string[] {
  if (annotations === undefined || annotations === null || typeof annotations[ownHook] === 'string') return [];
  const hook = hookOf(annotations);
  if (hook === undefined) return [];
  const never = hook === 'ignored' ? '; the object is never applied' : '';
  const [argo, helm] = [annotations[argoHook], annotations[helmHook]];
  const warnings: string[] = [];
  if (typeof argo === 'string') {
    const isKnown = (name: string): boolean => name === 'Skip' || phaseNames.has(name);
    warnings.push(...unknownIn(argoHook, listIn(argo), 'phase', isKnown, never));
  } else if (typeof helm === 'string') {
    const isKnown = (name: string): boolean => helmEvents.has(name) || otherHelmEvents.has(name);
    warnings.push(...unknownIn(helmHook, helmListIn(helm), 'event', isKnown, never));
  }
  const policies = [
    [argoDeletePolicy, listIn(annotations[argoDeletePolicy]), deletePolicies],
    [helmDeletePolicy, helmListIn(annotations[helmDeletePolicy]), helmDeletePolicies],
  ] as const;
  for (const [annotation, names, known] of policies) {
    if (names.length > 0) warnings.push(...unknownIn(annotation, names, 'policy', (name) => known.has(name), ''));
  }
  return warnings;
}

function unknownIn(
  annotation: string,
  names: readonly string[],
  what: string,
  isKnown: (name: string) => boolean,
  never: string,
): readonly string[] {
  if (names.length === 0) return [`${annotation} names no ${what}${never}`];
  return names
    .filter((name) => !isKnown(name))
    .map((name) => `${annotation} knows no ${what} ${JSON.stringify(name)}${never}`);
}

/** Why the annotations of Plumbline cannot be meant; undefined where they can. */
export function hookProblem(annotations: KubeObject['metadata']['annotations']): string | undefined {
  const wrong = listIn(annotations?.[ownHook]).filter((name) => name !== 'Skip' && !phaseNames.has(name));
  if (wrong.length > 0) return `${ownHook} names no phase: ${wrong.join(', ')}`;
  const policies = listIn(annotations?.[ownDeletePolicy]).filter((name) => !deletePolicies.has(name));
  return policies.length > 0 ? `${ownDeletePolicy} names no policy: ${policies.join(', ')}` : undefined;
}

/** What the hooks of an ApplySet carry as the label of theirs, so that they are watched and not pruned. */
export function hookSetOf(applySet: string): string {
  return `hooks-${applySet}`;
}

/** The ApplySet that an object is of, as a member or as a hook. */
export function ownerOfSet(set: string): string {
  return set.startsWith('hooks-') ? set.slice('hooks-'.length) : set;
}

/** Whether objects of this kind run to an end, and may go by themselves after it. */
export function runsToEnd({ group, kind }: Pick<ObjectKey, 'group' | 'kind'>): boolean {
  if (group === '') return kind === 'Pod';
  if (group === 'batch') return kind === 'Job';
  // What an operator brings (a Workflow, a PipelineRun) may be swept by it.
  return group.includes('.') && !group.endsWith('.k8s.io');
}
