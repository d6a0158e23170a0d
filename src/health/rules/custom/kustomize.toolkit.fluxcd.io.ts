import type { GroupRules } from '../../rule.ts';
import { flux } from '../shared.ts';

/** Flux: Kustomize. */
export const kustomizeToolkitFluxcdIoRules: GroupRules = {
  Kustomization: flux,
};
