import { plumbError } from '../../errors.ts';
import type { PathChange } from '../../render/index.ts';
import type { CompleteChart } from '../rendering/complete-chart.ts';
import type { SourcePart } from '../application/context.ts';

/** The files in which a chart says what else it needs. */
const declaring = /(?:^|\/)(?:Chart\.yaml|Chart\.lock|requirements\.yaml|requirements\.lock)$/;

/** How the charts that a chart needs are fetched on either side of a comparison. */
export interface ChartReach {
  /** Completes a chart of the base, and remembers where that led to. */
  readonly base: (part: SourcePart) => SourcePart;
  /** Completes a chart of the head, from where the base's came from and from nowhere else. */
  readonly head: (part: SourcePart) => SourcePart;
}

/**
 * Whoever proposes a commit writes the URLs in it, and what is rendered is shown to them: with the credentials of the
 * installation, they could read charts of others. So the head reaches what the base reached, and that of a stranger
 * nothing where it changes what a chart needs.
 */
export function chartReach(changes: readonly PathChange[], isFork: boolean): ChartReach {
  const known = new Set<string>();
  const isClosed = isFork && changes.some(({ path }) => declaring.test(path));
  return {
    base: (part) => guarded(part, (url) => void known.add(url)),
    head: (part) =>
      guarded(part, (url) => {
        if (!isClosed && known.has(url)) return;
        throw plumbError('render.chart-dependency', 'no chart is fetched from there for a pull request', {
          hint: 'The base fetches none from that URL; put the chart into charts/, or merge the new URL in a change of its own.',
        });
      }),
  };
}

/** The source with its charts fetched from where they may be. */
function guarded(part: SourcePart, beforeConnecting: (url: string) => void): SourcePart {
  const { completeChart } = part;
  if (completeChart === undefined) return part;
  const complete: CompleteChart = (files, request, signal) => completeChart(files, request, signal, beforeConnecting);
  return { ...part, completeChart: complete };
}
