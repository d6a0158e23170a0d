import type { CheckedChange } from './check.ts';
import { makeDirect, tryDirect } from './direct.ts';
import { finishing } from './finish.ts';
import { operationSpec } from './operation-spec.ts';
import { actionOf } from './subject.ts';
import type { SubmitContext } from './submit.ts';
import type { ChangeRequest, ChangeResult } from './types.ts';

/** Makes a change in the cluster itself, as the user: Git does not maintain its namespace. */
export async function submitDirect(
  request: ChangeRequest,
  checked: readonly CheckedChange[],
  context: SubmitContext,
  signal: AbortSignal,
): Promise<ChangeResult> {
  const warnings = new Set<string>();
  const direct = {
    asUser: context.client.as(request.user),
    client: context.client,
    onWarning: (text: string): void => void warnings.add(text),
  };
  const changes = await tryDirect(checked, { ...direct, signal });
  if (request.dryRun === true) return { operation: undefined, state: 'Tried', warnings: [...warnings] };
  const effects = changes.map(({ change, before }) => ({
    isNew: before === undefined,
    isGone: change.verb === 'delete',
  }));
  const spec = operationSpec(request, changes, { action: request.action ?? actionOf(effects), mode: 'direct' });
  return finishing(request, spec, context, signal, async () => {
    const objects = await makeDirect(changes, { ...direct, signal: context.signal });
    return { state: 'Applied', objects, warnings: [...warnings] };
  });
}
