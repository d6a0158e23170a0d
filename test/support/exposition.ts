/** One sample, as Prometheus would store it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What was scraped. */
export interface Exposition {
  readonly samples: readonly Sample[];
  /** Help and type of each metric, by its name. */
  readonly families: ReadonlyMap<string, { readonly help: string; readonly type: string }>;
  /** The value of the sample with this name and these labels, where exactly one has them (and maybe others). */
  readonly value: (name: string, labels?: Readonly<Record<string, string>>) => number | undefined;
}

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const samplePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/gy;
const numberPattern = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;
const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads the text format of Prometheus (version 0.0.4) without lenience: what its own parser refuses is refused, and also
 * counters that are not named as such, and histograms that do not add up.
 * @throws Error with the line
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { help: string; type: string }>();
  const samples: Sample[] = [];
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (!namePattern.test(name) || families.has(name) || rest === '') throw new Error(`bad help: ${line}`);
      families.set(name, { help: rest, type: '' });
      family = name;
    } else if (keyword === 'TYPE') {
      const known = families.get(name);
      if (known?.type !== '' || family !== name) throw new Error(`a type without its help, or twice: ${line}`);
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(rest)) throw new Error(`bad type: ${line}`);
      if (rest === 'counter' && !name.endsWith('_total')) throw new Error(`a counter ends with _total: ${line}`);
      known.type = rest;
    } else {
      const sample = parseSample(line);
      const type = families.get(family)?.type ?? '';
      const isOfFamily = (suffixes[type] ?? ['']).some((suffix) => sample.name === family + suffix);
      if (type === '' || !isOfFamily) throw new Error(`a sample outside its metric: ${line}`);
      if (type === 'counter' && !(sample.value >= 0)) throw new Error(`a counter below nothing: ${line}`);
      const key = `${sample.name}${seriesOf(sample.labels)}`;
      if (series.has(key)) throw new Error(`twice: ${line}`);
      series.add(key);
      samples.push(sample);
    }
  }
  for (const [name, { type }] of families) {
    if (type === '') throw new Error(`${name} has no type`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return {
    samples,
    families,
    value(name, labels = {}) {
      const found = samples.filter((sample) => sample.name === name && hasLabels(sample, labels));
      if (found.length > 1) throw new Error(`${name} has several such samples`);
      return found[0]?.value;
    },
  };
}

function hasLabels(sample: Sample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

function parseSample(line: string): Sample {
  const [, name, within, number = ''] = samplePattern.exec(line) ?? [];
  if (name === undefined || !numberPattern.test(number)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [all, label = '', value = ''] of (within ?? '').matchAll(labelPattern)) {
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = value.replaceAll(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));
    end += all.length;
  }
  if (end !== (within ?? '').length || within?.endsWith(',') === true) throw new Error(`bad labels: ${line}`);
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

/** The same text for the same labels, in whatever order they stand. */
function seriesOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => JSON.stringify([name, value]));
  return pairs.toSorted((one, other) => (one < other ? -1 : 1)).join(',');
}

function grows(numbers: readonly number[]): boolean {
  return numbers.every((each, index) => index === 0 || each >= (numbers[index - 1] ?? 0));
}

/** The buckets of each series grow, and the last one is the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const ofSample = ({ labels: { le: _le, ...labels } }: Sample): string => seriesOf(labels);
  const counts = new Map(
    samples.filter((sample) => sample.name === `${name}_count`).map((sample) => [ofSample(sample), sample.value]),
  );
  const buckets = Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    ofSample,
  );
  if (buckets.size !== counts.size) throw new Error(`${name} has counts without buckets, or buckets without counts`);
  for (const [series, of] of buckets) {
    const bounds = of.map(({ labels }) => Number((labels['le'] ?? '').replace('Inf', 'Infinity')));
    const values = of.map(({ value }) => value);
    if (bounds.at(-1) !== Infinity || !grows(bounds) || !grows(values) || values.at(-1) !== counts.get(series))
      throw new Error(`the buckets of ${name} ${series} do not add up`);
  }
}
