import { plumbError } from '../../errors.ts';
import type { JsonnetVariable, RenderSource } from '../../render/index.ts';
import type { SourceOptions } from './flags.ts';
import { locateFile, type Place } from './locate.ts';

type Kind = Exclude<RenderSource['kind'], 'auto'>;

/** The flags that only one kind of source has. */
const flagsOf: Readonly<Record<Kind, readonly (keyof SourceOptions)[]>> = {
  directory: ['recurse', 'include', 'exclude'],
  kustomize: [],
  helm: ['releaseName', 'values', 'set', 'setString', 'skipCrds'],
  jsonnet: ['tla', 'tlaCode', 'extVar', 'extCode', 'libraryPath'],
};

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

/** The kind that the flags speak of; `auto` where they speak of none. */
function kindOf(options: SourceOptions): RenderSource['kind'] {
  const implied = (Object.keys(flagsOf) as Kind[]).filter((kind) =>
    flagsOf[kind].some((flag) => isGiven(options[flag])),
  );
  const kinds = new Set(options.type === 'auto' ? implied : [options.type, ...implied]);
  if (kinds.size <= 1) return [...kinds][0] ?? 'auto';
  throw plumbError('cli.usage', `flags for ${[...kinds].join(' and for ')} do not go together`);
}

/** `name=value` in its two parts; the value may hold further `=`. */
function pair(text: string, flag: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
  throw plumbError('cli.usage', `--${flag} ${text}: the form is NAME=VALUE`);
}

function variables(options: SourceOptions, plain: 'tla' | 'extVar', code: 'tlaCode' | 'extCode'): JsonnetVariable[] {
  return [
    ...options[plain].map((text) => pair(text, plain)),
    ...options[code].map((text) => ({ ...pair(text, code), code: true })),
  ];
}

/** What the flags say about how to render, for the renderer. */
export async function renderSource(options: SourceOptions, place: Place, cwd: string): Promise<RenderSource> {
  const kind = kindOf(options);
  const locateAll = (files: readonly string[]) => Promise.all(files.map((file) => locateFile(cwd, place.root, file)));
  if (kind === 'auto' || kind === 'kustomize') return { kind };
  if (kind === 'directory') {
    return {
      kind,
      ...(options.recurse === undefined ? {} : { recurse: options.recurse }),
      ...(options.include.length === 0 ? {} : { include: options.include }),
      ...(options.exclude.length === 0 ? {} : { exclude: options.exclude }),
    };
  }
  if (kind === 'helm') {
    return {
      kind,
      ...(options.releaseName === undefined ? {} : { releaseName: options.releaseName }),
      ...(options.skipCrds === undefined ? {} : { skipCrds: options.skipCrds }),
      valueFiles: await locateAll(options.values),
      parameters: [
        ...options.set.map((text) => pair(text, 'set')),
        ...options.setString.map((text) => ({ ...pair(text, 'set-string'), forceString: true })),
      ],
    };
  }
  return {
    kind,
    tlas: variables(options, 'tla', 'tlaCode'),
    extVars: variables(options, 'extVar', 'extCode'),
    libraryPaths: await locateAll(options.libraryPath),
  };
}
