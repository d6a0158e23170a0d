import type { KubeObject } from '../../../object.ts';
import { type Health, healthy, progressing, degraded } from '../../health.ts';
import { textAt, valueAt } from '../../read.ts';
import type { GroupRules } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

/** Ready and wanted replicas stand in one text: `1/3`. A sidecar has none of its own. */
function collectorHealth(object: KubeObject): Health {
  const [, atWork, total] = /^(\d+)\/(\d+)$/.exec(textAt(object, 'status.scale.statusReplicas')) ?? [];
  const mode = textAt(object, 'spec.mode');
  if (atWork === undefined || total === undefined) {
    if (mode === 'sidecar' && valueAt(object, 'status') !== undefined) return healthy();
    return progressing(unseen.message);
  }
  if (atWork === total && (atWork !== '0' || mode === 'daemonset')) return healthy();
  if (atWork === '0') return degraded(`none of ${total} replicas is ready`);
  return progressing(`${atWork} of ${total} replicas are ready`);
}

/** OpenTelemetry. */
export const opentelemetryIoRules: GroupRules = {
  Instrumentation: present,
  OpenTelemetryCollector: collectorHealth,
};
