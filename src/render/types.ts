import type { Problem } from '../errors.ts';
import type { Json, KubeObject } from '../object.ts';

/** What is at a path of a tree. */
export interface PathState {
  readonly kind: 'file' | 'directory';
  /** Content identity: a blob's or tree's object id, or a hash. Equal ids of files mean equal bytes. */
  readonly id: string;
}

/** One name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/**
 * What a render reads: a commit's tree, or a folder on disk. Paths are relative to its root, with forward slashes;
 * `.` is the root. The provider follows symbolic links, inside the tree only.
 */
export interface FileTree {
  /** What is at the path, or undefined where there is nothing. */
  stat(path: string): Promise<PathState | undefined>;
  /** The bytes of a file, or undefined where there is no file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** The entries of a directory, sorted by name, or undefined where there is no directory. */
  list(path: string): Promise<readonly DirectoryEntry[] | undefined>;
  /**
   * The other paths that decide what the path holds: those of the links on the way, and last the one in the end.
   * Empty where no link is on the way. A tree without links leaves it out.
   */
  linksFollowed?(path: string): Promise<readonly string[]>;
  /**
   * What a file that was made, and lies in no commit, was made of: files of this tree, whether or not they are there,
   * and folders that were listed. Undefined for every other file. A tree without such files leaves it out.
   */
  madeOf?(
    path: string,
  ): Promise<{ readonly files: readonly string[]; readonly directories: readonly string[] } | undefined>;
}

/** A name and a value for Jsonnet. */
export interface JsonnetVariable {
  readonly name: string;
  readonly value: string;
  /** The value is Jsonnet code, not a string. */
  readonly code?: boolean;
}

/** One value of a chart, as `helm --set name=value` gives it. */
export interface HelmParameter {
  readonly name: string;
  readonly value: string;
  /** Keep the value a string, as `--set-string` does. */
  readonly forceString?: boolean;
  /** The value is JSON, as with `--set-json`. */
  readonly json?: boolean;
}

/** An image to replace, as in a kustomization. */
export interface KustomizeImage {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/** A patch, as in a kustomization. */
export interface KustomizePatch {
  /** A strategic merge patch or a JSON 6902 patch, as YAML or JSON. */
  readonly patch: string;
  readonly target?: {
    readonly group?: string;
    readonly version?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly labelSelector?: string;
    readonly annotationSelector?: string;
  };
}

/** How to render. All paths in the options are from the root of the tree. */
export type RenderSource =
  | { readonly kind: 'auto' }
  | {
      readonly kind: 'directory';
      /** Read the folders below as well. */
      readonly recurse?: boolean;
      /** Globs of the files to read. Default: `*.yaml`, `*.yml`, `*.json`. */
      readonly include?: readonly string[];
      /** Globs of the files to leave out. */
      readonly exclude?: readonly string[];
    }
  | {
      readonly kind: 'kustomize';
      readonly namePrefix?: string;
      readonly nameSuffix?: string;
      readonly namespace?: string;
      readonly images?: readonly KustomizeImage[];
      readonly replicas?: readonly { readonly name: string; readonly count: number }[];
      /** Labels for every object; selectors and templates stay as they are. */
      readonly labels?: Readonly<Record<string, string>>;
      readonly commonAnnotations?: Readonly<Record<string, string>>;
      readonly patches?: readonly KustomizePatch[];
      readonly components?: readonly string[];
    }
  | {
      readonly kind: 'helm';
      readonly releaseName?: string;
      readonly namespace?: string;
      readonly valueFiles?: readonly string[];
      readonly ignoreMissingValueFiles?: boolean;
      readonly values?: { readonly [key: string]: Json | undefined };
      readonly parameters?: readonly HelmParameter[];
      readonly fileParameters?: readonly { readonly name: string; readonly path: string }[];
      /** Instead of the cluster's version. */
      readonly kubeVersion?: string;
      /** Besides what the cluster serves. */
      readonly apiVersions?: readonly string[];
      readonly skipCrds?: boolean;
      readonly skipTests?: boolean;
      readonly skipHooks?: boolean;
      readonly skipSchemaValidation?: boolean;
    }
  | {
      readonly kind: 'jsonnet';
      readonly tlas?: readonly JsonnetVariable[];
      readonly extVars?: readonly JsonnetVariable[];
      readonly libraryPaths?: readonly string[];
    };

/** Bounds of one render. */
export interface RenderLimits {
  /** Wall time, in seconds. */
  readonly seconds: number;
  /**
   * Memory of the renderer, in MiB. A WebAssembly worker rounds it up to a power of two. The native process is shared by
   * all renders and has the bound that the renderer was made with.
   */
  readonly memoryMiB: number;
}

/** One render: everything that its result depends on, besides the files that it reads. */
export interface RenderRequest {
  /** The folder (or file) to render. */
  readonly path: string;
  readonly source: RenderSource;
  /** Destination namespace. */
  readonly namespace: string;
  /** Name of the Application. */
  readonly name: string;
  /** The cluster's version, such as `v1.36.3`. */
  readonly kubeVersion: string;
  /** What the cluster serves: `apps/v1`, `apps/v1/Deployment`. */
  readonly apiVersions: readonly string[];
  /** The commit's time: the only clock of a render. */
  readonly now: Date;
  /** A secret of the installation. The random values of a render are drawn from it and from the Application's identity. */
  readonly seed: Uint8Array;
  /** Default: the renderer's. */
  readonly limits?: RenderLimits;
}

/** Where an object came from, as far as it is known. */
export interface Origin {
  /** Path of the file inside the tree. */
  readonly file?: string;
  /** Index of the YAML document in the file, from 0; documents without content are not counted. */
  readonly document?: number;
  /** What made the object, where no file holds it: `ConfigMapGenerator`. */
  readonly generator?: string;
}

/** Everything that a render looked at. As long as none of it changes, the result does not. */
export interface ReadRecord {
  /** Content identity of each file that was looked at. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths that were looked for and not found. */
  readonly missed: ReadonlySet<string>;
  /** Digest of each directory's listing, or `exists` where nothing else was asked. */
  readonly directories: ReadonlyMap<string, string>;
  /** Symbolic links on the way to any of these; what they lead to is in the record too. */
  readonly links: ReadonlySet<string>;
}

/** What a render gives. */
export interface RenderResult {
  readonly objects: readonly KubeObject[];
  /** Where each of the objects came from, by the same index. */
  readonly origins: readonly Origin[];
  /** What works and will not for ever, or works otherwise than it seems. */
  readonly warnings: readonly Problem[];
  readonly record: ReadRecord;
  /** SHA-256 of the objects, as JSON with sorted keys, in order: equal digests mean equal objects. */
  readonly digest: string;
  /** True where the result was known already and nothing was rendered. */
  readonly cached: boolean;
}

/** Counters since the start, for metrics and tests. */
export interface RendererStats {
  /** Renders done, in vain or not. */
  readonly renders: number;
  /** Results that were known already, from memory and from disk. */
  readonly memoryHits: number;
  readonly diskHits: number;
  /** Questions that a running render had to ask. */
  readonly questions: number;
  /** Workers (threads or processes) started, and running now. */
  readonly workersStarted: number;
  readonly workers: number;
}

/** Turns trees into objects. */
export interface Renderer {
  /**
   * Renders, or takes the result of an earlier render that looked at the same files.
   * @throws {RenderError} with every problem found
   */
  render(request: RenderRequest, files: FileTree, signal: AbortSignal): Promise<RenderResult>;
  /** Ends all workers; renders under way are cancelled. */
  close(): Promise<void>;
  readonly stats: RendererStats;
}
