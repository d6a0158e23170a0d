import { type Application, parseApplication, parseRepository, type Repository } from '../api/index.ts';
import { withoutNames } from '../asked.ts';
import type { Workqueue } from '../workqueue.ts';
import { applicationId } from './application/application-state.ts';
import type { Applications } from './application/applications.ts';
import type { AskingProof } from './admission/asking-proof.ts';
import type { ControllerOptions } from './controller-options.ts';
import type { Dependencies } from './depends/dependencies.ts';
import type { Feedback } from './forge/feedback.ts';
import type { StartedGitOps } from './gitops/start-gitops.ts';
import type { Holders } from './deletion/holders.ts';
import type { IgnoreBook } from './drift/ignore-rules.ts';
import type { RuleBook } from './health/health-rules.ts';
import type { MissingKinds } from './syncing/missing-kinds.ts';
import { renewed } from './application/renewed.ts';
import { repositoryId } from './repository/repositories.ts';
import type { RepositorySet } from './repository/repository-set.ts';
import { readOwn, watchOwn } from './watch-own.ts';
import type { News } from './views/news.ts';

/** Who takes what the watches show. */
export interface ResourceTakers extends Pick<ControllerOptions, 'client' | 'watchNamespace' | 'log' | 'signal'> {
  readonly applications: Applications;
  readonly dependencies: Pick<Dependencies, 'update' | 'delete'>;
  readonly repositories: RepositorySet;
  /** Of Applications. */
  readonly queue: Pick<Workqueue, 'add' | 'forget'>;
  readonly missingKinds: MissingKinds;
  readonly news: News;
  readonly feedback: Pick<Feedback, 'forget'>;
  readonly gitops: Pick<StartedGitOps, 'shown' | 'gone'>;
  readonly ruleBook: Pick<RuleBook, 'forget'>;
  readonly ignoreBook: Pick<IgnoreBook, 'forget'>;
  readonly holders: Pick<Holders, 'forget'>;
  readonly askingProof: AskingProof;
}

/** Watches Repositories, then Applications. Resolves when all that there are were shown. */
export async function watchResources(takers: ResourceTakers): Promise<void> {
  const {
    applications,
    dependencies,
    repositories,
    queue,
    news,
    feedback,
    gitops,
    ruleBook,
    ignoreBook,
    holders,
    askingProof,
    log,
  } = takers;
  await askingProof.ready;
  const own = { client: takers.client, namespace: takers.watchNamespace, log, signal: takers.signal };
  await watchOwn(
    'Repository',
    (object) => {
      gitops.shown(object);
      const repository = readOwn<Repository>(parseRepository, object, log);
      if (repository === undefined) return;
      repositories.update(repository);
      news.add('Repository', repositoryId(repository), 'changed');
    },
    (id) => {
      repositories.delete(id);
      gitops.gone(id);
    },
    own,
  );
  await watchOwn(
    'Application',
    (shown) => {
      gitops.shown(shown);
      const isProved = askingProof.holdsIn(shown.metadata.namespace ?? '');
      const object = isProved ? shown : withoutNames(shown);
      const known = applications.get(`${object.metadata.namespace}/${object.metadata.name}`);
      const application = renewed(known?.application, object) ?? readOwn<Application>(parseApplication, object, log);
      if (application === undefined) return;
      const before = known?.application;
      const work = applications.update(application);
      const others = dependencies.update(application);
      if (work) queue.add(applicationId(application));
      for (const id of others) queue.add(id);
      news.shown(before, application);
    },
    (id) => {
      const applySet = applications.get(id)?.applySet;
      if (applySet !== undefined) {
        ruleBook.forget(applySet);
        ignoreBook.forget(applySet);
      }
      for (const owner of applications.recordClaims(id, [])) queue.add(owner);
      applications.delete(id);
      holders.forget(id);
      news.add('Application', id, 'deleted');
      takers.missingKinds.want(id, []);
      feedback.forget(id);
      queue.forget(id);
      for (const other of dependencies.delete(id)) queue.add(other);
      gitops.gone(id);
    },
    own,
  );
}
