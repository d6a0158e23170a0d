import { formatWriter, type ObjectOwners, type OwnedField } from '../../sync/index.ts';
import type { Colors } from './colors.ts';

const meanings: Readonly<Record<OwnedField['state'], string>> = {
  unmanaged: 'not in Git',
  foreign: 'in Git, and taken over',
  shared: 'in Git as well',
};

/**
 * Whose the fields are, for a person.
 *
 * @example
 * apps/Deployment prod/web
 *   kubectl-scale (Update of scale, 2026-11-22T10:00:00Z)
 *     spec.replicas  in Git, and taken over
 */
export function formatOwners(owners: readonly ObjectOwners[], { bold, cyan }: Pick<Colors, 'bold' | 'cyan'>): string {
  return owners.map(({ id, fields }) => `${bold(id)}\n${byOwner(fields, cyan)}`).join('');
}

function byOwner(fields: readonly OwnedField[], paint: (text: string) => string): string {
  const groups = Map.groupBy(fields, ({ owner }) => (owner === undefined ? 'nobody (defaults)' : formatWriter(owner)));
  return [...groups]
    .flatMap(([owner, own]) => [
      `  ${paint(owner)}\n`,
      ...own.map(({ path, state }) => `    ${path}  ${meanings[state]}\n`),
    ])
    .join('');
}
