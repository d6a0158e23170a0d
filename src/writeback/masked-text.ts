import { dump, loadAll } from 'js-yaml';
import type { KubeObject } from '../object.ts';
import { isSecret, maskSides } from '../secret-mask.ts';
import { isJsonObject } from './fields.ts';

/** A file on both sides; undefined where there is none. */
export interface Texts {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What of a file may be shown. */
export interface MaskedTexts extends Texts {
  /** `values`: those of Secrets are masked. `all`: nothing of the file is shown, as it cannot be told what is secret. */
  readonly masked?: 'values' | 'all';
}

/** Files that hold nothing but values: what Kustomize makes Secrets of, and keys. */
const secretFile = /(?:^|\/)(?:\.env(?:\.[^/]*)?|[^/]*\.(?:env|pem|key|p12|pfx|jks)|id_(?:rsa|ed25519|ecdsa))$/i;
/** A manifest is smaller; what is larger is not looked into, and not shown. */
const mostCharacters = 4 * 1024 * 1024;

/**
 * The two sides of a file as they may be shown. A file that holds a Secret is written anew from what was read of it, so
 * that nothing of a value stays in a comment or in an odd notation; of each key it stays visible whether its value
 * differs. Any other file is shown as it is.
 */
export function maskTexts(path: string, { before, after }: Texts): MaskedTexts {
  if (secretFile.test(path)) return nothingOf({ before, after });
  if (!/\.(?:json|ya?ml)$/i.test(path)) return { before, after };
  const [old, young] = [documentsOf(path, before), documentsOf(path, after)];
  // A file that cannot be read as objects, and speaks of Secrets, may hold one all the same.
  if (old === 'unreadable' || young === 'unreadable') {
    return speaksOfSecrets(before) || speaksOfSecrets(after) ? nothingOf({ before, after }) : { before, after };
  }
  if (![...old, ...young].some(holdsSecret)) return { before, after };
  const [oldSecrets, youngSecrets] = [secretsIn(old), secretsIn(young)];
  const write = (documents: readonly unknown[], other: ReadonlyMap<string, KubeObject>, side: 'before' | 'after') =>
    written(
      path,
      documents.map((document) => masked(document, other, side)),
    );
  return {
    before: before === undefined ? undefined : write(old, youngSecrets, 'before'),
    after: after === undefined ? undefined : write(young, oldSecrets, 'after'),
    masked: 'values',
  };
}

function nothingOf({ before, after }: Texts): MaskedTexts {
  const differs = before !== after;
  return {
    before: before === undefined ? undefined : `*** (not shown${differs ? ', before' : ''})\n`,
    after: after === undefined ? undefined : `*** (not shown${differs ? ', after' : ''})\n`,
    masked: 'all',
  };
}

function speaksOfSecrets(text: string | undefined): boolean {
  return text !== undefined && (text.length > mostCharacters || /secret/i.test(text));
}

function documentsOf(path: string, text: string | undefined): readonly unknown[] | 'unreadable' {
  if (text === undefined) return [];
  if (text.length > mostCharacters) return 'unreadable';
  try {
    return path.endsWith('.json') ? [JSON.parse(text) as unknown] : loadAll(text);
  } catch {
    return 'unreadable';
  }
}

/** The objects of a document: itself, and those of a List. Aliases may make a loop of anything deeper. */
function objectsOf(document: unknown): readonly KubeObject[] {
  if (!isJsonObject(document)) return [];
  const { items } = document;
  const inside: readonly unknown[] = Array.isArray(items) ? items : [];
  return [document, ...inside].filter(isJsonObject) as unknown as readonly KubeObject[];
}

function holdsSecret(document: unknown): boolean {
  return objectsOf(document).some((object) => isSecret(object) || object['secretGenerator'] !== undefined);
}

/** The Secrets of one side by their names, to tell which of their values differ. */
function secretsIn(documents: readonly unknown[]): ReadonlyMap<string, KubeObject> {
  const secrets = documents.flatMap(objectsOf).filter(isSecret);
  return new Map(secrets.map((object) => [nameOf(object), object]));
}

function nameOf(object: KubeObject): string {
  const metadata: unknown = object.metadata;
  if (!isJsonObject(metadata)) return '';
  return JSON.stringify([metadata['namespace'], metadata['name']]);
}

function masked(document: unknown, others: ReadonlyMap<string, KubeObject>, side: 'before' | 'after'): unknown {
  const whole = maskedObject(document, others, side);
  if (!isJsonObject(whole) || !Array.isArray(whole['items'])) return whole;
  return { ...whole, items: whole['items'].map((item) => maskedObject(item, others, side)) };
}

function maskedObject(value: unknown, others: ReadonlyMap<string, KubeObject>, side: 'before' | 'after'): unknown {
  if (!isJsonObject(value)) return value;
  const object = value as unknown as KubeObject;
  if (isSecret(object)) {
    const other = others.get(nameOf(object));
    return maskSides(side === 'before' ? { before: object, after: other } : { before: other, after: object })[side];
  }
  const { secretGenerator } = value;
  return secretGenerator === undefined ? value : { ...value, secretGenerator: maskedGenerator(secretGenerator) };
}

/** The literals of Kustomize's generator are `key=value`. */
function maskedGenerator(generators: unknown): unknown {
  if (!Array.isArray(generators)) return '***';
  return generators.map((generator: unknown) => {
    if (!isJsonObject(generator)) return '***';
    const { literals } = generator;
    if (literals === undefined) return generator;
    const keys = Array.isArray(literals) ? literals.map((literal) => `${String(literal).split('=', 1)[0]}=***`) : '***';
    return { ...generator, literals: keys };
  });
}

function written(path: string, documents: readonly unknown[]): string {
  if (path.endsWith('.json')) return `${JSON.stringify(documents[0], undefined, 2)}\n`;
  return documents.map((document) => dump(document, { lineWidth: -1 })).join('---\n');
}
