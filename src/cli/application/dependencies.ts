import { PlumbError } from '../../errors.ts';
import type { PlumbAccess } from '../access/types.ts';
import type { Colors } from '../output/colors.ts';
import { coloured } from './table.ts';
import { type ApplicationView, syncState, viewApplication } from './view.ts';

/** What an Application depends on, each in a line with how it is now; what may not be seen is said to be so. */
export async function describeDependencies(
  access: Pick<PlumbAccess, 'get'>,
  { dependsOn }: Pick<ApplicationView, 'dependsOn'>,
  colors: Colors,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return Promise.all(
    dependsOn.map(async ({ namespace, name, condition }) => {
      const state = await stateOf(access, { kind: 'Application', namespace, name }, colors, signal);
      return `${namespace}/${name} ${state}${condition === '' ? '' : `, if ${condition}`}`;
    }),
  );
}

async function stateOf(
  access: Pick<PlumbAccess, 'get'>,
  name: Parameters<PlumbAccess['get']>[0],
  colors: Colors,
  signal: AbortSignal,
): Promise<string> {
  try {
    const found = await access.get(name, signal);
    if (found === undefined) return coloured('Missing', colors);
    const view = viewApplication(found);
    return `${coloured(syncState(view), colors)} ${coloured(view.health || 'Unknown', colors)}`;
  } catch (error) {
    if (error instanceof PlumbError && ['kube.forbidden', 'auth.forbidden'].includes(error.code)) {
      return '<may not be seen>';
    }
    throw error;
  }
}
