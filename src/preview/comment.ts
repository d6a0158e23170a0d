import type { Location } from '../errors.ts';
import { code, link } from './escape.ts';
import { type Block, blocksOf, foldedBlock } from './comment-blocks.ts';
import { footerOf, summaryOf } from './comment-summary.ts';
import type { Preview } from './types.ts';

/** How the comment is written. */
export interface CommentOptions {
  /** Longest comment, in characters. At least 2,000. */
  readonly limit: number;
  /** Whether the forge shows HTML in comments, so that diffs can be folded. */
  readonly folds: boolean;
  /** The page of a file; none where it lies in another repository. */
  readonly fileLink?: (where: Location) => string | undefined;
  /** Where the rest is to be read, when not everything has room. */
  readonly moreLink?: string;
}

const separator = '\n\n';

/** How many lines a list of the summary has at most; fewer where not even those have room. */
const listLengths = [200, 50, 20, 5, 1] as const;

/**
 * The preview as a comment on a pull request: a summary, then what is wrong, then the risks, then the diffs. The same
 * preview always makes the same text. Whatever stands in the manifests is shown as code: it mentions nobody, links
 * nowhere and ends nothing. What has no room is left out, the longest diffs first, and the comment says so.
 */
export async function formatComment(preview: Preview, options: CommentOptions): Promise<string> {
  const blocks = await blocksOf(preview);
  const texts = new Map(
    blocks.flatMap((block) => {
      const text = foldedBlock(block, options.folds);
      return text === undefined ? [] : [[block, text] as const];
    }),
  );
  const footer = footerOf(preview);
  for (const most of listLengths) {
    const top = summaryOf(preview, options, most);
    const room = options.limit - lengthOf([...top, footer]);
    const everything = sectionsOf(blocks, texts);
    if (texts.size === blocks.length && lengthOf(everything) <= room)
      return `${[...top, ...everything, footer].join(separator)}\n`;
    const kept = shortest(blocks, texts, room - lengthOf([longestNote(blocks, preview, options)]));
    if (kept === undefined) continue;
    const missing = blocks.filter((block) => !kept.includes(block));
    const parts = [...top, ...sectionsOf(kept, texts), noteOn(missing, preview, options), footer];
    return `${parts.join(separator)}\n`;
  }
  return `${[...summaryOf(preview, options, 0), footer].join(separator)}\n`;
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length + separator.length, 0);
}

function headingOf(application: string): string {
  return `#### ${code(application)}`;
}

/** The blocks, under a heading for each Application. */
function sectionsOf(blocks: readonly Block[], texts: ReadonlyMap<Block, string>): readonly string[] {
  return blocks.flatMap((block, index) => {
    const text = texts.get(block) ?? '';
    return blocks[index - 1]?.application === block.application ? [text] : [headingOf(block.application), text];
  });
}

/** As many of the shortest blocks as have room, in their order. Undefined where the room is used up already. */
function shortest(
  blocks: readonly Block[],
  texts: ReadonlyMap<Block, string>,
  room: number,
): readonly Block[] | undefined {
  if (room < 0) return undefined;
  const length = (block: Block): number => texts.get(block)?.length ?? Number.POSITIVE_INFINITY;
  const headed = new Set<string>();
  const kept = new Set<Block>();
  let left = room;
  for (const block of blocks.toSorted((a, b) => length(a) - length(b))) {
    const heading = headed.has(block.application) ? [] : [headingOf(block.application)];
    left -= lengthOf(heading) + length(block) + separator.length;
    if (left < 0) break;
    headed.add(block.application);
    kept.add(block);
  }
  return blocks.filter((block) => kept.has(block));
}

/** So many of the diffs that are left out are named. */
const named = 10;

function noteOn(missing: readonly Block[], preview: Preview, { moreLink }: CommentOptions): string {
  const names = missing.slice(0, named).map(({ title }) => code(title));
  const more = missing.length > named ? `, and ${missing.length - named} more` : '';
  const command = code(`plumb diff --base ${preview.base.commit} --head ${preview.head.commit}`);
  const page = moreLink === undefined ? '' : ` The files that differ: ${link('compare', moreLink)}.`;
  const count = missing.length === 1 ? 'One diff has' : `${missing.length} diffs have`;
  return `**${count} no room in this comment**: ${names.join(', ')}${more}. ${command} shows everything.${page}`;
}

/** As long as any note on some of these blocks can be. */
function longestNote(blocks: readonly Block[], preview: Preview, options: CommentOptions): string {
  const longestFirst = blocks.toSorted((a, b) => b.title.length - a.title.length);
  // Escaping may make a shorter title the longer one: there is room for that.
  return noteOn(longestFirst, preview, options) + ' '.repeat(200);
}
