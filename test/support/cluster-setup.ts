import type { TestProject } from 'vitest/node';
import { startCluster, type LocalCluster } from '../../src/local/index.ts';

let cluster: LocalCluster | undefined;

/** One control plane for a whole run, shared by all tests of the project. Each test takes its own namespace. */
export async function setup(project: TestProject): Promise<void> {
  cluster = await startCluster();
  project.provide('kubeconfig', cluster.kubeconfigPath);
}

/** Ends it. */
export async function teardown(): Promise<void> {
  await cluster?.stop();
}
