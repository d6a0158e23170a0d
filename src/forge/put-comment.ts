import { PlumbError } from '../errors.ts';
import { markedBody, sameText } from './words.ts';

/** A comment that is there. */
export interface FoundComment<Id> {
  readonly id: Id;
  readonly body: string;
}

/** How one forge reads and writes comments of one pull request. */
export interface CommentPort<Id> {
  /** The mark as it stands in the text, invisible to people. */
  readonly mark: string;
  /** Longest comment, in characters. */
  readonly limit: number;
  find(mark: string): Promise<readonly FoundComment<Id>[]>;
  create(body: string): Promise<void>;
  update(id: Id, body: string): Promise<void>;
}

/**
 * Writes the one comment that bears the mark, or changes it in place; sends nothing where it says so already, or where
 * there is none and only one that is there is to be changed.
 */
export async function putMarkedComment<Id>(
  port: CommentPort<Id>,
  text: string,
  { onlyUpdate = false }: { readonly onlyUpdate?: boolean } = {},
): Promise<'written' | 'same'> {
  const body = markedBody(port.mark, text, port.limit);
  for (const comment of await port.find(port.mark)) {
    if (sameText(comment.body, body)) return 'same';
    try {
      await port.update(comment.id, body);
      return 'written';
    } catch (error) {
      // Anybody can write the mark: somebody else's comment is left as it is. It may also have gone just now.
      const notOurs = error instanceof PlumbError && ['forge.forbidden', 'forge.not-found'].includes(error.code);
      if (!notOurs) throw error;
    }
  }
  if (onlyUpdate) return 'same';
  await port.create(body);
  return 'written';
}
