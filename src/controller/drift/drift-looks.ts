import { isDeepStrictEqual } from 'node:util';
import type { DriftChange } from '../../api/index.ts';
import { applyBeside, driftedFields, type Plan, type PlannedApply } from '../../sync/index.ts';
import { clientFor } from '../application/client-for.ts';
import type { Turn } from '../application/context.ts';
import { applicationEvent } from '../application/application-event.ts';
import { driftedObjects } from '../application/decide.ts';
import { deletionOf, describeChange, driftChangesOf } from './drift-changes.ts';

/** Who changed an object that is left as it is. */
export interface DriftLook {
  /** The live object that it speaks of. */
  readonly resourceVersion: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly changes: readonly DriftChange[];
}

/** Objects that are looked at; the others are only counted. */
const lookedObjects = 10;
/** What changes again and again is looked at no more often. */
const againMilliseconds = 5_000;

/**
 * Finds out who changed what is left as it is: two calls for each object, once for each change of it. Says so in an
 * Event, where it is not the same as before.
 */
export async function lookAtDrift(turn: Turn, plan: Plan): Promise<void> {
  const { state, rendered, context } = turn;
  const drifted = driftedObjects(state, rendered, plan).slice(0, lookedObjects);
  const before = state.looks;
  const found = await Promise.all(
    drifted.map(async (planned) => [planned.desired.id, await lookAt(planned, turn)] as const),
  );
  state.looks = new Map(found);
  const fresh = found.filter(
    ([id, { changes }]) => !isDeepStrictEqual(toldOf(before.get(id)), changes.map(withoutTime)),
  );
  if (fresh.length === 0) return;
  const lines = fresh.flatMap(([, { changes }]) => changes.map(describeChange));
  context.events.record(applicationEvent(state, 'Warning', 'Drifted', ['not as Git says:', ...lines].join('\n')));
}

function toldOf(look: DriftLook | undefined): readonly DriftChange[] | undefined {
  return look?.changes.map(withoutTime);
}

function withoutTime({ at: _at, ...change }: DriftChange): DriftChange {
  return change;
}

async function lookAt({ desired, live }: PlannedApply, turn: Turn): Promise<DriftLook> {
  const { state, context, signal } = turn;
  const now = context.now();
  const known = state.looks.get(desired.id);
  const resourceVersion = live?.resourceVersion;
  if (known !== undefined && known.resourceVersion === resourceVersion) return known;
  if (live === undefined) return { resourceVersion, at: now, changes: [deletionOf(desired.id)] };
  if (known?.resourceVersion !== undefined && now < known.at + againMilliseconds) {
    context.requeue(state.id, known.at + againMilliseconds - now);
    return known;
  }
  const cluster = clientFor(state.application, context.client);
  const { fieldManager } = context;
  try {
    const [seen, applied] = await Promise.all([
      cluster.get({ ...desired.key, apiVersion: desired.object.apiVersion }, { signal }),
      applyBeside(cluster, desired, { fieldManager, force: true, dryRun: true, fieldValidation: 'Strict', signal }),
    ]);
    const fields = seen === undefined ? [] : driftedFields(seen, applied, fieldManager);
    return { resourceVersion, at: now, changes: driftChangesOf(desired.id, fields) };
  } catch (error) {
    signal.throwIfAborted();
    context.log.debug({ application: state.id, object: desired.id, error }, 'it could not be found out who changed it');
    return { resourceVersion, at: now, changes: driftChangesOf(desired.id, []) };
  }
}
