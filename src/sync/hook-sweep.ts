import type { Problem } from '../errors.ts';
import type { ObjectKey } from '../object.ts';
import { hasOnly } from './codes.ts';
import { isDeletedBy } from './holding-kinds.ts';
import type { HookPhase } from './hook.ts';
import { deleteHook, releaseHook } from './hook-calls.ts';
import { nameFor, slotOf } from './hooks.ts';
import type { PreparedHook } from './prepare.ts';
import { problemsAt } from './rehearse.ts';
import { defaultFieldManager, type StepContext, type SyncRun } from './run-types.ts';

const isNamespace = ({ group, kind }: ObjectKey): boolean => group === '' && kind === 'Namespace';

/** At the end of a sync: hooks go as their policies say, and none is held any longer. */
export async function sweepHooks(run: SyncRun, context: StepContext): Promise<void> {
  const { input } = run;
  const policies = new Map<string, PreparedHook>();
  for (const hook of input.desired.hooks ?? []) {
    for (const { phase } of hook.hook.runs) policies.set(`${nameFor(phase, hook, input).id} ${phase}`, hook);
  }
  await Promise.all(
    [...(context.view.hooks?.() ?? [])].map(async (live) => {
      if (live.hook === undefined) return;
      await releaseHook(live, context);
      if (live.hook.operation !== input.hooks?.operation || live.deletionTimestamp !== undefined) return;
      const hook = policies.get(`${live.id} ${live.hook.phase}`);
      const outcome = hook === undefined ? undefined : run.hooks.get(slotOf(live.hook.phase as HookPhase, hook));
      if (hook === undefined || outcome === undefined || !isDeletedBy(`Hook${outcome}`, hook.hook, live.key)) return;
      await deleteHook(live, context);
    }),
  );
}

/** Whether the server would take the hooks that are to run; what is wrong with them, where it would not. */
export async function rehearseHooks(run: SyncRun, context: StepContext): Promise<readonly Problem[]> {
  const { input } = run;
  if (input.hooks === undefined || input.options.validation === 'None') return [];
  const fieldManager = input.options.fieldManager ?? defaultFieldManager;
  const comers = new Set(run.pending.map(({ desired: { key } }) => (isNamespace(key) ? key.name : '')));
  if (run.newNamespace !== undefined) comers.add(run.newNamespace);
  const hooks = input.desired.hooks ?? [];
  const accounts = [...input.desired.objects, ...hooks].filter(
    ({ key }) => key.kind === 'ServiceAccount' && key.group === '',
  );
  const tried = hooks.filter((hook) => {
    if (hook.definedHere || hook.awaited === true || (hook.key.namespace !== '' && comers.has(hook.key.namespace)))
      return false;
    // A Pod is refused as long as its account is not there, which may come with the same sync.
    const account = (hook.object.spec as { readonly serviceAccountName?: unknown } | undefined)?.serviceAccountName;
    return hook.key.kind !== 'Pod' || !accounts.some(({ key }) => key.name === account);
  });
  const found = await Promise.all(
    tried.map(async (hook): Promise<readonly Problem[]> => {
      const { object } = nameFor('PreSync', hook, input);
      try {
        await context.cluster.create(object, {
          fieldManager,
          dryRun: true,
          fieldValidation: 'Strict',
          signal: context.signal,
        });
        return [];
      } catch (error) {
        context.signal.throwIfAborted();
        // It passed every check before that one.
        return hasOnly(error, 'kube.already-exists') ? [] : problemsAt(hook, error);
      }
    }),
  );
  return found.flat();
}
