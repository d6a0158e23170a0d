export { settleAcross } from './across.ts';
export { compareWithCluster } from './cluster.ts';
export { type CommentOptions, formatComment } from './comment.ts';
export { summaryLine } from './comment-summary.ts';
export { compareRenders } from './compare.ts';
export { formatPreview } from './text.ts';
export {
  type ApplicationPreview,
  type ChangeKind,
  type ClusterDifference,
  hasChanges,
  type Preview,
  type PreviewChange,
  problemsOfPreview,
  type Risk,
} from './types.ts';
