import type { GroupRules } from '../../rule.ts';
import { knative } from '../shared.ts';

/** Knative Eventing. */
export const eventingKnativeDevRules: GroupRules = {
  Broker: knative,
  Trigger: knative,
};
