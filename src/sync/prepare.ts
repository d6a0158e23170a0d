import type { Location } from '../errors.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { ApiResource, KindRef } from './ports.ts';

/** An object as a render gives it. */
export interface RenderedObject {
  readonly object: KubeObject;
  /** The file that it came from, for messages. */
  readonly origin?: Location;
}

/** An object that is ready to be applied. */
export interface PreparedObject {
  /** `formatKey(key)`. */
  readonly id: string;
  readonly key: ObjectKey;
  /** With its namespace and the label of its ApplySet. */
  readonly object: KubeObject;
  /** Says what is desired: equal digests, equal content. */
  readonly digest: string;
  readonly origin?: Location;
  readonly resource: ApiResource;
  /** True where its kind is defined by a CustomResourceDefinition of the same set. */
  readonly definedHere: boolean;
}

/** The whole desired state of one ApplySet. */
export interface PreparedSet {
  readonly objects: readonly PreparedObject[];
  /** One digest over all of it, whatever the order. */
  readonly digest: string;
}

/** Finds a kind among those that the server serves. */
export type ResourceLookup = (kind: KindRef) => ApiResource | undefined;
