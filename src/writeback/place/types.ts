import type { FileChange } from '../../git/index.ts';
import type { Json, KubeObject, ObjectKey } from '../../object.ts';
import type { FileTree, Origin, RenderResult, RenderSource } from '../../render/index.ts';

/** Which item of a list: the one whose fields have these values, such as `{ name: 'web' }`. */
export type ItemKeys = Readonly<Record<string, string | number | boolean>>;

/** One step into an object: the name of a field, the index of an item, or the fields that tell the item. */
export type FieldStep = string | number | ItemKeys;

/** One change of one field. */
export interface FieldEdit {
  /**
   * From the root of the object. Empty: the object as a whole. Fields on the way that are not there are made; an index
   * equal to a list's length, and keys that no item has, add an item at the end.
   */
  readonly path: readonly FieldStep[];
  /** What the field shall be; undefined: it shall not be there. */
  readonly value: Json | undefined;
}

export type { FileChange };

/**
 * How one object shall change. The edits are made one after the other. An edit of the object as a whole makes it, makes
 * it equal to the value, or, without a value, takes it away.
 */
export interface Wish {
  readonly key: ObjectKey;
  readonly edits: readonly FieldEdit[];
}

/** Where a change belongs: the files to commit. */
export interface Placement {
  /** One for each file that differs, by path. Empty where the tree has the wishes already. */
  readonly changes: readonly FileChange[];
  /** What was done where, for people: one sentence for each edit. */
  readonly explanation: string;
  /** What the files render to with the changes. */
  readonly objects: readonly RenderedObject[];
}

/** What `placeChange` needs. */
export interface PlaceRequest {
  readonly wishes: readonly Wish[];
  /** The files as they are. */
  readonly tree: FileTree;
  /** The folder (or file) that is rendered. */
  readonly path: string;
  /** How it is rendered. */
  readonly source: RenderSource;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Renders `path` of a tree; always in the same way, so that two results differ by what the trees differ in. */
  readonly render: (files: FileTree) => Promise<RenderResult>;
  /**
   * Whether something else is made of a file as well, such as another Application: then it is not changed where the
   * change can be written elsewhere. Default: what the tree itself tells.
   */
  readonly isShared?: (file: string) => boolean;
}

/** A rendered object, and where it came from. */
export interface RenderedObject {
  readonly object: KubeObject;
  readonly origin: Origin;
}

/** Some edits of one object that are written together. */
export interface Unit {
  readonly key: ObjectKey;
  /** Never of the object as a whole, where it is there and stays. */
  readonly edits: readonly FieldEdit[];
  /** The object as it is rendered now; undefined where it is to be made. */
  readonly rendered: RenderedObject | undefined;
}

/** What a placer sees: the request, with everything that was placed so far. */
export interface PlaceContext extends Omit<PlaceRequest, 'wishes'> {
  /** The files as they were before anything was placed. */
  readonly original: FileTree;
  /** What is rendered now. */
  readonly objects: readonly RenderedObject[];
  readonly signal: AbortSignal;
}

/** One way of writing the edits of a unit down. */
export interface Candidate {
  /** What is done, for people: `sets spec.replicas in prod/web.yaml`. */
  readonly explanation: string;
  /**
   * The files that it takes.
   * @throws PlumbError `writeback.cannot-place` where it turns out that it cannot be written so
   */
  readonly write: () => Promise<readonly FileChange[]>;
}

/** Knows how changes are written for one kind of source. */
export interface Placer {
  /** Parts edits into those that are better written at different places. Where a part cannot be proved, its edits are tried one by one. */
  split(unit: Unit, context: PlaceContext): Promise<readonly Unit[]>;
  /**
   * The ways to write a unit, best first. The first that is proved is taken.
   * @throws PlumbError `writeback.cannot-place` where there is no way at all
   */
  candidates(unit: Unit, context: PlaceContext): AsyncIterable<Candidate>;
}
