import type { ApplicationStatus } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { heldFights } from './fights.ts';

/** Entries of each list: a status does not grow with what happens in the cluster. */
const shown = 10;

/** Who changed what is not as Git says, how often that was put back, and who fights for it. */
export function driftStatusOf(
  { looks, fights, reverted }: Pick<ApplicationState, 'looks' | 'fights' | 'reverted'>,
  drifted: readonly string[],
  now: number,
): Omit<NonNullable<ApplicationStatus['drift']>, 'objects'> {
  const objects = new Set(drifted);
  const changes = drifted.flatMap((id) => looks.get(id)?.changes ?? []).slice(0, shown);
  const contested = heldFights(fights, now).filter(({ object }) => objects.has(object));
  return {
    ...(reverted === 0 ? {} : { reverted }),
    ...(changes.length === 0 ? {} : { changes: changes.map((change) => ({ ...change, fields: [...change.fields] })) }),
    ...(contested.length === 0
      ? {}
      : {
          contested: contested.slice(0, shown).map(({ object, manager, fields, reverts, until }) => ({
            object,
            ...(manager === undefined ? {} : { manager }),
            fields: [...fields],
            reverts,
            until: new Date(until).toISOString(),
          })),
        }),
  };
}
