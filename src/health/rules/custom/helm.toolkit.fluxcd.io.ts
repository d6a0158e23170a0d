import type { GroupRules } from '../../rule.ts';
import { flux } from '../shared.ts';

/** Flux: Helm. */
export const helmToolkitFluxcdIoRules: GroupRules = {
  HelmRelease: flux,
};
