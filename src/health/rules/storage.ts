import type { KubeObject } from '../../object.ts';
import { degraded, healthy, progressing, type Health } from '../health.ts';
import { textAt, valueAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';

/** Attachments of volumes; classes and drivers are well when they are there. */
export const storageRules: GroupRules = {
  VolumeAttachment: attachmentHealth,
};

function attachmentHealth(object: KubeObject): Health {
  const fault = textAt(object, 'status.attachError.message') || textAt(object, 'status.detachError.message');
  if (fault !== '') return degraded(fault);
  return valueAt(object, 'status.attached') === true ? healthy() : progressing('it is not attached yet');
}
