import { combinedFingerprint, type PreparedObject, type PreparedSet, type SyncView } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';

/** One digest over the live objects of what is desired; undefined where one is missing or cannot be told. */
export function liveFingerprint(desired: PreparedSet, view: SyncView): string | undefined {
  const compared = desired.objects.filter(
    (object) =>
      object.options?.write !== 'IfNotPresent' && object.options?.write !== 'Ignore' && !isDriftIgnored(object, view),
  );
  return combinedFingerprint(compared.map(({ id, key }) => ({ id, fingerprint: view.find(key, id)?.fingerprint })));
}

/** Whether it may be something else than Git says, and is no drift then. */
function isDriftIgnored({ id, key, options }: PreparedObject, view: SyncView): boolean {
  return options?.drift === 'Ignore' || view.find(key, id)?.drift === 'Ignore';
}

/**
 * After a start: where the status says that this very content was synced, and the live objects have the
 * fingerprint that the sync left, nothing has drifted in between, and no call is needed to know it. Where another sync
 * was begun since, that says nothing of what is left to drift.
 */
export function recoverLastApplied(state: ApplicationState, desired: PreparedSet, view: SyncView): void {
  if (state.recovered) return;
  state.recovered = true;
  const { digest, fingerprint, unsettled } = state.settled;
  if (digest !== desired.digest || fingerprint === undefined || unsettled === true) return;
  if (liveFingerprint(desired, view) !== fingerprint) return;
  state.lastApplied = new Map(
    desired.objects.map((object) => {
      const { id, key, digest: own } = object;
      const known = isDriftIgnored(object, view) ? undefined : view.find(key, id)?.fingerprint;
      return [id, { digest: own, fingerprint: known }];
    }),
  );
}
