import { actionsErrors } from './actions.ts';
import { apiErrors } from './api.ts';
import { authErrors } from './auth.ts';
import { clientErrors } from './client.ts';
import { cliErrors } from './cli.ts';
import { controllerErrors } from './controller.ts';
import { egressErrors } from './egress.ts';
import { forgeErrors } from './forge.ts';
import { generalErrors } from './general.ts';
import { gitErrors } from './git.ts';
import { healthErrors } from './health.ts';
import { kubeErrors } from './kube.ts';
import { localErrors } from './local.ts';
import { operatorErrors } from './operator.ts';
import { registryErrors } from './registry.ts';
import { renderErrors } from './render.ts';
import { serverErrors } from './server.ts';
import { syncErrors } from './sync.ts';
import { writebackErrors } from './writeback.ts';
import type { CatalogueEntry } from './entry.ts';

/**
 * Every error that a user can meet, one file for each room. The key is the stable code: `<room>.<what>`.
 */
export const catalogue = {
  ...generalErrors,
  ...apiErrors,
  ...localErrors,
  ...gitErrors,
  ...egressErrors,
  ...forgeErrors,
  ...registryErrors,
  ...renderErrors,
  ...kubeErrors,
  ...healthErrors,
  ...actionsErrors,
  ...syncErrors,
  ...writebackErrors,
  ...controllerErrors,
  ...operatorErrors,
  ...writebackErrors,
  ...serverErrors,
  ...clientErrors,
  ...authErrors,
  ...cliErrors,
} as const satisfies Record<string, CatalogueEntry>;
