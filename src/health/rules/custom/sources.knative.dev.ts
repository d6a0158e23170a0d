import type { GroupRules } from '../../rule.ts';
import { knative } from '../shared.ts';

/** Knative Eventing: sources. */
export const sourcesKnativeDevRules: GroupRules = {
  ApiServerSource: knative,
  ContainerSource: knative,
  PingSource: knative,
  SinkBinding: knative,
};
