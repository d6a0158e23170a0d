import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** 1Password. */
export const onepasswordComRules: GroupRules = {
  OnePasswordItem: ready,
};
