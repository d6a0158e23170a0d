import { InvalidArgumentError } from 'commander';

/** How many of something a flag says. @throws InvalidArgumentError where it is no whole number from 1 */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,7}$/.test(text) || count < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return count;
}
