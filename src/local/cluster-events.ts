import type { ClusterEvent, ComponentName, ComponentPids } from './types.ts';
import { componentNames } from './types.ts';

/**
 * Reads one line that the supervisor wrote (devcluster/internal/supervisor/events.go).
 * Undefined for an event that this version does not know.
 * @throws Error where the line is not from a supervisor
 */
export function parseClusterEvent(line: string): ClusterEvent | undefined {
  const fields = parseObject(line);
  switch (fields['event']) {
    case 'starting':
      return {
        type: 'starting',
        pid: number(fields, 'pid'),
        place: {
          kubeconfigPath: string(fields, 'kubeconfig'),
          server: string(fields, 'server'),
          directory: string(fields, 'directory'),
          durable: fields['durable'] === true,
        },
      };
    case 'component':
      return componentEvent(fields);
    case 'ready':
      return { type: 'ready', milliseconds: number(fields, 'milliseconds'), pids: parsePids(fields['pids']) };
    case 'unready':
      return { type: 'unready', pids: parsePids(fields['pids']) };
    case 'failed':
      return { type: 'failed', code: string(fields, 'code'), message: string(fields, 'message') };
    case 'stopping':
    case 'stopped':
      return { type: fields['event'] };
    default:
      return undefined;
  }
}

function componentEvent(fields: Fields): ClusterEvent | undefined {
  const component = componentNames.find((name) => name === fields['component']);
  if (component === undefined) return undefined;
  const pid = number(fields, 'pid');
  if (fields['state'] === 'started') return { type: 'component-started', component, pid };
  return { type: 'component-exited', component, pid, reason: string(fields, 'reason') };
}

/** An object of JSON whose fields have not been looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** Parses a JSON object. @throws Error where it is none */
export function parseObject(text: string): Fields {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`not a JSON object: ${text.slice(0, 200)}`);
  return value as Fields;
}

/** The process ids by component; names that are not known are left out. */
export function parsePids(value: unknown): ComponentPids {
  const pids: Partial<Record<ComponentName, number>> = {};
  const fields = (value ?? {}) as Fields;
  for (const name of componentNames) {
    const pid = fields[name];
    if (typeof pid === 'number') pids[name] = pid;
  }
  return pids;
}

/** A field that has to be a string. */
export function string(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`the supervisor's field ${name} is not a string`);
  return value;
}

/** A field that has to be a number. */
export function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw new Error(`the supervisor's field ${name} is not a number`);
  return value;
}
