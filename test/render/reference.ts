import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { RenderSource } from '../../src/render/index.ts';

const project = join(import.meta.dirname, '..', '..');

/** The set-up step that builds the tools, as far as finding them goes. */
interface ToolsStep {
  readonly fingerprint: () => string;
}

const step = (await import(join(project, 'scripts', 'steps', 'reference-tools.mjs'))) as ToolsStep;
const tools = join(project, '.cache', 'bin', `reference-tools-${step.fingerprint()}`);
if (!existsSync(tools)) throw new Error('the real tools are not built: run `npm run setup -- reference-tools`');

/** What a real tool did. */
export type Reference =
  | { readonly ok: true; readonly output: string; readonly notices: string }
  | { readonly ok: false; readonly error: string };

/** Runs a real tool in a folder, without a home, a cluster or a network. */
export function runTool(
  tool: 'helm' | 'kustomize' | 'jsonnet',
  args: readonly string[],
  cwd: string,
): Promise<Reference> {
  const home = mkdtempSync(join(tmpdir(), 'plumbline-tool-'));
  const nowhere = 'http://127.0.0.1:1';
  const env = {
    PATH: `${tools}${delimiter}/usr/bin${delimiter}/bin`,
    HOME: home,
    KUBECONFIG: join(home, 'none'),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    TZ: 'UTC',
  };
  return new Promise((resolve) => {
    execFile(join(tools, tool), args, { cwd, env, timeout: 60_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      rmSync(home, { recursive: true, force: true });
      if (error === null) resolve({ ok: true, output: stdout, notices: stderr });
      else resolve({ ok: false, error: stderr === '' ? error.message : stderr });
    });
  });
}

/** What the release is called and where it goes, in both. */
export const release = { name: 'web', namespace: 'prod', kubeVersion: 'v1.36.3' } as const;

type HelmSource = Extract<RenderSource, { kind: 'helm' }>;
type JsonnetSource = Extract<RenderSource, { kind: 'jsonnet' }>;

/** `helm template` with the options that mean the same as the source. */
export async function helmTemplate(root: string, path: string, source: HelmSource): Promise<Reference> {
  const scratch = mkdtempSync(join(tmpdir(), 'plumbline-values-'));
  try {
    const args = ['template', source.releaseName ?? release.name, `./${path}`];
    args.push('--namespace', source.namespace ?? release.namespace);
    args.push('--kube-version', source.kubeVersion ?? release.kubeVersion);
    for (const file of source.valueFiles ?? []) args.push('--values', file);
    if (source.values !== undefined) {
      const inline = join(scratch, 'values.json');
      writeFileSync(inline, JSON.stringify(source.values));
      args.push('--values', inline);
    }
    for (const { name, value, forceString, json } of source.parameters ?? []) {
      if (json === true) args.push('--set-json', `${name}=${value}`);
      else args.push(forceString === true ? '--set-string' : '--set', `${name}=${withoutSeparators(value)}`);
    }
    for (const { name, path: file } of source.fileParameters ?? []) args.push('--set-file', `${name}=${file}`);
    for (const version of source.apiVersions ?? []) args.push('--api-versions', version);
    if (source.skipCrds !== true) args.push('--include-crds');
    if (source.skipTests === true) args.push('--skip-tests');
    if (source.skipHooks === true) args.push('--no-hooks');
    if (source.skipSchemaValidation === true) args.push('--skip-schema-validation');
    return await runTool('helm', args, root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A comma in a value is one, and not the beginning of the next value as on the command line; a list in braces stays. */
function withoutSeparators(value: string): string {
  return value.startsWith('{') ? value : value.replaceAll(',', String.raw`\,`);
}

/** `kustomize build`, with the real helm for its charts. */
export function kustomizeBuild(root: string, path: string): Promise<Reference> {
  return runTool('kustomize', ['build', '--enable-helm', '--helm-command', join(tools, 'helm'), path], root);
}

/** `jsonnet` with the variables and library paths of the source. */
export function jsonnetEvaluate(root: string, file: string, source: JsonnetSource): Promise<Reference> {
  const args: string[] = [];
  for (const { name, value, code } of source.tlas ?? [])
    args.push(code === true ? '--tla-code' : '--tla-str', `${name}=${value}`);
  for (const { name, value, code } of source.extVars ?? [])
    args.push(code === true ? '--ext-code' : '--ext-str', `${name}=${value}`);
  for (const path of source.libraryPaths ?? []) args.push('--jpath', path);
  return runTool('jsonnet', [...args, file], root);
}
