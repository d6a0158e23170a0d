import type { KubeObject } from '../object.ts';
import { type Fields, fieldsAt, itemsAt, textOf, textsAt, valueAt } from './read.ts';

/** Where the spec of the pods stands in the objects that have one, by kind; others are looked at for a `spec.template.spec`. */
const places: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The spec of the pods that an object makes; empty where it makes none. */
export function podSpecOf(object: KubeObject | undefined): Fields {
  if (object === undefined) return {};
  return fieldsAt(object, ...(places[object.kind] ?? ['spec', 'template', 'spec']));
}

/** Containers by name, with the list that they stand in: `containers`, `initContainers`. */
export function containersOf(spec: Fields): ReadonlyMap<string, Fields> {
  const found = new Map<string, Fields>();
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of itemsAt(spec, list)) found.set(`${list}[name=${textOf(container['name'])}]`, container);
  }
  return found;
}

/** What lets a pod out of its bounds, one text each. */
export function privilegesOf(spec: Fields): ReadonlySet<string> {
  const found = new Set<string>();
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[field] === true) found.add(field);
  for (const volume of itemsAt(spec, 'volumes')) {
    const path = valueAt(volume, 'hostPath', 'path');
    if (path !== undefined) found.add(`hostPath ${textOf(path)}`);
  }
  for (const [place, container] of containersOf(spec)) {
    const context = fieldsAt(container, 'securityContext');
    if (context['privileged'] === true) found.add(`${place} privileged`);
    if (context['allowPrivilegeEscalation'] === true) found.add(`${place} allowPrivilegeEscalation`);
    for (const capability of textsAt(context, 'capabilities', 'add')) found.add(`${place} capability ${capability}`);
    for (const port of itemsAt(container, 'ports')) {
      if (port['hostPort'] !== undefined) found.add(`${place} hostPort ${textOf(port['hostPort'])}`);
    }
  }
  return found;
}

/** How an image is named, for people. */
export function pinning(image: string): string {
  if (image.includes('@')) return 'pinned by digest';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag === undefined || tag === 'latest') return 'whatever is newest';
  return 'by tag';
}
