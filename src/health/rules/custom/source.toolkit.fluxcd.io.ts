import type { GroupRules } from '../../rule.ts';
import { flux } from '../shared.ts';

/** Flux: sources. */
export const sourceToolkitFluxcdIoRules: GroupRules = {
  Bucket: flux,
  ExternalArtifact: flux,
  GitRepository: flux,
  HelmChart: flux,
  HelmRepository: {
    ...flux,
    // The status of a registry is not written: charts are asked for when they are needed.
    expressions: [{ when: "spec.type == 'oci' && !(has(spec.suspend) && spec.suspend)", health: 'Healthy' }],
  },
  OCIRepository: flux,
};
