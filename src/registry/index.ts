export type { Artifact, RegistryOutcome, RegistrySelector } from './artifact.ts';
export type { RegistryCache, RegistryCacheOptions } from './cache.ts';
export { openRegistryCache } from './cache.ts';
export type {
  DockerConfigCredentials,
  PasswordCredentials,
  RegistryConnection,
  RegistryCredentials,
} from './connection.ts';
export type { DependencyOptions, ResolvedDependency, ResolvedTree } from './dependencies.ts';
export { resolveDependencies } from './dependencies.ts';
export type { MadeOf, ReadableTree } from './layered-tree.ts';
export type { RegistryLimits } from './limits.ts';
export type { RegistrySource, RegistrySourceOptions } from './source.ts';
export { openRegistrySource } from './source.ts';
export type { ArtifactPathChange, ArtifactTree } from './tree.ts';
export { changedPaths } from './tree.ts';
export type { Verification } from './verify.ts';
