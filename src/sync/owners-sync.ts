import type { Problem } from '../errors.ts';
import { type ObjectOwners, ownersOf } from './field-owners.ts';
import { problemsAt } from './rehearse.ts';
import { defaultFieldManager, type StepContext, type SyncInput } from './run-types.ts';

/** Whose the fields of the live objects are that Git does not give, or that another manager has. */
export interface SyncOwners {
  /** Only objects that have such fields, in the order of what is desired. */
  readonly owners: readonly ObjectOwners[];
  /** What could not be read. */
  readonly problems: readonly Problem[];
}

/** Reads each desired object that is there, and lists whose its fields are; one call for each. */
export async function ownersSync(
  { desired, options }: Pick<SyncInput, 'desired' | 'options'>,
  { cluster, signal }: Pick<StepContext, 'cluster' | 'signal'>,
): Promise<SyncOwners> {
  const problems: Problem[] = [];
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  const all = await Promise.all(
    desired.objects.map(async (prepared) => {
      const { key, object } = prepared;
      try {
        const live = await cluster.get({ ...key, apiVersion: object.apiVersion }, { signal });
        return live === undefined ? undefined : ownersOf(object, live, fieldManager);
      } catch (error) {
        signal.throwIfAborted();
        problems.push(...problemsAt(prepared, error));
        return undefined;
      }
    }),
  );
  return { owners: all.filter((each) => each !== undefined).filter(({ fields }) => fields.length > 0), problems };
}
