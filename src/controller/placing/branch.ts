import { type Application, type Repository, typeOf } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import { type WriteMode, writeBackModeOf } from '../repository/branches.ts';
import type { ReadySource, SourcePart } from '../application/context.ts';
import { madeName } from '../gitops/made-objects.ts';
import type { GitOpsSettings } from '../gitops/settings.ts';

/** The branch of one repository that a change of an Application is written to. */
export interface TargetBranch {
  /** Which of the sources lie there (`SourcePart.group`). */
  readonly group: string;
  readonly url: string;
  readonly branch: string;
  readonly repository: Repository;
}

/** The branches that the sources of an Application follow, each once, in their order. */
export function branchesOf(
  parts: ReadySource['parts'],
  repositoryOf: (part: SourcePart) => Repository | undefined,
): readonly [TargetBranch, ...TargetBranch[]] {
  const found = new Map<string, TargetBranch>();
  for (const part of parts) {
    const repository = repositoryOf(part);
    const [, branch] = /^refs\/heads\/(.+)$/.exec(part.version.ref) ?? [];
    if (repository === undefined || typeOf(repository) !== 'Git' || branch === undefined) continue;
    found.set(part.group, { group: part.group, url: part.url, branch, repository });
  }
  const [first, ...rest] = found.values();
  if (first !== undefined) return [first, ...rest];
  const refs = parts.map(({ version }) => version.ref).join(', ');
  throw plumbError('controller.change-refused', `none of its sources follows a branch of Git: ${refs}`, {
    where: { repository: parts[0].url },
    hint: 'Follow a branch, end a rollback with `plumb rollback --release`, or make the change in the files yourself.',
  });
}

/**
 * How changes of an Application are written: as it says itself (`spec.writeBack.mode`), or as the namespace says that it
 * was made for. Whoever asks may ask for a pull request instead, and never for less than that.
 * @throws PlumbError `controller.change-refused`
 */
export function modeOf(
  application: Application,
  asked: WriteMode | undefined,
  settings: GitOpsSettings | undefined,
): WriteMode {
  const own = writeBackModeOf(application);
  const mode = application.metadata.name === madeName && settings !== undefined ? settings.mode : own;
  if (asked !== 'commit' || mode === 'commit') return asked ?? mode;
  throw plumbError('controller.change-refused', 'changes of this Application are proposed in pull requests', {
    hint: 'Leave `mode` out. What the Application does is `spec.writeBack.mode`.',
  });
}
