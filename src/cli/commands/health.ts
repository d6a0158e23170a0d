import { Command, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import { healthOf } from '../../health/index.ts';
import type { KubeObject } from '../../object.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { readDocuments, readRules } from '../health-rules.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { resourceName } from '../output/objects.ts';
import { formatTable } from '../output/table.ts';
import { action, type Session } from '../session.ts';

interface HealthOptions {
  readonly filename: readonly string[];
  readonly rules?: string;
}

function objectFrom(document: unknown, given: string): KubeObject {
  const object = document as Partial<KubeObject> | string | number;
  if (typeof object !== 'object' || typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') {
    throw plumbError('health.file-invalid', 'a document is no object of Kubernetes: it has no apiVersion or kind', {
      where: { file: given },
    });
  }
  const metadata = object.metadata ?? { name: '' };
  return { ...object, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

async function objectsOf(session: Session<HealthOptions>, given: string): Promise<readonly KubeObject[]> {
  const documents = await readDocuments(session.context.cwd, given, session.signal);
  return documents.flatMap((document) => {
    const { items, kind } = document as { readonly items?: unknown; readonly kind?: unknown };
    const isList = Array.isArray(items) && typeof kind === 'string' && kind.endsWith('List');
    return (isList ? items : [document]).map((one) => objectFrom(one, given));
  });
}

async function health(session: Session<HealthOptions>): Promise<void> {
  const { context, options, print, signal } = session;
  const rules = options.rules === undefined ? undefined : await readRules(context.cwd, options.rules, signal);
  const objects: KubeObject[] = [];
  for (const given of options.filename) objects.push(...(await objectsOf(session, given)));
  const { judgedTogether } = await import('../tree/together.ts');
  const judge = judgedTogether(objects, (object) => healthOf(object, rules));
  const judged = objects.map((object) => [object, judge(object)] as const);
  if (options.output === 'name') {
    print(judged.map(([, { status }]) => `${status}\n`).join(''));
  } else if (isDataFormat(options.output)) {
    const data = judged.map(([{ apiVersion, kind, metadata }, { status, message }]) => {
      const { namespace, name } = metadata;
      return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name, health: status, message };
    });
    print(await formatData(data, options.output));
  } else {
    const wide = options.output === 'wide';
    const rows = judged.map(([object, { status, message }]) => [
      ...(wide ? [object.metadata.namespace ?? ''] : []),
      resourceName(object),
      status,
      message.replaceAll('\n', ' '),
    ]);
    print(formatTable([...(wide ? ['NAMESPACE'] : []), 'NAME', 'HEALTH', 'REASON'], rows));
  }
}

/** `plumb health -f FILE`: how well objects in files do, with no cluster. */
export function healthCommand(context: CliContext): Command {
  const command = new Command('health')
    .description(
      'Tell how well objects in files do, and why; needs no cluster. Ends with 0 whatever the verdict, and with 1 where a file or rule cannot be read',
    )
    .addOption(
      new Option('-f, --filename <file>', 'objects as YAML or JSON, - for standard input; may be repeated')
        .makeOptionMandatory()
        .argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]),
    )
    .option('--rules <file>', 'rules in CEL that come first: a list, or an Application with `spec.health.rules`')
    .action(action(context, health));
  return withExamples(command, [
    ['plumb health -f examples/health/certificate.yaml', 'How well it does, and why'],
    [
      'plumb health -f examples/health/certificate.yaml -f examples/health/widget.yaml -o name',
      'The verdicts alone, one line for each document',
    ],
    ['kubectl get deployments -A -o yaml | plumb health -f -', 'All Deployments of a cluster'],
    [
      'kubectl get deployments,replicasets,pods,events -o yaml | plumb health -f -',
      'The same, with what their pods and Events say',
    ],
    [
      'plumb health -f examples/health/widget.yaml --rules examples/health/application.yaml',
      'Try rules before they are committed',
    ],
  ]);
}
