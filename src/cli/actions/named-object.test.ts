import { expect, test } from 'vitest';
import { objectNamed } from './named-object.ts';

test.each([
  ['deployment/web', 'Deployment.apps'],
  ['deployments/web', 'Deployment.apps'],
  ['deploy/web', 'Deployment.apps'],
  ['Deployment.apps/web', 'Deployment.apps'],
  ['deployment.apps/web', 'Deployment.apps'],
  ['cj/web', 'CronJob.batch'],
  ['rollout/web', 'Rollout.argoproj.io'],
  ['replicationcontroller/web', 'ReplicationController'],
  ['Bucket.s3.aws.crossplane.io/web', 'Bucket.s3.aws.crossplane.io'],
])('%s', (text, kind) => {
  expect(objectNamed(text)).toEqual({ kind, object: 'web' });
});

test.each(['web', 'deployment/', '/web', 'a/b/c'])('%s names no object', (text) => {
  expect(() => objectNamed(text)).toThrow(expect.objectContaining({ code: 'cli.usage' }));
});
