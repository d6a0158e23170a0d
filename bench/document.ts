import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Measurement } from './measure.ts';
import { detailsOf, markdownTable } from './report.ts';

/** The machine as far as it matters, without anything that names it. */
export function describeMachine(): string {
  const [{ model } = { model: 'unknown processors' }] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} processors (${model.trim()}), ${memory} GiB of memory, Linux, Node ${process.versions.node}`;
}

/** What people found out: it stays when the figures are made anew. */
const findings = join(import.meta.dirname, 'findings.md');

/** The page docs/benchmarks.md, figures first. @param date of the run, `2026-11-21` */
export function benchmarkPage(measurements: readonly Measurement[], command: string, date: string): string {
  const sections = measurements.map(
    (measurement) =>
      `## W${measurement.count}, renderer ${measurement.renderer}\n\n${markdownTable(measurement)}\n${asList(detailsOf(measurement))}`,
  );
  return `${introduction(measurements, command, date)}\n${sections.join('\n')}\n${readFileSync(findings, 'utf8')}`;
}

const asList = (text: string): string =>
  text
    .split('\n')
    .map((line) => `- ${line}\n`)
    .join('');

/** What share of the processors something else had while the Applications converged, where that is too much. */
function disturbance(measurements: readonly Measurement[]): string {
  const shares = measurements.map(({ convergence: { usage } }) => usage.cpu.elsewhere / usage.seconds / cpus().length);
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => Math.round(share * 100));
  if (most === undefined || most <= 5) return '';
  const share = least === most ? `${most} %` : `${least} to ${most} %`;
  return ` **The machine was busy with
other work, which took ${share} of its processors: durations are too long, and only counts, processor time and the
ratio to the limit mean anything.**`;
}

function introduction(measurements: readonly Measurement[], command: string, date: string): string {
  return `# Benchmarks

Measured on ${date} by \`${command}\`, which wrote this page: ${describeMachine()}. The API server, etcd and the controllers
of Kubernetes run on the same machine, so their time is part of every figure: compare within one run.${disturbance(measurements)}

**Workload W(N).** One Git repository over smart HTTP. \`base/\` holds a Deployment (0 replicas), a Service, a ServiceAccount
and a ConfigMap; \`apps/app-0001\` … \`apps/app-N\` are kustomizations of it with a namespace, a name prefix and a label. N
Applications, one for each overlay, are automated, with prune and self-heal: 4 N objects.

**How it is measured.** The controller is \`plumb run\` as a process of its own, its child processes included. It calls under a
ServiceAccount whose calls the API server counts apart (by FlowSchema), so that its calls are told from those of Kubernetes
itself. Everything that happens is seen by watches; nothing is polled. API calls and CPU are counted from the creation of the
first Application until 15 s after the last one is Synced and Healthy. Latencies begin when the benchmark sends the change or
the trigger, and end when a watch shows the result.

**The limit** is what the same machine allowed in the same run, with nothing of Plumbline: a bare loop of server-side applies
of the same objects at its best parallelism (\`applied\`), until Kubernetes also reported every Deployment as available, which
Healthy waits for (\`available\`); for drift, an apply sent as soon as a watch shows the change; for a commit, \`git fetch\` by
hand and one apply.

One repository with 2,000 Applications, and 500 repositories, stand on [a page of their own](benchmarks-git.md); so do chains, waves, 5,000
objects in one Application, and Applications that fail ([the sync engine](benchmarks-engine.md)).

**The peers** were measured on 2026-11-21 on 2 processors and 24 GiB with the same workload on the same kind of cluster: Argo CD
of 2026-08-22, Flux kustomize-controller of 2026-08-01 and source-controller of 2026-07-02, built from source and tuned (500
calls a second, 20 to 50 workers).
`;
}
