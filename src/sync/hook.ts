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

const deletePolicies: ReadonlyMap<string, HookDeletePolicy> = new Map<string, HookDeletePolicy>([
  ['BeforeHookCreation', 'BeforeHookCreation'],
  ['HookSucceeded', 'HookSucceeded'],
  ['HookFailed', 'HookFailed'],
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

/**
 * What the annotations make of an object: a hook, `ignored` where it is never applied (`Skip`, and the events of
 * Helm that do not come to pass here: test, rollback), or undefined where it is an object like any other.
 */
export function hookOf(annotations: KubeObject['metadata']['annotations']): Hook | 'ignored' | undefined {
  if (annotations === undefined || annotations === null) return undefined;
  const named = annotations[ownHook] ?? annotations[argoHook];
  const runs = named === undefined ? helmRuns(annotations[helmHook]) : namedRuns(named);
  if (runs === undefined) return undefined;
  return runs.length === 0 ? 'ignored' : { runs, deletePolicies: policiesIn(annotations) };
}

function namedRuns(text: string): readonly HookRun[] | undefined {
  const names = listIn(text);
  const phases = new Set(names.map((name) => phaseNames.get(name)).filter((phase) => phase !== undefined));
  if (phases.size > 0) return [...phases].map((phase) => ({ phase }));
  return names.includes('Skip') || names.length > 0 ? [] : undefined;
}

/** `pre-install` and `pre-upgrade` together are `PreSync`; each alone only where Helm would run it. */
function helmRuns(text: string | undefined): readonly HookRun[] | undefined {
  const events = listIn(text);
  // What Helm 2 took for a hook is a definition like any other.
  if (events.length === 0 || (events.length === 1 && events[0] === 'crd-install')) return undefined;
  const runs = events.map((event) => helmEvents.get(event)).filter((run) => run !== undefined);
  const byPhase = Map.groupBy(runs, ({ phase }) => phase);
  return [...byPhase].map(([phase, of]) => {
    const only = new Set(of.map((run) => run.only));
    const [first] = only;
    return only.size === 1 && first !== undefined ? { phase, only: first } : { phase };
  });
}

function policiesIn(annotations: Readonly<Record<string, string>>): ReadonlySet<HookDeletePolicy> {
  const own = annotations[ownDeletePolicy];
  const texts = own === undefined ? [annotations[argoDeletePolicy], annotations[helmDeletePolicy]] : [own];
  const found = texts
    .flatMap(listIn)
    .map((name) => deletePolicies.get(name))
    .filter((policy) => policy !== undefined);
  return new Set(found.length === 0 ? ['BeforeHookCreation' as const] : found);
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
