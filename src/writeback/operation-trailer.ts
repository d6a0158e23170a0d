import { plumbError } from '../errors.ts';

/** The trailer that ties a commit to the operation that it belongs to. */
export const operationKey = 'Plumbline-Operation';

const form = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,198}[A-Za-z0-9])?$/;

/**
 * Sees that an operation can be the value of a trailer and the end of a branch's name.
 * @throws PlumbError `writeback.operation-invalid`
 */
export function checkOperation(operation: string): void {
  if (form.test(operation) && !operation.includes('..') && !operation.endsWith('.lock')) return;
  throw plumbError(
    'writeback.operation-invalid',
    `${JSON.stringify(operation.slice(0, 200))} cannot name an operation`,
  );
}

/** A message with the operation in its last paragraph, once, and no other one's. */
export function withOperation(message: string, operation: string): string {
  const kept = message.split('\n').filter((line) => !/^plumbline-operation\s*:/i.test(line));
  const text = kept.join('\n').trimEnd();
  const last = text.slice(text.lastIndexOf('\n\n') + 2);
  const isTrailers = text.includes('\n\n') && last.split('\n').every((line) => /^[A-Za-z0-9-]+: \S/.test(line));
  return `${text}${isTrailers ? '\n' : '\n\n'}${operationKey}: ${operation}\n`;
}
