import type { Job } from './host.ts';
import type { SentPath } from './protocol.ts';

/** So many ids are remembered as sent; the renderer's own store is bounded too and asks for what it has dropped. */
const rememberedIds = 20_000;
/** A larger file is not sent on a guess. */
const largestGuess = 1_048_576;

/**
 * What is known of the job's paths, with the content of each file that this renderer has not been sent before.
 * Adds to `sent`.
 */
export async function withContents(job: Job, sent: Set<string>): Promise<SentPath[]> {
  if (sent.size > rememberedIds) sent.clear();
  const paths: SentPath[] = [];
  for (const known of await job.foresee()) {
    const content = known.id === undefined || sent.has(known.id) ? undefined : await job.files.read(known.path);
    if (known.id === undefined || content === undefined || content.length > largestGuess) {
      paths.push(known);
      continue;
    }
    sent.add(known.id);
    paths.push({ ...known, content });
  }
  return paths;
}
