import { combineHealth, type Health, missing } from '../health/index.ts';
import type { PreparedSet, SyncView } from '../sync/index.ts';

/** The health of an Application: the worst of its objects, each as the watch last showed it. */
export function healthOf(desired: PreparedSet, view: SyncView): Health {
  return combineHealth(desired.objects.map(({ id, key }) => ({ id, health: view.find(key)?.health ?? missing })));
}
