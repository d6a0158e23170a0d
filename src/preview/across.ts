import type { Problem } from '../errors.ts';
import { formatKey } from '../object.ts';
import { textOf, valueAt } from './read.ts';
import type { ApplicationPreview } from './types.ts';

/**
 * Takes the problems out that other Applications of the same pull request solve: a namespace that one of them makes, a
 * kind that one of them defines. A sync of the one waits for that of the other; each of them alone looks wrong. What is
 * taken out is told as a note.
 */
export function settleAcross(previews: readonly ApplicationPreview[]): readonly ApplicationPreview[] {
  const made = previews.flatMap(({ changes }) => changes.filter(({ change }) => change === 'created'));
  const namespaces = new Set(
    made.filter(({ key }) => formatKey(key) === `Namespace ${key.name}`).map(({ key }) => key.name),
  );
  const kinds = new Set(
    made
      .filter(({ key }) => key.kind === 'CustomResourceDefinition' && key.group === 'apiextensions.k8s.io')
      .map(
        ({ after }) => `${textOf(valueAt(after, 'spec', 'group'))}/${textOf(valueAt(after, 'spec', 'names', 'kind'))}`,
      ),
  );
  const solved = ({ code, where }: Problem): string | undefined => {
    const [kind = '', name = ''] = where?.object?.split(' ') ?? [];
    const namespace = name.split('/')[0] ?? '';
    if (code === 'kube.namespace-not-found' && namespaces.has(namespace)) return `the namespace ${namespace}`;
    return code === 'sync.unknown-kind' && kinds.has(kind) ? `the kind ${kind}` : undefined;
  };
  return previews.map((preview) => {
    const waits = new Set(preview.problems.map(solved).filter((text) => text !== undefined));
    if (waits.size === 0) return preview;
    const notes = [...waits].toSorted().map((text) => `${text} comes with another Application of this change`);
    return {
      ...preview,
      problems: preview.problems.filter((problem) => solved(problem) === undefined),
      notes: [...preview.notes, ...notes],
    };
  });
}
