import type { MetricValue } from 'prom-client';
import type { Measure } from '../controller/index.ts';
import type { MetricName } from './definitions.ts';
import type { Tally } from './tally.ts';

/** The metrics that are told of each Application. */
type ApplicationMetric = Extract<MetricName, `plumbline_application_${string}`>;

/** One sample. Labels that are shared are written once for all samples with the same object of them. */
export interface Row extends MetricValue<string> {
  readonly sharedLabels: Readonly<Record<string, string>>;
}

/** The samples of each metric, by its name. */
export type ApplicationRows = Readonly<Record<string, readonly Row[]>>;

const none: Readonly<Record<string, string>> = {};

/** What is told of Applications as they are now, and of no others. */
export function applicationRows(measures: Iterable<Measure>, tallyOf: (application: object) => Tally): ApplicationRows {
  const rows: Record<string, Row[]> = {};
  for (const measure of measures) {
    const sharedLabels = { namespace: measure.namespace, name: measure.name };
    const add = (metric: ApplicationMetric, value: number, labels: Record<string, string> = none): void => {
      (rows[metric] ??= []).push({ value, labels, sharedLabels });
    };
    add('plumbline_application_info', 1, infoOf(measure));
    add('plumbline_application_objects', measure.objects);
    add('plumbline_application_drifted_objects', measure.drifted);
    add('plumbline_application_contested_objects', measure.contested);
    add('plumbline_application_deletions_held', measure.awaitingApproval, { reason: 'approval' });
    add('plumbline_application_deletions_held', measure.limited, { reason: 'limit' });
    const tally = tallyOf(measure.application);
    // Also those that are 0: an increase from nothing is none to Prometheus.
    for (const [outcome, count] of Object.entries(tally.syncs))
      add('plumbline_application_syncs_total', count, { outcome });
    add('plumbline_application_deletions_total', tally.deletions);
    for (const [key, count] of tally.drift) {
      const [group = '', kind = '', outcome = ''] = key.split('/');
      add('plumbline_application_drift_total', count, { group, kind, outcome });
    }
    for (const [key, count] of tally.fights) {
      const [group = '', kind = ''] = key.split('/');
      add('plumbline_application_fights_total', count, { group, kind });
    }
  }
  return rows;
}

function infoOf(measure: Measure): Record<string, string> {
  return {
    repositories: measure.repositories,
    destination_namespace: measure.destination,
    automated: String(measure.automated),
    suspended: String(measure.suspended),
    sync_status: measure.sync,
    health_status: measure.health,
    reason: measure.reason,
  };
}
