import type { GroupRules } from '../../rule.ts';
import { knative } from '../shared.ts';

/** Knative Eventing: channels. */
export const messagingKnativeDevRules: GroupRules = {
  Channel: knative,
  InMemoryChannel: knative,
  Subscription: knative,
};
