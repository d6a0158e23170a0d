import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** Camel K. */
export const camelApacheOrgRules: GroupRules = {
  Integration: ready,
};
