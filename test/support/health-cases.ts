import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { KubeObject } from '../../src/object.ts';
import type { HealthStatus } from '../../src/health/index.ts';

/** One line of a table of cases. */
export interface RuleCase {
  /** The line, for the title of a test. */
  readonly text: string;
  readonly status: HealthStatus;
  /** An object of the kind, with what the line says. */
  readonly object: (apiVersion: string, kind: string) => KubeObject;
}

/** The cases of kinds of one API group, or of a rule that many share. */
export interface CaseBlock {
  /** Empty for a shared rule. */
  readonly group: string;
  /** Kinds, or the name of the shared rule alone. */
  readonly names: readonly string[];
  readonly cases: readonly RuleCase[];
}

type Body = Record<string, unknown>;

/** `status.phase:="Ready"` */
function assign(body: Body, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let place = body;
  for (const step of steps) {
    const next = (place[step] ?? {}) as Body;
    place[step] = next;
    place = next;
  }
  place[last] = value;
}

/** `Ready=False:Failed@2`: type, status, reason and the generation that it speaks of. */
function conditionFrom(text: string): Body {
  const match = /^([^=]+)=([A-Za-z]+)(?::([^@]*))?(?:@(\d+))?$/.exec(text);
  if (match === null) throw new Error(`not a condition: ${text}`);
  const [, type, status, reason = '', generation] = match;
  const observed = generation === undefined ? {} : { observedGeneration: Number(generation) };
  return { type, status, reason, message: '', ...observed };
}

function caseFrom(line: string): RuleCase {
  const [status = '', rest = ''] = line.trim().split(/ {2,}/, 2);
  const body: Body = { metadata: { name: 'x' } };
  const conditions: Body[] = [];
  for (const part of rest === '-' ? [] : rest.split(' & ')) {
    const [path = '', json] = part.split(':=', 2);
    if (json === undefined) conditions.push(conditionFrom(part));
    else assign(body, path, JSON.parse(json));
  }
  if (conditions.length > 0) assign(body, 'status.conditions', conditions);
  return {
    text: line.trim(),
    status: status as HealthStatus,
    object: (apiVersion, kind) => ({ apiVersion, kind, ...structuredClone(body) }) as KubeObject,
  };
}

/** The tables of cases that stand beside the rules: `*.cases.txt`. */
export function* readCases(folder: string): Generator<CaseBlock> {
  const files = readdirSync(folder, { recursive: true }).map(String);
  for (const file of files.filter((name) => name.endsWith('.cases.txt')).toSorted()) {
    const owner = basename(file, '.cases.txt');
    for (const block of readFileSync(join(folder, file), 'utf8').trim().split('\n\n')) {
      const [head = '', ...lines] = block.split('\n');
      const slash = head.indexOf('/');
      const group = owner === 'shared' ? '' : slash < 0 ? owner : head.slice(0, slash);
      yield { group, names: head.slice(slash + 1).split(' '), cases: lines.map(caseFrom) };
    }
  }
}
