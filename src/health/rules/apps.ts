import type { KubeObject } from '../../object.ts';
import { degraded, healthy, progressing, suspended, type Health } from '../health.ts';
import { conditionOf, numberAt, sayingOf, textAt, valueAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Workloads, by the rules of kstatus. */
export const appsRules: GroupRules = {
  Deployment: deploymentHealth,
  StatefulSet: statefulSetHealth,
  DaemonSet: daemonSetHealth,
  ReplicaSet: replicaSetHealth,
};

function deploymentHealth(object: KubeObject): Health {
  if (valueAt(object, 'spec.paused') === true) return suspended('the rollout is paused');
  const rollout = conditionOf(object, 'Progressing');
  if (rollout?.reason === 'ProgressDeadlineExceeded') return degraded(sayingOf(rollout));
  const wanted = numberAt(object, 'spec.replicas', 1);
  const replicas = numberAt(object, 'status.replicas');
  const updated = numberAt(object, 'status.updatedReplicas');
  const available = numberAt(object, 'status.availableReplicas');
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return progressing(sayingOf(failure));
  if (updated < wanted) return progressing(`${updated} of ${wanted} replicas are of the new version`);
  if (replicas > updated) return progressing(`${replicas - updated} replicas of the old version are still there`);
  if (available < updated) return progressing(`${available} of ${wanted} replicas are available`);
  const reachable = conditionOf(object, 'Available');
  if (reachable === undefined) return progressing('nothing is known of it yet');
  if (reachable.status !== 'True') return progressing(sayingOf(reachable));
  return healthy();
}

function statefulSetHealth(object: KubeObject): Health {
  const wanted = numberAt(object, 'spec.replicas', 1);
  const ready = numberAt(object, 'status.readyReplicas');
  const updated = numberAt(object, 'status.updatedReplicas');
  if (valueAt(object, 'status.observedGeneration') === undefined) return progressing('nothing is known of it yet');
  if (ready < wanted) return progressing(`${ready} of ${wanted} replicas are ready`);
  const existing = numberAt(object, 'status.replicas');
  if (existing > wanted) return progressing(`${existing - wanted} replicas too many are still there`);
  if (textAt(object, 'spec.updateStrategy.type') === 'OnDelete') return healthy();
  const partition = numberAt(object, 'spec.updateStrategy.rollingUpdate.partition');
  if (partition > 0) {
    const share = Math.max(0, wanted - partition);
    if (updated < share) return progressing(`${updated} of ${share} replicas are of the new version`);
    return healthy(`replicas below ${partition} are held at the old version`);
  }
  if (textAt(object, 'status.currentRevision') !== textAt(object, 'status.updateRevision')) {
    return progressing(`${updated} of ${wanted} replicas are of the new version`);
  }
  return healthy();
}

function daemonSetHealth(object: KubeObject): Health {
  if (valueAt(object, 'status.observedGeneration') === undefined) return progressing('nothing is known of it yet');
  const wanted = numberAt(object, 'status.desiredNumberScheduled');
  const updated = numberAt(object, 'status.updatedNumberScheduled');
  const available = numberAt(object, 'status.numberAvailable');
  const byHand = textAt(object, 'spec.updateStrategy.type') === 'OnDelete';
  if (!byHand && updated < wanted) return progressing(`${updated} of ${wanted} nodes run the new version`);
  if (available < wanted) return progressing(`it is available on ${available} of ${wanted} nodes`);
  return healthy();
}

/** Also of ReplicationControllers, whose status is the same. */
export function replicaSetHealth(object: KubeObject): Health {
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return degraded(sayingOf(failure));
  if (valueAt(object, 'status.observedGeneration') === undefined) return progressing('nothing is known of it yet');
  const wanted = numberAt(object, 'spec.replicas', 1);
  const available = numberAt(object, 'status.availableReplicas');
  const existing = numberAt(object, 'status.replicas');
  if (available < wanted) return progressing(`${available} of ${wanted} replicas are available`);
  if (existing > wanted) return progressing(`${existing - wanted} replicas too many are still there`);
  return healthy();
}
