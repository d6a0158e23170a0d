export { createMetrics, type Metrics, type MetricSources, type MetricsOptions } from './create-metrics.ts';
export { definitions } from './definitions.ts';
