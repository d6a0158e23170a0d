import { problemsOf } from '../../../errors.ts';
import { overlaidTree } from '../overlaid-tree.ts';
import type { PlaceContext, RenderedObject } from '../types.ts';
import type { Probe } from './find-value.ts';
import { markedValues } from './marks.ts';
import { type ChartValues, readValues } from './read-values.ts';

/** The file whose values win over those of all other files. */
export function topFileOf({ layers }: ChartValues): string | undefined {
  return layers.findLast(({ file }) => file !== undefined)?.file;
}

/** Renders a chart with marks in place of values, which are written into the file that wins over all others. */
export function openProbe(
  { tree, render, signal }: Pick<PlaceContext, 'tree' | 'render' | 'signal'>,
  values: ChartValues,
): Probe {
  const file = topFileOf(values);
  return async (candidates) => {
    signal.throwIfAborted();
    if (file === undefined) return undefined;
    const marked = markedValues(candidates, values.effective, await readValues(tree, file));
    try {
      const content = Buffer.from(JSON.stringify(marked));
      const { objects, origins } = await render(overlaidTree(tree, [{ path: file, content }]));
      return objects.map((object, index): RenderedObject => ({ object, origin: origins[index] ?? {} }));
    } catch (error) {
      signal.throwIfAborted();
      // A chart that cannot be rendered with a mark is an answer; a renderer that does not answer is none.
      if (problemsOf(error).some(({ code }) => code === 'internal' || code === 'cancelled')) throw error;
      return undefined;
    }
  };
}
