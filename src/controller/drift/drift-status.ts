import type { ApplicationStatus } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { openFights } from './fights.ts';

/** Entries of each list: a status does not grow with what happens in the cluster. */
const shown = 10;

/** How much is not as Git says, who changed it, how often that was put back, and who fights for it. */
export function driftStatusOf(
  { looks, fights, reverted }: Pick<ApplicationState, 'looks' | 'fights' | 'reverted'>,
  drifted: readonly string[],
  now: number,
): NonNullable<ApplicationStatus['drift']> {
  const changes = drifted.flatMap((id) => looks.get(id)?.changes ?? []).slice(0, shown);
  // Also where an object is as Git says for now: a restart must not begin the fight anew.
  const contested = openFights(fights, now).toSorted((one, other) => other.until - one.until);
  return {
    objects: drifted.length,
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
