import { join } from 'node:path';
import { createEgress } from '../egress.ts';
import { openRegistryCache, type RegistryCache } from '../registry/index.ts';
import type { CliContext } from './context.ts';
import { cacheFolder } from './folders.ts';

/** What commands keep of registries; to be closed. */
export function openArtifacts(context: CliContext): RegistryCache {
  return openRegistryCache({ directory: join(cacheFolder(context), 'artifacts'), egress: createEgress() });
}
