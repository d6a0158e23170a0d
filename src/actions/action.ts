import type { Json, JsonObject, KubeObject } from '../object.ts';

/** A value that somebody gives with an action. */
export interface ActionParameter {
  readonly type: 'integer' | 'string';
  /** What it means, in one sentence. */
  readonly description: string;
  /** Of an integer. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a text: a regular expression that all of it fits. */
  readonly pattern?: string;
}

/** The values that were given, checked. */
export type ActionValues = Readonly<Record<string, number | string>>;

/** What an action is made from. */
export interface ActionInput {
  /** The object as it lives. */
  readonly object: KubeObject;
  readonly values: ActionValues;
  /** The moment. */
  readonly now: Date;
}

/** A place in a patch that is filled in: with the moment (RFC 3339), or with a value, as a text where it says so. */
export interface Filled {
  readonly fill: 'now' | `value:${string}`;
  readonly as?: 'text';
}

/** A merge patch with places that are filled in. */
export type PatchTemplate = { readonly [field: string]: Json | Filled | PatchTemplate };

/** A patch of the object. */
export interface PatchEffect {
  readonly kind: 'patch';
  /** A subresource that is patched in the cluster. */
  readonly subresource?: 'status' | 'scale';
  /** A merge patch as data, or a function where data cannot say it, with words for the table. */
  readonly patch: PatchTemplate | { readonly says: string; readonly make: (input: ActionInput) => JsonObject };
  /**
   * Where it belongs: `Git` for what the object is to be from now on, where Git has the object; `Cluster` for what happens
   * once.
   */
  readonly belongs: 'Git' | 'Cluster';
}

/** Another object that is made of this one; always in the cluster, as it is run once. */
export interface CreateEffect {
  readonly kind: 'create';
  readonly group: string;
  readonly objectKind: string;
  /** What is made, for the table. */
  readonly says: string;
  readonly make: (input: ActionInput) => KubeObject;
}

/** Something that can be done with objects of a kind. */
export interface Action {
  /** `restart`: one word of the command line. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly does: string;
  readonly parameters?: Readonly<Record<string, ActionParameter>>;
  /**
   * CEL over `object`, `metadata`, `spec` and `status`: offered only where it is true. One that reads a field that is not
   * there is not true.
   */
  readonly when?: string;
  /** The same: not offered where it is true. */
  readonly unless?: string;
  readonly effect: PatchEffect | CreateEffect;
}

/** The actions of one API group, by kind; `*` stands for all kinds that are not named. */
export type GroupActions = Readonly<Record<string, readonly Action[]>>;
