import type { GroupRules } from '../rule.ts';
import { admissionregistrationRules } from './admissionregistration.ts';
import { apiextensionsRules } from './apiextensions.ts';
import { apiregistrationRules } from './apiregistration.ts';
import { appsRules } from './apps.ts';
import { autoscalingRules } from './autoscaling.ts';
import { batchRules } from './batch.ts';
import { certificatesRules } from './certificates.ts';
import { coreRules } from './core.ts';
import { flowcontrolRules } from './flowcontrol.ts';
import { networkingRules } from './networking.ts';
import { policyRules } from './policy.ts';
import { storageRules } from './storage.ts';

/** All rules, by API group. A kind without one is judged by the conventions alone. */
export const rules: Readonly<Record<string, GroupRules>> = {
  '': coreRules,
  apps: appsRules,
  autoscaling: autoscalingRules,
  batch: batchRules,
  policy: policyRules,
  'admissionregistration.k8s.io': admissionregistrationRules,
  'apiextensions.k8s.io': apiextensionsRules,
  'apiregistration.k8s.io': apiregistrationRules,
  'certificates.k8s.io': certificatesRules,
  'flowcontrol.apiserver.k8s.io': flowcontrolRules,
  'networking.k8s.io': networkingRules,
  'storage.k8s.io': storageRules,
};
