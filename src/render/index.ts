export { findRenderer, type HostKind, type RendererBinary } from './binaries.ts';
export { createRenderer, type RendererOptions } from './create-renderer.ts';
export { folderTree } from './folder-tree.ts';
export { isChart } from './is-chart.ts';
export { type AskedField, locateFields } from './locate-fields.ts';
export { joinRecords, mountedPath, mountedTree, splitRecord } from './mounted-tree.ts';
export { isAffected, type PathChange } from './record.ts';
export { RenderError } from './render-error.ts';
export { renderStably } from './render-stably.ts';
export type {
  DirectoryEntry,
  FileTree,
  HelmParameter,
  JsonnetVariable,
  KustomizeImage,
  KustomizePatch,
  Origin,
  PathState,
  ReadRecord,
  Renderer,
  RendererStats,
  RenderLimits,
  RenderRequest,
  RenderResult,
  RenderSource,
} from './types.ts';
