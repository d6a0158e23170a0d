import type { GroupRules } from '../../rule.ts';
import { flux } from '../shared.ts';

/** Flux: images. */
export const imageToolkitFluxcdIoRules: GroupRules = {
  ImagePolicy: flux,
  ImageRepository: flux,
  ImageUpdateAutomation: flux,
};
