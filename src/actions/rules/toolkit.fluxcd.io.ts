import type { Action, GroupActions } from '../action.ts';
import { flux, suspending } from '../shared.ts';

/** kustomize-controller. */
export const fluxKustomizeActions: GroupActions = { Kustomization: flux };

/** What helm-controller does where this annotation has the same value as that which asks for a look. */
const asked = (name: string, does: string, annotation: string): Action => ({
  name,
  does,
  unless: 'spec.suspend == true',
  effect: {
    kind: 'patch',
    patch: {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': { fill: 'now' }, [annotation]: { fill: 'now' } } },
    },
    belongs: 'Cluster',
  },
});

/** helm-controller. */
export const fluxHelmActions: GroupActions = {
  HelmRelease: [
    ...flux,
    asked('force', 'Upgrade the release once more, also where nothing has changed', 'reconcile.fluxcd.io/forceAt'),
    asked('reset', 'Forget the failures, and try again', 'reconcile.fluxcd.io/resetAt'),
  ],
};

/** source-controller. */
export const fluxSourceActions: GroupActions = {
  Bucket: flux,
  GitRepository: flux,
  HelmChart: flux,
  HelmRepository: flux,
  OCIRepository: flux,
};

/** The controllers of images. */
export const fluxImageActions: GroupActions = { ImageRepository: flux, ImageUpdateAutomation: flux };

/** notification-controller. */
export const fluxNotificationActions: GroupActions = { Alert: suspending, Provider: suspending, Receiver: flux };
