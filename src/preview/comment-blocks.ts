import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatUnified } from '../sync/index.ts';
import { code, fence, html } from './escape.ts';
import { titleOf, unifiedDiff } from './text.ts';
import type { Preview } from './types.ts';

/** A diff that is shown, or left out, as a whole. */
export interface Block {
  readonly application: string;
  readonly title: string;
  /** Undefined where it was not made, as there is no room for it. */
  readonly diff: string | undefined;
}

/** No comment has room for more diffs than these: what comes after is not made at all. */
const most = 1_000;

/** All diffs of a preview, in the order in which they are shown. */
export async function blocksOf(preview: Preview): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  for (const { application, changes, cluster } of preview.applications) {
    for (const change of changes) {
      const diff = blocks.length < most ? await unifiedDiff(change) : undefined;
      blocks.push({ application, title: titleOf(change), diff });
      // A long diff takes its time, and others want theirs.
      await nextTurn();
    }
    if (cluster !== undefined && cluster.beyond.length > 0) {
      const title = `${application}: what else the cluster has otherwise than the head`;
      blocks.push({ application, title, diff: (await formatUnified(cluster.beyond, { color: false })).trimEnd() });
    }
  }
  return blocks;
}

/** A block as Markdown, folded where the forge can; undefined where there is nothing to be shown. */
export function foldedBlock({ title, diff }: Block, folds: boolean): string | undefined {
  if (diff === undefined) return undefined;
  const body = fence('diff', diff);
  // The blank lines end the HTML, so that Markdown is read again.
  if (folds) return `<details><summary><code>${html(title)}</code></summary>\n\n${body}\n\n</details>`;
  return `${code(title)}\n\n${body}`;
}
