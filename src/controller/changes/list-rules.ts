import type { ListSchemaReader } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import type { ListRules } from '../../writeback/index.ts';

/** What tells the items of the lists of an object apart; where the API server does not tell, it is their names. */
export async function rulesFor(
  { apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>,
  lists: ListSchemaReader,
  signal: AbortSignal,
): Promise<ListRules | undefined> {
  try {
    return await lists.of(apiVersion, kind, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
