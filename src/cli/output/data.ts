import type { OutputFormat } from '../options.ts';

/** A format for programs. */
export type DataFormat = 'json' | 'yaml';

/** Whether the output is for a program, and not for a person. */
export function isDataFormat(output: OutputFormat | undefined): output is DataFormat {
  return output === 'json' || output === 'yaml';
}

/** What is no Kubernetes object, for a program. */
export async function formatData(value: unknown, format: DataFormat): Promise<string> {
  // Through JSON: what JSON leaves out, as undefined fields, YAML cannot write.
  const json = JSON.stringify(value, null, 2);
  if (format === 'json') return `${json}\n`;
  const { dump } = await import('js-yaml');
  return dump(JSON.parse(json), { noRefs: true, lineWidth: -1 });
}
