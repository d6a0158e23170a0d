/** One sample of a metric in the text format of Prometheus. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const samplePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of one metric in an exposition. */
export function samplesOf(exposition: string, metric: string): Sample[] {
  const samples: Sample[] = [];
  let from = exposition.indexOf(`\n${metric}`);
  while (from !== -1) {
    const end = exposition.indexOf('\n', from + 1);
    const line = exposition.slice(from + 1, end === -1 ? undefined : end);
    const [, name, labels = '', value] = samplePattern.exec(line) ?? [];
    if (name === metric) samples.push({ labels: parseLabels(labels), value: Number(value) });
    from = exposition.indexOf(`\n${metric}`, from + 1);
  }
  return samples;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(labelPattern)) {
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

/** Numbers by name. */
export type Counts = ReadonlyMap<string, number>;

/** The sums of the samples that have the same name. A sample that has none is left out. */
export function countsBy(samples: readonly Sample[], nameOf: (sample: Sample) => string | undefined): Counts {
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const name = nameOf(sample);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + sample.value);
  }
  return counts;
}

/** What was added between two counts; names that did not grow are left out. */
export function difference(before: Counts, after: Counts): Counts {
  const grown = new Map<string, number>();
  for (const [name, value] of after) {
    const growth = value - (before.get(name) ?? 0);
    if (growth > 0) grown.set(name, growth);
  }
  return grown;
}

/** The sum of all counts. */
export function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, value) => sum + value, 0);
}
