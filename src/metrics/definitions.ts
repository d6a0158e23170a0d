/** What a metric is, as Prometheus and the documentation tell it. */
export interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

const application = ['namespace', 'name'] as const;
const requests = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/**
 * All metrics but those of the process itself. No label has the value of a field, a URL or a message: what is not a word of
 * the code is the name of an Application, a Repository or a namespace, or the kind of an object.
 */
export const definitions = {
  plumbline_application_info: {
    type: 'gauge',
    help: 'How an Application stands; always 1. The labels sync_status, health_status and reason are as in its status.',
    labels: [
      ...application,
      'repositories',
      'destination_namespace',
      'automated',
      'suspended',
      'sync_status',
      'health_status',
      'reason',
    ],
  },
  plumbline_application_objects: {
    type: 'gauge',
    help: 'Objects of the last sync of an Application.',
    labels: application,
  },
  plumbline_application_drifted_objects: {
    type: 'gauge',
    help: 'Objects of an Application that are not as Git says although Git has not moved.',
    labels: application,
  },
  plumbline_application_contested_objects: {
    type: 'gauge',
    help: 'Objects of an Application that are left for a while, as somebody keeps changing them.',
    labels: application,
  },
  plumbline_application_deletions_held: {
    type: 'gauge',
    help: 'Deletions that wait: for approval, or as the limits of a minute hold them back.',
    labels: [...application, 'reason'],
  },
  plumbline_application_syncs_total: {
    type: 'counter',
    help: 'Syncs of an Application that have ended: succeeded, failed or stopped.',
    labels: [...application, 'outcome'],
  },
  plumbline_application_drift_total: {
    type: 'counter',
    help: 'Objects that were found changed in the cluster: reverted, or left as they are (reported, captured or contested).',
    labels: [...application, 'group', 'kind', 'outcome'],
  },
  plumbline_application_fights_total: {
    type: 'counter',
    help: 'How often an object came to be left for a while, as somebody kept changing it.',
    labels: [...application, 'group', 'kind'],
  },
  plumbline_application_deletions_total: {
    type: 'counter',
    help: 'Deletions of objects that were begun: by a prune, by making an object anew, or with the Application.',
    labels: application,
  },
  plumbline_sync_duration_seconds: {
    type: 'histogram',
    help: 'From the beginning of a sync to its end, waits included.',
    labels: ['cause', 'outcome'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
  },
  plumbline_commit_to_applied_seconds: {
    type: 'histogram',
    help: 'From the time of a commit to the end of the automated sync that applied it; not of the first of an Application.',
    labels: [],
    buckets: [1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400],
  },
  plumbline_render_duration_seconds: {
    type: 'histogram',
    help: 'Renders, for a sync or for a preview of a pull request: rendered, taken from the cache, or failed.',
    labels: ['purpose', 'outcome'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  plumbline_git_operation_duration_seconds: {
    type: 'histogram',
    help: 'Fetches and pushes, those that found nothing new among them: succeeded, failed, or moved (somebody else had pushed first).',
    labels: ['operation', 'outcome'],
    buckets: requests,
  },
  plumbline_registry_fetch_duration_seconds: {
    type: 'histogram',
    help: 'Fetches from registries and repositories of charts, those that found nothing new among them: succeeded or failed.',
    labels: ['outcome'],
    buckets: requests,
  },
  plumbline_forge_requests_total: {
    type: 'counter',
    help: 'Requests to forges, by method and status code (error: no answer came).',
    labels: ['method', 'code'],
  },
  plumbline_api_requests_total: {
    type: 'counter',
    help: 'Requests to the API server, by verb and status code (error: no answer came).',
    labels: ['verb', 'code'],
  },
  plumbline_api_retries_total: {
    type: 'counter',
    help: 'Requests to the API server that were sent once more.',
    labels: [],
  },
  plumbline_workqueue_depth: {
    type: 'gauge',
    help: 'What waits for a worker now: Applications, Repositories, and what is done beside them.',
    labels: ['queue'],
  },
  plumbline_workqueue_wait_duration_seconds: {
    type: 'histogram',
    help: 'How long each of them waited for a worker.',
    labels: ['queue'],
    buckets: [0.001, ...requests, 300],
  },
  plumbline_workqueue_work_duration_seconds: {
    type: 'histogram',
    help: 'How long a worker was busy with one of them.',
    labels: ['queue'],
    buckets: [0.001, ...requests, 300],
  },
  plumbline_workqueue_failures_total: {
    type: 'counter',
    help: 'Work that was broken off and is tried again with backoff; a sync that fails is none of it.',
    labels: ['queue'],
  },
  plumbline_leader: {
    type: 'gauge',
    help: '1 where this process leads, 0 where it stands by.',
    labels: [],
  },
  plumbline_build_info: {
    type: 'gauge',
    help: 'The version that runs; always 1.',
    labels: ['version'],
  },
} as const satisfies Readonly<Record<string, Definition>>;

/** The name of a metric. */
export type MetricName = keyof typeof definitions;
