import { plumbError } from '../../../errors.ts';
import { applyEdits, formatFieldPath, valueAt } from '../field-path.ts';
import { type ChartValues, deciderOf, type ValueLayer } from './read-values.ts';
import type { Assignment } from './solve.ts';
import { untilList, type ValuePath } from './value-path.ts';

/** One edit of one file of values. */
export interface ValueEdit extends Assignment {
  readonly file: string;
}

/**
 * The file in which a value is set for this Application and for nothing else: the one that decides it now, and where that
 * is shared, the last one that is not. The defaults of a chart are changed only where there are no files of values.
 * @throws PlumbError `writeback.cannot-place` where no file can decide it
 */
export function editFor(
  values: ChartValues,
  { path, value }: Assignment,
  isShared: (file: string) => boolean,
): ValueEdit {
  const decider = deciderOf(values.layers, path);
  checkDecider(decider, path);
  const from = decider === undefined ? 0 : values.layers.indexOf(decider);
  const files = values.layers.some(({ kind }) => kind === 'file')
    ? values.layers.filter(({ kind }) => kind === 'file')
    : values.layers.filter(({ kind }) => kind === 'defaults').slice(-1);
  const able = files.filter((layer) => values.layers.indexOf(layer) >= from);
  const own = able.filter(({ file }) => file !== undefined && !isShared(file));
  const chosen = decider !== undefined && own.includes(decider) ? decider : own.at(-1);
  if (chosen?.file !== undefined) return { file: chosen.file, ...writable(values, chosen, path, value) };
  const names = able.flatMap(({ file }) => file ?? []).join(', ');
  throw plumbError(
    'writeback.cannot-place',
    names === ''
      ? `no file of values in Git can set ${formatFieldPath(path)}`
      : `${formatFieldPath(path)} can be set in ${names} only, which others are rendered from as well, or which is not in Git`,
    { hint: 'Give the Application a file of values of its own, as the last one of `valueFiles`.' },
  );
}

function checkDecider(decider: ValueLayer | undefined, path: ValuePath): void {
  if (decider?.kind !== 'inline' && decider?.kind !== 'parameter') return;
  throw plumbError(
    'writeback.cannot-place',
    `${formatFieldPath(path)} is set in the Application itself (${decider.kind === 'inline' ? 'helm.values' : 'helm.parameters'})`,
    { hint: 'Change it in the Application, or move the value into a file of values.' },
  );
}

/** A list that another file has cannot be changed item by item: it is written down as a whole. */
function writable(values: ChartValues, layer: ValueLayer, path: ValuePath, value: Assignment['value']): Assignment {
  const list = untilList(path);
  if (list.length === path.length || valueAt(layer.values, list) !== undefined) return { path, value };
  return { path: list, value: valueAt(applyEdits(values.effective, [{ path, value }]), list) };
}
