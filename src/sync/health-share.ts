import type { Health, HealthStatus } from '../health/index.ts';
import type { ObjectMeta } from '../object.ts';

const ignoreNames = { own: 'plumbline.dev/health', argo: 'argocd.argoproj.io/ignore-healthcheck' } as const;
const overrides = 'argocd.argoproj.io/health-aggregate-overrides';

const statuses: readonly HealthStatus[] = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'];

/**
 * What the health of an object is for its Application, as the annotations of the object have it: another status, or
 * undefined where it does not count.
 */
export function sharedHealth({ annotations }: Pick<ObjectMeta, 'annotations'>, health: Health): Health | undefined {
  if (annotations === undefined) return health;
  if (textIn(annotations[ignoreNames.own]) === 'ignore' || textIn(annotations[ignoreNames.argo]) === 'true')
    return undefined;
  const status = overridesIn(annotations[overrides]).get(health.status);
  return status === undefined ? health : { ...health, status };
}

/** What in such annotations has no effect. */
export function healthWarnings(annotations: Readonly<Record<string, unknown>>): readonly string[] {
  const given = annotations[overrides];
  if (typeof given !== 'string') return [];
  return partsOf(given)
    .filter(({ from, to }) => from === undefined || to === undefined)
    .map(({ text }) => `${overrides}: ${text} is no \`Status=Status\`; a status is one of ${statuses.join(', ')}`);
}

interface Override {
  readonly text: string;
  readonly from: HealthStatus | undefined;
  readonly to: HealthStatus | undefined;
}

function partsOf(given: string): readonly Override[] {
  return given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((text) => {
      const [from, to] = text.split('=').map((name) => statuses.find((status) => status === name.trim()));
      return { text, from, to };
    });
}

function overridesIn(given: unknown): ReadonlyMap<HealthStatus, HealthStatus> {
  if (typeof given !== 'string') return new Map();
  return new Map(
    partsOf(given).flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [[from, to] as const])),
  );
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
}
