import type { Problem } from '../../errors.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectKey } from '../../object.ts';
import { desiredDigest, isApplyOf } from '../fingerprint.ts';
import { isMarked, type Mark, markOwned, markPlace, noMark, protectIdentity, withoutMarked } from './marks.ts';
import { compilePath, type FieldPlace, type PathExpression } from './path-expression.ts';

/** Fields of some objects that are left to others. */
export interface IgnoreRule {
  /** API group, empty for the core group; any where left out. */
  readonly group?: string;
  /** `*` for every kind. */
  readonly kind: string;
  /** Name of the object, `*` for any characters; any where left out. */
  readonly name?: string;
  readonly namespace?: string;
  /** JSON pointers: `/spec/replicas`. */
  readonly fields?: readonly string[];
  /** Path expressions as jq has them: `.webhooks[].clientConfig.caBundle`. */
  readonly expressions?: readonly string[];
  /** Field managers: what they own is theirs. */
  readonly managers?: readonly string[];
}

/** Nodes of `fieldsV1` that managers own whose fields are ignored. */
export type YieldedSets = readonly Readonly<Record<string, unknown>>[];

/** What is ignored of one object. */
export interface ObjectIgnore {
  readonly places: readonly PathExpression[];
  readonly managers: ReadonlySet<string>;
}

/** Rules that were found to be right. */
export interface IgnoreRules {
  /** What is ignored of an object; undefined where nothing is. */
  of(key: ObjectKey): ObjectIgnore | undefined;
  /** Whether there is a rule for objects of a kind. */
  covers(group: string, kind: string): boolean;
  /** The same text, the same rules. */
  readonly text: string;
}

/** What becomes of rules: those that are right, and what is wrong with the others. */
export interface CompiledIgnore {
  readonly rules: IgnoreRules;
  readonly problems: readonly Problem[];
}

interface CompiledRule extends ObjectIgnore {
  covers(group: string, kind: string): boolean;
  fits(key: ObjectKey): boolean;
}

/**
 * Makes rules of what somebody wrote. What is wrong with an expression is told, and it is left out: the others count all the
 * same.
 *
 * @param field where the rules stand: `spec.ignore`
 */
export function compileIgnore(written: readonly IgnoreRule[], field: string): CompiledIgnore {
  const problems: Problem[] = [];
  const rules = written.map((rule, index) => compileRule(rule, `${field}[${index}]`, problems));
  return { rules: rulesOf(rules, JSON.stringify(written)), problems };
}

/** All of these rules together; undefined where there is none. */
export function joinIgnore(...all: readonly (IgnoreRules | undefined)[]): IgnoreRules | undefined {
  const given = all.filter((one) => one !== undefined);
  if (given.length < 2) return given[0];
  return {
    text: given.map(({ text }) => text).join('\n'),
    covers: (group, kind) => given.some((one) => one.covers(group, kind)),
    of: (key) => joinObjects(given.map((one) => one.of(key)).filter((one) => one !== undefined)),
  };
}

function rulesOf(rules: readonly CompiledRule[], text: string): IgnoreRules {
  return {
    text,
    covers: (group, kind) => rules.some((rule) => rule.covers(group, kind)),
    of: (key) => joinObjects(rules.filter((rule) => rule.fits(key))),
  };
}

function joinObjects(all: readonly ObjectIgnore[]): ObjectIgnore | undefined {
  if (all.length === 0) return undefined;
  return {
    places: all.flatMap(({ places }) => places),
    managers: new Set(all.flatMap(({ managers }) => [...managers])),
  };
}

function compileRule(rule: IgnoreRule, field: string, problems: Problem[]): CompiledRule {
  const invalid = (name: string, message: string): void =>
    void problems.push({ code: 'sync.ignore-invalid', message, where: { field: `${field}.${name}` } });
  const places: PathExpression[] = [];
  for (const [index, pointer] of (rule.fields ?? []).entries()) {
    const place = parsePointer(pointer);
    if (place === undefined) invalid(`fields[${index}]`, `\`${pointer}\` is no JSON pointer below the object`);
    else places.push((object) => [resolved(place, object)]);
  }
  for (const [index, source] of (rule.expressions ?? []).entries()) {
    const made = compilePath(source);
    if (typeof made === 'function') places.push(made);
    else invalid(`expressions[${index}]`, `${made.message}, at column ${made.at + 1} of \`${source}\``);
  }
  if ([rule.fields, rule.expressions, rule.managers].every((list) => list === undefined || list.length === 0)) {
    problems.push({
      code: 'sync.ignore-invalid',
      message: 'it has to say at least one of fields, expressions and managers',
      where: { field },
    });
  }
  const covers = (group: string, kind: string): boolean =>
    (rule.group === undefined || matches(rule.group, group)) && matches(rule.kind, kind);
  return {
    places,
    managers: new Set(rule.managers),
    covers,
    fits: ({ group, kind, namespace, name }) =>
      covers(group, kind) && matches(rule.namespace ?? '*', namespace) && matches(rule.name ?? '*', name),
  };
}

/** Whether a text is as a pattern has it, in which `*` stands for any characters. */
function matches(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text;
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop() ?? '';
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let rest = text.slice(head.length, text.length - tail.length);
  for (const part of parts) {
    const at = rest.indexOf(part);
    if (at === -1) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

/** The steps of a JSON pointer (RFC 6901); undefined where it is none, or names the whole. */
function parsePointer(pointer: string): readonly string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/u.test(pointer) || pointer === '/') return undefined;
  const steps = pointer.slice(1).split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The place that a pointer names in an object: in a list, a number is an index. */
function resolved(steps: readonly string[], object: unknown): FieldPlace {
  let node: unknown = object;
  return steps.map((step) => {
    const named = Array.isArray(node) && /^\d+$/u.test(step) ? Number(step) : step;
    node =
      node !== null && typeof node === 'object'
        ? (node as Readonly<Record<string | number, unknown>>)[named]
        : undefined;
    return named;
  });
}

/** What the ignored managers own of a live object, at the version that it was read at. */
export function yieldedSets(live: KubeObject, ignore: ObjectIgnore | undefined, fieldManager: string): YieldedSets {
  if (ignore === undefined || ignore.managers.size === 0) return [];
  const isMeant = (entry: ManagedFieldsEntry): boolean =>
    ignore.managers.has(entry.manager ?? '') &&
    entry.apiVersion === live.apiVersion &&
    !isApplyOf(entry, fieldManager) &&
    (entry.subresource ?? '') !== 'status';
  return (live.metadata.managedFields ?? [])
    .filter(isMeant)
    .map(({ fieldsV1 }) => fieldsV1)
    .filter((set) => set !== undefined);
}

/** What is ignored of an object, as Git has it or as far as it is owned. Undefined where nothing of it is. */
export function marksIn(object: KubeObject, ignore: ObjectIgnore, yielded: YieldedSets): Mark | undefined {
  const root = noMark();
  for (const placesIn of ignore.places) for (const place of placesIn(object)) markPlace(root, object, place);
  for (const set of yielded) markOwned(root, object, set);
  protectIdentity(root, object);
  return isMarked(root) ? root : undefined;
}

/** `desiredDigest` of an object, apart from what is ignored of it. */
export function digestBeside(object: KubeObject, ignore: ObjectIgnore | undefined, yielded: YieldedSets): string {
  if (ignore === undefined) return desiredDigest(object);
  const kept = withoutMarked(object, marksIn(object, ignore, yielded));
  return desiredDigest({ ...(kept ?? object), metadata: kept?.metadata ?? { name: object.metadata.name } });
}
