import { plumbError } from '../../errors.ts';

/** Whether an object with these labels is wanted. */
export type LabelFilter = (labels: Readonly<Record<string, string>>) => boolean;

const name = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?`;
const equals = new RegExp(String.raw`^(${name})\s*(==|=|!=)\s*([A-Za-z0-9._-]{0,63})$`);
const exists = new RegExp(`^(!?)(${name})$`);

/**
 * Reads a label selector as kubectl takes it: `app=web,tier!=cache,canary,!old`; all of it has to hold.
 * @throws PlumbError `server.invalid` where it is none, or one of sets
 */
export function labelFilter(text: string, field: string): LabelFilter {
  const parts = text.split(',').map((part) => oneFilter(part.trim(), field));
  return (labels) => parts.every((part) => part(labels));
}

function oneFilter(text: string, field: string): LabelFilter {
  const [, key, operator, value] = equals.exec(text) ?? [];
  if (key !== undefined) {
    const isWanted = operator !== '!=';
    return (labels) => (valueOf(labels, key) === value) === isWanted;
  }
  const [, not, there] = exists.exec(text) ?? [];
  if (there !== undefined) return (labels) => (valueOf(labels, there) !== undefined) === (not === '');
  throw plumbError('server.invalid', `${JSON.stringify(text)} is none of KEY=VALUE, KEY!=VALUE, KEY and !KEY`, {
    where: { field },
  });
}

/** A label may be called as something that every object has. */
function valueOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
