import type { GroupRules } from '../../rule.ts';
import { synced } from '../shared.ts';

/** Sealed Secrets. */
export const bitnamiComRules: GroupRules = {
  SealedSecret: synced,
};
