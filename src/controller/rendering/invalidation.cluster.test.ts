import { expect, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const count = 300;
const bench = controllerOfEachTest('invalidation');

const name = (index: number) => `app-${String(index).padStart(3, '0')}`;
const overlay = (index: number) =>
  `namePrefix: ${name(index)}-\nresources: [../../base]\nlabels: [{pairs: {app: ${name(index)}}}]\n`;

test(`a commit that touches one of ${count} Applications causes one render, and no call for the others`, async () => {
  const files: Record<string, string> = {
    'base/kustomization.yaml': 'resources: [settings.yaml]\n',
    'base/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: one}\n',
  };
  for (let index = 0; index < count; index += 1) files[`apps/${name(index)}/kustomization.yaml`] = overlay(index);
  const first = await bench.repository.commit(files);
  await bench.createRepository();
  const names = Array.from({ length: count }, (_, index) => name(index));
  for (const each of names)
    await bench.createApplication(each, { source: { repositoryRef: { name: 'apps' }, path: `apps/${each}` } });
  const controller = bench.start();
  await bench.applications(names, isReadyAt(first));

  const rendersBefore = bench.renderer.stats.renders;
  const before = { ...bench.client.counters.requests };
  const begun = performance.now();
  const second = await bench.repository.commit({
    [`apps/${name(7)}/kustomization.yaml`]: `${overlay(7)}commonAnnotations: {note: new}\n`,
  });
  controller.trigger();
  await bench.application(name(7), isReadyAt(second));
  expect(bench.renderer.stats.renders - rendersBefore).toBe(1);
  const after = bench.client.counters.requests;
  const difference = Object.fromEntries(
    Object.keys(after).map((verb) => [verb, (after[verb] ?? 0) - (before[verb] ?? 0)]),
  );
  // The Lease alone is updated, every five seconds, however long this takes.
  const { update = 0, ...calls } = difference;
  expect(update).toBeLessThanOrEqual(1 + Math.floor((performance.now() - begun) / 5_000));
  // Apply of the one object, status of its Application and of the Repository, and an Event.
  expect(calls['apply']).toBe(1);
  expect(Object.values(calls).reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(6);
  const untouched = await bench.application(name(8), () => true);
  expect(untouched.status?.revision).toBe(first);
});
